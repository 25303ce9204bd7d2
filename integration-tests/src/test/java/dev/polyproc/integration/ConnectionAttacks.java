package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.polyproc.integration.Attack.Credential;
import io.grpc.health.v1.HealthCheckRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Connections that come and say little, or never finish what they say. */
final class ConnectionAttacks {
  /**
   * More connections than may be there without a credential. Who comes to the Unix socket next
   * waits until all of them are accepted: a millisecond for each, where two other programs are
   * busy.
   */
  private static final int MOST_ON_SOCKET = 300;

  static final String CHECK = "grpc.health.v1.Health/Check";
  static final String WATCH = "grpc.health.v1.Health/Watch";

  /** The largest that metadata may be is 64 KiB. */
  private static final int LARGE_HEADERS = 60_000;

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  /** A TLS record of a handshake of 512 bytes, of which the first are those of a ClientHello. */
  private static final byte[] CLIENT_HELLO = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};

  private ConnectionAttacks() {}

  static Stream<Attack> all() {
    return Stream.concat(
        Stream.concat(
            with(Credential.NONE),
            // All who have a credential share the bounds.
            with(Credential.SOCKET)
                .map(
                    attack ->
                        attack.othersMayGet(ERROR_REASON_LIMIT_REACHED, ERROR_REASON_MEMORY_FULL))),
        Stream.of(
            Attack.of(
                "handshakes of TLS that are never finished",
                Credential.NONE,
                attacker -> sayOverTls(attacker, CLIENT_HELLO)),
            Attack.of(
                "connections to the port with TLS that say nothing",
                Credential.NONE,
                attacker -> sayOverTls(attacker, new byte[0])),
            Attack.of(
                "plain text to the port with TLS",
                Credential.NONE,
                attacker -> sayOverTls(attacker, PREFACE))));
  }

  private static Stream<Attack> with(Credential credential) {
    return Stream.of(
        Attack.of("idle connections", credential, attacker -> say(attacker, 2_000, new byte[0])),
        Attack.of(
            "connections that say half a hello",
            credential,
            attacker -> say(attacker, 1_000, new byte[] {'P', 'R', 'I', ' '})),
        Attack.of(
            "connections that say hello and no more",
            credential,
            attacker -> say(attacker, 1_000, PREFACE)),
        Attack.of(
            "connections that come and go",
            credential,
            attacker -> {
              for (int i = 0; i < many(500, 20_000); i++) {
                attacker.dial().close();
              }
            }),
        Attack.of(
            "unfinished header blocks of 60 kB", credential, ConnectionAttacks::unfinishedHeaders),
        Attack.of("3,100 Health/Watch on one connection", credential, ConnectionAttacks::watches),
        Attack.of("Health/Watch on many connections", credential, ConnectionAttacks::watchesOnMany),
        Attack.of(
            "12 MB of unfinished health requests",
            credential,
            attacker -> unfinishedRequests(attacker, CHECK)),
        Attack.of(
            "12 MB of unfinished requests to watch",
            credential,
            attacker -> unfinishedRequests(attacker, WATCH)),
        Attack.of(
            "large metadata of calls that wait", credential, ConnectionAttacks::largeMetadata));
  }

  private static void say(Attacker attacker, int times, byte[] words) throws IOException {
    int most = attacker.credential() == Credential.SOCKET ? MOST_ON_SOCKET : times;
    for (int i = 0; i < many(most, 7 * times); i++) {
      sayTo(attacker.dial(), words);
    }
  }

  private static void sayOverTls(Attacker attacker, byte[] words) throws IOException {
    for (int i = 0; i < many(600, 6_000); i++) {
      sayTo(attacker.dialTls(), words);
    }
  }

  /** Each says its word, though others were closed: that is what an attacker would do. */
  private static void sayTo(SocketChannel channel, byte[] words) {
    try {
      channel.write(ByteBuffer.wrap(words));
    } catch (IOException closed) {
      // So is the bound of connections.
    }
  }

  private static void unfinishedHeaders(Attacker attacker) throws IOException {
    byte[] block = attacker.headers(CHECK, "x-large", "x".repeat(LARGE_HEADERS));
    int most = attacker.credential() == Credential.SOCKET ? MOST_ON_SOCKET : 1_600;
    for (int i = 0; i < many(most, 3_000) && !attacker.isOver(); i++) {
      try {
        attacker.connect().headers(1, block, RawHttp2.NO_FLAGS).flush();
      } catch (IOException refused) {
        // The next one tries as well.
      }
    }
  }

  private static byte[] watchRequest() {
    return RawHttp2.message(false, HealthCheckRequest.getDefaultInstance().toByteArray());
  }

  private static void watches(Attacker attacker) throws IOException {
    byte[] headers = attacker.headers(WATCH);
    RawHttp2 connection = attacker.connect().drain();
    for (int i = 0; i < 3_100; i++) {
      connection.callUnread(headers, watchRequest());
    }
    connection.flush();
  }

  private static void watchesOnMany(Attacker attacker) throws IOException {
    for (int i = 0; i < many(60, 600); i++) {
      RawHttp2 connection = attacker.connect();
      for (int j = 0; j < 50; j++) {
        connection.callUnread(attacker.headers(WATCH), watchRequest());
      }
      connection.flush();
    }
  }

  private static void unfinishedRequests(Attacker attacker, String method) throws IOException {
    byte[] start = RawHttp2.partOfMessage(1 << 20, new byte[60_000]);
    for (int connections = 0; connections < 20; connections++) {
      RawHttp2 connection = attacker.connect();
      for (int i = 0; i < 10; i++) {
        int stream = connection.newStream();
        connection.headers(stream, attacker.headers(method), RawHttp2.END_HEADERS);
        connection.data(stream, start, false);
      }
      connection.flush();
    }
  }

  private static void largeMetadata(Attacker attacker) throws IOException {
    boolean known = attacker.credential() != Credential.NONE;
    byte[] block =
        attacker.headers(
            known ? "polyproc.v1.QueueService/Get" : WATCH, "x-large", "x".repeat(LARGE_HEADERS));
    byte[] request = known ? waitingGet(attacker) : watchRequest();
    List<RawHttp2> connections = new ArrayList<>();
    for (int i = 0; i < many(8, 30); i++) {
      RawHttp2 connection = attacker.connect().drain();
      connections.add(connection);
      for (int j = 0; j < 100; j++) {
        connection.callUnread(block, request);
      }
      connection.flush();
    }
  }

  private static byte[] waitingGet(Attacker attacker) {
    String queue = Attacker.PREFIX + "empty";
    var unused = attacker.client().queues().create(Requests.createQueue(queue));
    return RawHttp2.message(false, Requests.get(queue).toByteArray());
  }
}
