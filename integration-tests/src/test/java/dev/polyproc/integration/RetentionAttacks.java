package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;

import dev.polyproc.integration.Attack.Credential;
import io.grpc.health.v1.HealthCheckRequest;
import java.io.IOException;
import java.util.stream.Stream;

/** What the libraries below the daemon would keep, of calls that are over or have hardly begun. */
final class RetentionAttacks {
  private static final String QUEUE = PREFIX + "kept";
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int LARGE_HEADER = 50_000;

  private RetentionAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
        Attack.of(
                "half requests in frames of 1,000 bytes",
                Credential.SOCKET,
                RetentionAttacks::smallFrames)
            .othersMayGet(ERROR_REASON_MEMORY_FULL),
        Attack.of(
            "refused requests with large headers that gRPC keeps",
            Credential.NONE,
            RetentionAttacks::refusedWithLargeHeaders),
        Attack.of(
                "calls that wait on after their reset, with large headers",
                Credential.SOCKET,
                RetentionAttacks::resetWhileTheyWait)
            .othersMayGet(ERROR_REASON_MEMORY_FULL, ERROR_REASON_LIMIT_REACHED),
        headerTable(Credential.NONE),
        headerTable(Credential.TOKEN),
        Attack.of(
            "settings of a header table that grows and shrinks",
            Credential.NONE,
            attacker -> {
              RawHttp2 connection = attacker.connect().drain();
              for (int i = 0; i < many(50_000, 1_000_000); i++) {
                connection.frame(4, 0, 0, tableSize(i % 2 == 0 ? 0 : 4_096));
              }
              connection.flush();
            }));
  }

  /** gRPC joins small buffers, and lets the first go while it keeps their bytes. */
  private static void smallFrames(Attacker attacker) throws IOException {
    RawHttp2 connection = attacker.connect().drain();
    byte[] headers = attacker.headers("polyproc.v1.QueueService/Put");
    for (int i = 0; i < many(12, 200) && !attacker.isOver(); i++) {
      int stream = connection.newStream();
      connection.headers(stream, headers, RawHttp2.END_HEADERS);
      connection.data(stream, RawHttp2.partOfMessage(5_500_000, new byte[1_000]), false);
      for (int part = 0; part < 3_000 && !attacker.isOver(); part++) {
        connection.data(stream, new byte[1_000], false);
      }
    }
    connection.flush();
  }

  private static void refusedWithLargeHeaders(Attacker attacker) throws IOException {
    byte[] headers =
        attacker.headers(ConnectionAttacks.CHECK, "grpc-accept-encoding", "x".repeat(LARGE_HEADER));
    byte[] tooLarge =
        RawHttp2.message(
            false,
            HealthCheckRequest.newBuilder().setService("x".repeat(1_100)).build().toByteArray());
    for (int connections = 0; connections < many(60, 600) && !attacker.isOver(); connections++) {
      RawHttp2 connection = attacker.connect().drain();
      for (int i = 0; i < 40; i++) {
        connection.callUnread(headers, tooLarge);
      }
      connection.flush();
    }
  }

  private static void resetWhileTheyWait(Attacker attacker) throws IOException {
    var unused = attacker.client().queues().create(Requests.createQueue(QUEUE));
    String session = attacker.session();
    RawHttp2 connection = attacker.connect().drain();
    byte[] get = RawHttp2.message(false, Requests.get(QUEUE).toByteArray());
    for (int i = 1; i <= many(2_500, 15_000) && !attacker.isOver(); i++) {
      int stream =
          connection.callUnread(
              attacker.headers(
                  "polyproc.v1.QueueService/Get",
                  "polyproc-session",
                  session,
                  "polyproc-sequence",
                  Integer.toString(i),
                  "grpc-accept-encoding",
                  "x".repeat(LARGE_HEADER)),
              get);
      connection.reset(stream);
    }
    connection.flush();
  }

  /** The client says how much of the daemon's headers is to be remembered, by both. */
  private static Attack headerTable(Credential credential) {
    return Attack.of(
        "a header table of 2 GB, and answers that fill it",
        credential,
        attacker -> {
          for (int connections = 0; connections < 4 && !attacker.isOver(); connections++) {
            RawHttp2 connection = attacker.connect(HEADER_TABLE_SIZE, Integer.MAX_VALUE).drain();
            byte[] headers = attacker.headers(ConnectionAttacks.CHECK);
            for (int i = 0; i < many(4_000, 40_000) && !attacker.isOver(); i++) {
              String name = "%".repeat(970) + i;
              connection.callUnread(
                  headers,
                  RawHttp2.message(
                      false,
                      HealthCheckRequest.newBuilder().setService(name).build().toByteArray()));
            }
            connection.flush();
          }
        });
  }

  private static byte[] tableSize(int bytes) {
    return new byte[] {
      0,
      HEADER_TABLE_SIZE,
      (byte) (bytes >> 24),
      (byte) (bytes >> 16),
      (byte) (bytes >> 8),
      (byte) bytes
    };
  }
}
