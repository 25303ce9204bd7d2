package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Replies that nobody reads: at the socket, or for the want of a window. */
final class UnreadAttacks {
  private static final int MIB = 1 << 20;
  private static final String QUEUE = PREFIX + "q";
  private static final Value LARGE =
      Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[MIB])).build();

  /** How a connection tells the daemon what it may send: nothing, little, or all there is. */
  private enum Window {
    NONE(0),
    USUAL(65_535),
    ENDLESS(Integer.MAX_VALUE);

    private final int bytes;

    Window(int bytes) {
      this.bytes = bytes;
    }

    RawHttp2 connect(Attacker attacker) throws IOException {
      RawHttp2 connection = attacker.connect(RawHttp2.INITIAL_WINDOW_SIZE, bytes);
      return bytes < Integer.MAX_VALUE ? connection : connection.windowUpdate(0, 1 << 30);
    }
  }

  private UnreadAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
            Stream.of(Window.values())
                .filter(window -> Attacker.LONG || window != Window.USUAL)
                .flatMap(UnreadAttacks::with),
            Stream.of(
                listsInOneFrame("read", true),
                listsInOneFrame("not read", false),
                pairs("left there", false),
                pairs("reset", true)))
        .flatMap(attacks -> attacks);
  }

  private static Stream<Attack> with(Window window) {
    String words = ", not read, with a window of " + window.bytes;
    return Stream.of(
        Attack.of(
            "36 pages of 5 MB" + words,
            Credential.SOCKET,
            attacker -> {
              fill(attacker, 5);
              for (int i = 0; i < many(36, 200) && !attacker.isOver(); i++) {
                unread(attacker, window, 1, "QueueService/List", list());
              }
            }),
        Attack.of(
            "many peeks at 1 MB on one connection" + words,
            Credential.TOKEN,
            attacker -> {
              fill(attacker, 1);
              unread(attacker, window, 300, "QueueService/Peek", peek());
            }),
        Attack.of(
                "small calls" + words,
                Credential.SOCKET,
                attacker -> {
                  fill(attacker, 0);
                  unread(attacker, window, 8_000, "QueueService/Size", Requests.size(QUEUE));
                })
            .othersMayGet(ERROR_REASON_LIMIT_REACHED),
        Attack.of(
            "streams of 1 MB items" + words,
            Credential.SOCKET,
            attacker -> {
              fill(attacker, 20);
              QueueConsumeRequest consume =
                  QueueConsumeRequest.newBuilder().setQueue(QUEUE).setMaxInFlight(4).build();
              String session = attacker.session();
              RawHttp2 connection = window.connect(attacker);
              for (int i = 0; i < 40; i++) {
                connection.callUnread(
                    attacker.headers(
                        "polyproc.v1.QueueService/Consume", "polyproc-session", session),
                    message(consume));
              }
              connection.flush();
            }),
        Attack.of(
            "streams of output" + words, Credential.SOCKET, attacker -> output(attacker, window)),
        Attack.of(
            "attachments that are replaced" + words,
            Credential.SOCKET,
            attacker -> {
              fill(attacker, 1);
              String session = attacker.session();
              RawHttp2 connection = window.connect(attacker);
              for (int i = 1; i <= many(40, 1_000); i++) {
                RawStream.attach(attacker, connection, session, i)
                    .frame(RawStream.reads(4, QueueServiceGrpc.getPeekMethod(), peek()));
              }
              connection.flush();
            }),
        Attack.of(
            "a stream whose frames go on coming" + words,
            Credential.SOCKET,
            attacker -> {
              fill(attacker, 1);
              RawStream stream =
                  RawStream.attach(attacker, window.connect(attacker), attacker.session(), 1);
              for (int i = 0; i < many(100, 10_000); i++) {
                stream.frame(RawStream.reads(10, QueueServiceGrpc.getPeekMethod(), peek()));
              }
            }));
  }

  /** Makes the queue, with some items of 1 MB. */
  private static void fill(Attacker attacker, int items) {
    Client client = attacker.client();
    var unused = client.queues().create(Requests.createQueue(QUEUE));
    IntStream.range(0, items).forEach(i -> client.queues().put(Requests.put(QUEUE, LARGE)));
  }

  private static QueueListRequest list() {
    return QueueListRequest.newBuilder().setQueue(QUEUE).build();
  }

  private static QueuePeekRequest peek() {
    return QueuePeekRequest.newBuilder().setQueue(QUEUE).build();
  }

  private static byte[] message(Message request) {
    return RawHttp2.message(false, request.toByteArray());
  }

  private static void unread(
      Attacker attacker, Window window, int times, String method, Message request)
      throws IOException {
    RawHttp2 connection = window.connect(attacker);
    byte[] headers = attacker.headers("polyproc.v1." + method);
    for (int i = 0; i < times; i++) {
      connection.callUnread(headers, message(request));
    }
    connection.flush();
  }

  private static void output(Attacker attacker, Window window) throws IOException {
    Client client = attacker.client();
    String process = PREFIX + "loud";
    var unused =
        client
            .processes()
            .start(
                ProcessStartRequest.newBuilder()
                    .setProcess(process)
                    .setCommand("head")
                    .addAllArguments(List.of("-c", "2000000", "/dev/zero"))
                    .build());
    unread(
        attacker,
        window,
        100,
        "ProcessService/Output",
        ProcessOutputRequest.newBuilder().setProcess(process).setFollow(true).build());
  }

  /** 5 MB that ask for 300,000 pages of 1,024 numbers. */
  private static Attack listsInOneFrame(String what, boolean reads) {
    return Attack.of(
        "300,000 pages that one frame asks for, " + what,
        Credential.SOCKET,
        attacker -> {
          Client client = attacker.client();
          client.queues().create(Requests.createQueue(QUEUE));
          QueuePutManyRequest.Builder numbers = QueuePutManyRequest.newBuilder().setQueue(QUEUE);
          IntStream.range(0, 1_024).forEach(i -> numbers.addItems(Requests.number(i)));
          client.queues().putMany(numbers.build());
          RawHttp2 connection = attacker.connect();
          RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
          stream.frame(RawStream.reads(300_000, QueueServiceGrpc.getListMethod(), list()));
          connection.flush();
          if (reads) {
            connection.drain();
          }
        });
  }

  /** What was taken out of a queue is in nobody's store, and in a reply that is not sent. */
  private static Attack pairs(String what, boolean resets) {
    return Attack.of(
            "110 pairs of a put and a get of 1 MB, whose replies are " + what,
            Credential.SOCKET,
            attacker -> {
              fill(attacker, 0);
              RawHttp2 connection = Window.NONE.connect(attacker);
              byte[] put = message(Requests.put(QUEUE, LARGE));
              byte[] get = message(Requests.getNow(QUEUE));
              for (int i = 0; i < many(110, 2_000) && !attacker.isOver(); i++) {
                int puts = connection.call(attacker.headers("polyproc.v1.QueueService/Put"), put);
                int gets = connection.call(attacker.headers("polyproc.v1.QueueService/Get"), get);
                if (resets) {
                  // Seen to be made, by what it changes.
                  connection.await(
                      connection.call(
                          attacker.headers("nobody.knows/It"),
                          RawHttp2.message(false, new byte[0])));
                  connection.reset(puts).reset(gets);
                }
              }
              connection.flush();
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }
}
