package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the daemon has to keep for somebody, and would keep for ever if it did not count. */
final class KeptAttacks {
  private static final String QUEUE = PREFIX + "kept";
  private static final String EVENT = PREFIX + "event";
  private static final int WINDOW_CALLS = 16_384;
  private static final int FRAME_CALLS = 1_024;
  private static final Value LARGE =
      Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[1 << 20])).build();

  private KeptAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
        Attack.of(
                "two sessions that never confirm, with puts of 1 MB behind held calls",
                Credential.SOCKET,
                KeptAttacks::heldPuts)
            .othersMayGet(ERROR_REASON_MEMORY_FULL),
        Attack.of("empty frames behind held calls", Credential.SOCKET, KeptAttacks::emptyFrames),
        Attack.of(
                "replies of 100 kB that a session never confirms",
                Credential.SOCKET,
                KeptAttacks::replies)
            .othersMayGet(ERROR_REASON_MEMORY_FULL),
        Attack.of("cancels of calls that never come", Credential.SOCKET, KeptAttacks::cancels),
        Attack.of("confirmations with gaps", Credential.SOCKET, KeptAttacks::gaps),
        Attack.of(
            "sessions of one connection that come and go",
            Credential.SOCKET,
            attacker -> {
              Client client = attacker.client();
              for (int i = 0; i < many(500, 93_000) && !attacker.isOver(); i++) {
                String session = client.openSession();
                client
                    .with(Envelope.of(session))
                    .sessions()
                    .end(SessionEndRequest.getDefaultInstance());
              }
            }),
        unfinished(Credential.SOCKET),
        unfinished(Credential.TOKEN),
        crumbs(Credential.NONE, ConnectionAttacks.CHECK),
        crumbs(Credential.SOCKET, "polyproc.v1.QueueService/Put"));
  }

  private static EventSetRequest setEvent() {
    return EventSetRequest.newBuilder().setEvent(EVENT).build();
  }

  /** A session with as many unconfirmed replies as may be, and as many calls held back. */
  private static RawStream full(Attacker attacker, int held) throws IOException {
    RawHttp2 connection = attacker.connect();
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    int all = WINDOW_CALLS + held;
    for (int first = 1; first <= all; first += FRAME_CALLS) {
      stream.frame(
          RawStream.commands(
              first,
              Math.min(FRAME_CALLS, all + 1 - first),
              EventServiceGrpc.getSetMethod(),
              setEvent()));
    }
    connection.flush();
    return stream;
  }

  private static void createEvent(Attacker attacker) {
    var unused =
        attacker.client().events().create(EventCreateRequest.newBuilder().setEvent(EVENT).build());
  }

  private static void heldPuts(Attacker attacker) throws IOException {
    createEvent(attacker);
    var unused = attacker.client().queues().create(Requests.createQueue(QUEUE));
    List<RawStream> streams = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      streams.add(full(attacker, WINDOW_CALLS - 100));
    }
    for (int i = 0; i < 60; i++) {
      for (RawStream stream : streams) {
        stream.frame(
            RawStream.commands(
                1_000_000 + i, 1, QueueServiceGrpc.getPutMethod(), Requests.put(QUEUE, LARGE)));
      }
    }
  }

  private static void emptyFrames(Attacker attacker) throws IOException {
    createEvent(attacker);
    RawStream stream = full(attacker, WINDOW_CALLS - 100);
    for (int i = 0; i < many(20_000, 200_000); i++) {
      stream.frame(ByteString.EMPTY);
    }
    stream.flush();
  }

  private static void replies(Attacker attacker) throws IOException {
    var unused = attacker.client().queues().create(Requests.createQueue(QUEUE));
    RawHttp2 connection = attacker.connect().windowUpdate(0, 1 << 30);
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    Value item =
        Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[100_000])).build();
    for (int i = 1; i < many(600, 10_000); i += 2) {
      stream.frame(
          RawStream.commands(i, 1, QueueServiceGrpc.getPutMethod(), Requests.put(QUEUE, item)));
      stream.frame(
          RawStream.commands(i + 1, 1, QueueServiceGrpc.getGetMethod(), Requests.getNow(QUEUE)));
    }
  }

  private static void cancels(Attacker attacker) throws IOException {
    RawHttp2 connection = attacker.connect();
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    for (int i = 0; i < many(60, 1_000); i++) {
      SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
      for (int j = 0; j < FRAME_CALLS; j++) {
        long number = 2L * (i * FRAME_CALLS + j + 1);
        frame.addCalls(
            Attachment.call(
                    number,
                    SessionServiceGrpc.getCancelMethod(),
                    SessionCancelRequest.newBuilder().setSequence(1_000_000 + number).build())
                .build());
      }
      stream.frame(frame.build().toByteString());
    }
  }

  /** Every second number is confirmed, far ahead of any call. */
  private static void gaps(Attacker attacker) throws IOException {
    RawHttp2 connection = attacker.connect();
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    for (int i = 0; i < many(100, 1_000); i++) {
      SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
      for (int j = 0; j < 10 * FRAME_CALLS; j++) {
        long number = 2L * (i * 10 * FRAME_CALLS + j + 1);
        frame.addReceivedBuilder().setFirst(number).setLast(number);
      }
      stream.frame(frame.build().toByteString());
    }
  }

  /** All have a credential, so they share what there is for requests that arrive. */
  private static Attack unfinished(Credential credential) {
    return Attack.of(
            "100 connections with half a request of 1 MB each",
            credential,
            attacker -> {
              byte[] half = RawHttp2.partOfMessage(1 << 20, new byte[500_000]);
              for (int i = 0; i < many(100, 300) && !attacker.isOver(); i++) {
                RawHttp2 connection = attacker.connect();
                int stream = connection.newStream();
                connection.headers(
                    stream, attacker.headers("polyproc.v1.QueueService/Put"), RawHttp2.END_HEADERS);
                connection.data(stream, half, false).flush();
              }
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL, ERROR_REASON_LIMIT_REACHED);
  }

  /** What arrives in single bytes takes a buffer for each of them. */
  private static Attack crumbs(Credential credential, String method) {
    return Attack.of(
        "200 requests that come a byte at a time",
        credential,
        attacker -> {
          RawHttp2 connection = attacker.connect();
          List<Integer> streams = new ArrayList<>();
          byte[] start = RawHttp2.partOfMessage(1_000, new byte[1]);
          for (int i = 0; i < 200; i++) {
            int stream = connection.newStream();
            connection.headers(stream, attacker.headers(method), RawHttp2.END_HEADERS);
            connection.data(stream, start, false);
            streams.add(stream);
          }
          for (int i = 0; i < many(200, 900); i++) {
            for (int stream : streams) {
              connection.data(stream, new byte[1], false);
            }
          }
          connection.flush();
        });
  }
}
