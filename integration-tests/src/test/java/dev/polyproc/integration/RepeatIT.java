package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.number;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.integration.Requests.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same call sent twice counts once, whatever happened to the first answer. */
final class RepeatIT {
  private static final long SEQUENCE = 1;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  /**
   * A command that changes something that can be counted.
   *
   * @param prepare makes what it works on, in the session that will call
   * @param count how often it has happened
   */
  record Deed<Q extends Message, R extends Message>(
      String name,
      MethodDescriptor<Q, R> method,
      Q request,
      Consumer<Client> prepare,
      ToLongFunction<Client> count) {
    @Override
    public String toString() {
      return name;
    }

    Future<R> unary(Client client, String session) {
      return ClientCalls.futureUnaryCall(
          client
              .with(Envelope.of(session).sequence(SEQUENCE))
              .channel()
              .newCall(method, CallOptions.DEFAULT),
          request);
    }

    Future<R> attached(Attachment attachment) {
      return attachment.send(SEQUENCE, method, request);
    }
  }

  /** How a call is sent and sent again; answers what came back. */
  @FunctionalInterface
  interface Way {
    List<Message> twice(Deed<?, ?> deed, String session);
  }

  /** One of each kind, on objects of their own. */
  private static List<Deed<?, ?>> deeds(String folder) {
    return List.of(
        put(folder + "/put", 1),
        get(folder + "/get", 3),
        acquire(reentrant(folder + "/acquire")),
        release(reentrant(folder + "/release"), 3),
        add(folder + "/add"));
  }

  private static Deed<?, ?> put(String queue, long item) {
    return new Deed<>(
        "put",
        QueueServiceGrpc.getPutMethod(),
        Requests.put(queue, item),
        session -> session.queues().create(createQueue(queue)),
        session -> session.queues().size(size(queue)).getSize());
  }

  private static Deed<?, ?> get(String queue, int items) {
    return new Deed<>(
        "get",
        QueueServiceGrpc.getGetMethod(),
        Requests.get(queue),
        session -> {
          session.queues().create(createQueue(queue));
          IntStream.range(0, items).forEach(i -> session.queues().put(Requests.put(queue, i)));
        },
        session -> items - session.queues().size(size(queue)).getSize());
  }

  private static LockCreateRequest reentrant(String lock) {
    return LockCreateRequest.newBuilder()
        .setLock(lock)
        .setKind(LockKind.LOCK_KIND_REENTRANT)
        .build();
  }

  private static Deed<?, ?> acquire(LockCreateRequest lock) {
    return new Deed<>(
        "acquire",
        LockServiceGrpc.getAcquireMethod(),
        Requests.acquire(lock.getLock()),
        session -> session.locks().create(lock),
        session -> holds(session, lock.getLock()));
  }

  private static Deed<?, ?> release(LockCreateRequest lock, int holds) {
    return new Deed<>(
        "release",
        LockServiceGrpc.getReleaseMethod(),
        Requests.release(lock.getLock(), 0),
        session -> {
          session.locks().create(lock);
          IntStream.range(0, holds)
              .forEach(i -> session.locks().acquire(Requests.acquire(lock.getLock())));
        },
        session -> holds - holds(session, lock.getLock()));
  }

  private static Deed<?, ?> add(String dict) {
    return new Deed<>(
        "add",
        DictServiceGrpc.getAddMethod(),
        DictAddRequest.newBuilder()
            .setDict(dict)
            .setKey(text("n"))
            .setAmount(number(1))
            .setInitial(number(0))
            .build(),
        session -> session.dicts().create(DictCreateRequest.newBuilder().setDict(dict).build()),
        session -> counted(session, dict));
  }

  private static long holds(Client session, String lock) {
    return session.locks().get(LockGetRequest.newBuilder().setLock(lock).build()).getHolds();
  }

  private static long counted(Client session, String dict) {
    DictGetRequest get = DictGetRequest.newBuilder().setDict(dict).setKey(text("n")).build();
    return session.dicts().get(get).getValue().getInt();
  }

  static Stream<Arguments> deedsAndWays() {
    Map<String, Way> ways = new LinkedHashMap<>();
    ways.put("unary", RepeatIT::unary);
    ways.put("unary, reply lost", RepeatIT::unaryReplyLost);
    ways.put("one stream", RepeatIT::oneStream);
    ways.put("stream after stream, reply lost", RepeatIT::streamReplyLost);
    ways.put("stream after unary, reply lost", RepeatIT::streamAfterUnary);
    ways.put("unary after stream, reply lost", RepeatIT::unaryAfterStream);
    return ways.entrySet().stream()
        .flatMap(
            way ->
                deeds(way.getKey().replaceAll("\\W+", "-")).stream()
                    .map(deed -> Arguments.of(deed, way.getKey(), way.getValue())));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("deedsAndWays")
  void shouldCountOnce(Deed<?, ?> deed, String wayName, Way way) {
    try (Client client = daemon.client()) {
      String session = client.openSession();
      Client own = client.with(Envelope.of(session));
      deed.prepare().accept(own);

      List<Message> replies = way.twice(deed, session);

      assertThat(replies.stream().distinct()).as("the replies are the same").hasSize(1);
      assertThat(deed.count().applyAsLong(own)).isEqualTo(1);
    }
  }

  private static List<Message> unary(Deed<?, ?> deed, String session) {
    try (Client client = daemon.client();
        Client other = daemon.tcpClient()) {
      return List.of(Later.get(deed.unary(client, session)), Later.get(deed.unary(other, session)));
    }
  }

  private static List<Message> oneStream(Deed<?, ?> deed, String session) {
    try (Client client = daemon.client();
        Attachment attachment = client.attach(session, 1)) {
      return List.of(Later.get(deed.attached(attachment)), Later.get(deed.attached(attachment)));
    }
  }

  private static List<Message> unaryReplyLost(Deed<?, ?> deed, String session) {
    loseTheReply(deed, session, false);
    try (Client client = daemon.client()) {
      return List.of(Later.get(deed.unary(client, session)));
    }
  }

  private static List<Message> streamReplyLost(Deed<?, ?> deed, String session) {
    loseTheReply(deed, session, true);
    try (Client client = daemon.client();
        Attachment attachment = client.attach(session, 2)) {
      return List.of(Later.get(deed.attached(attachment)));
    }
  }

  private static List<Message> streamAfterUnary(Deed<?, ?> deed, String session) {
    loseTheReply(deed, session, false);
    try (Client client = daemon.client();
        Attachment attachment = client.attach(session, 1)) {
      return List.of(Later.get(deed.attached(attachment)));
    }
  }

  private static List<Message> unaryAfterStream(Deed<?, ?> deed, String session) {
    loseTheReply(deed, session, true);
    try (Client client = daemon.client()) {
      return List.of(Later.get(deed.unary(client, session)));
    }
  }

  /** Sends the call, sees it happen, and cuts the connection before the reply has come through. */
  private static void loseTheReply(Deed<?, ?> deed, String session, boolean attached) {
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client cut = Client.over(proxy.socket());
        Client watching = daemon.client()) {
      Client own = watching.with(Envelope.of(session));
      assertThat(deed.count().applyAsLong(own)).isZero();
      if (attached) {
        Attachment attachment = cut.attach(session, 1).awaitAttached();
        proxy.loseReplies();
        deed.attached(attachment);
      } else {
        cut.openSession(); // the connection stands
        proxy.loseReplies();
        deed.unary(cut, session);
      }
      await().until(() -> deed.count().applyAsLong(own) == 1);
      proxy.cut();
    }
  }
}
