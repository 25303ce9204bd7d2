package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.Usage;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What takes long is done in pieces: how long somebody else waits for an answer meanwhile.
 *
 * <p>The daemon's heap is as large as what it keeps asks for, from the beginning: to grow, and to
 * copy what is young, takes a collector longer than the engine's pieces do. On two processors with
 * much else to do, the slowest call took up to 998 ms with {@code -Xmx4g} alone; as here it took 74
 * to 119 ms, but for one of 641 ms, for 623 of which this process was held up itself.
 */
final class PiecesIT {
  private static final int RETAINED = 400_000;
  private static final int TIMERS = 98_000;
  private static final int FRAMES = 30;
  private static final int FRAME = 16_000;
  private static final int ITEMS = 1_000_000;
  private static final int COUNTS = 64;
  private static final int WARM_COUNTS = 8;
  private static final int RESERVED = 20_000;
  private static final long MOST_MILLIS = 500;
  private static final Duration LONG = Duration.ofMinutes(3);

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(
          Launch.inPrivateFolder()
              .flags("--limit", "waiters=140000") // Of which sessions with many get three quarters.
              .javaOptions(
                  System.getProperty(
                      "polyproc.pieces.java",
                      "-XX:+UseSerialGC -Xmx4g -Xms1g -Xmn64m -XX:+AlwaysPreTouch")));

  private static Client client;
  private static Bystanding bystanding;

  @BeforeAll
  static void createClients() {
    client = daemon.client();
    client.events().create(EventCreateRequest.newBuilder().setEvent("event").build());
    bystanding = new Bystanding(daemon.tcpClient(), MOST_MILLIS);
  }

  @AfterAll
  static void close() {
    bystanding.close();
    client.close();
  }

  private static Usage usage() {
    return client.admin().serverInfo(AdminServerInfoRequest.getDefaultInstance()).getUsage();
  }

  /** Sends calls in one frame; answers the reply to the last. */
  private static <Q extends Message> CompletableFuture<Reply> send(
      Attachment stream, long first, int count, MethodDescriptor<Q, ?> method, Q request) {
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder().setReceivedBelow(first);
    for (int i = 0; i < count; i++) {
      frame.addCalls(Attachment.call(first + i, method, request));
    }
    stream.frame(frame.build());
    return stream.reply(first + count - 1);
  }

  /** A session that retains so many objects. */
  private static Client retaining(int count) {
    String id = client.openSession();
    try (Attachment stream = client.attach(id, 1).awaitAttached()) {
      DictCreateRequest create =
          DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build();
      for (int made = 0; made < count; made += 4_000) {
        Later.get(send(stream, 1 + made, 4_000, DictServiceGrpc.getCreateMethod(), create));
      }
    }
    return client.with(Envelope.of(id));
  }

  @Test
  void shouldServeOthersWhileASessionEndsThatHeldMuch() {
    Client session = retaining(RETAINED);
    assertThat(usage().getObjects()).isGreaterThanOrEqualTo(RETAINED);

    bystanding.begin();
    long began = System.nanoTime();
    session.sessions().end(SessionEndRequest.getDefaultInstance());
    long told = System.nanoTime() - began;
    await().atMost(LONG).until(() -> usage().getObjects() < 100);

    System.out.printf("End was answered after %d ms%n", TimeUnit.NANOSECONDS.toMillis(told));
    bystanding.report("The end of " + RETAINED + " objects", System.nanoTime() - began);
  }

  @Test
  void shouldServeOthersWhileManyTimersFallDue() {
    List<Attachment> streams = new ArrayList<>();
    List<CompletableFuture<Reply>> last = new ArrayList<>();
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (int sent = 0; sent < TIMERS; sent += TIMERS / 7) {
      Attachment stream = client.attach(client.openSession(), 1).awaitAttached();
      streams.add(stream);
      EventWaitRequest wait =
          EventWaitRequest.newBuilder()
              .setEvent("event")
              .setTimeout(Durations.fromNanos(due - System.nanoTime()))
              .build();
      last.add(send(stream, 1, TIMERS / 7, EventServiceGrpc.getWaitMethod(), wait));
    }
    await().atMost(LONG).until(() -> usage().getWaiters() == TIMERS);

    await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> System.nanoTime() >= due);
    bystanding.begin();
    last.forEach(reply -> Later.get(reply, LONG.toSeconds()));
    bystanding.report("That " + TIMERS + " timers fell due", System.nanoTime() - due);
    streams.forEach(Attachment::close);
  }

  @Test
  void shouldServeOthersWhileFullFramesAreWorkedOff() {
    EventIsSetRequest read = EventIsSetRequest.newBuilder().setEvent("event").build();
    try (Attachment stream = client.attach(client.openSession(), 1).awaitAttached()) {
      bystanding.begin();
      long began = System.nanoTime();
      List<CompletableFuture<Reply>> last = new ArrayList<>();
      for (int i = 0; i < FRAMES; i++) {
        last.add(
            send(stream, 1 + (long) i * FRAME, FRAME, EventServiceGrpc.getIsSetMethod(), read));
      }
      last.forEach(reply -> Later.get(reply, LONG.toSeconds()));
      bystanding.report("Of " + FRAMES * FRAME + " reads the last", System.nanoTime() - began);
    }
  }

  @Test
  void shouldServeOthersBetweenTheLongCallsOfAFrame() {
    var unused = client.lists().create(ListCreateRequest.newBuilder().setList("long").build());
    ListExtendRequest many =
        ListExtendRequest.newBuilder()
            .setList("long")
            .addAllValues(Collections.nCopies(1_000, Requests.number(1)))
            .build();
    for (int size = 0; size < ITEMS; size += 1_000) {
      client.lists().extend(many);
    }
    EventIsSetRequest read = EventIsSetRequest.newBuilder().setEvent("event").build();
    ListCountRequest count =
        ListCountRequest.newBuilder().setList("long").setValue(Requests.number(2)).build();
    try (Attachment stream = client.attach(client.openSession(), 1).awaitAttached()) {
      // Short calls, so that the daemon takes many together.
      Later.get(send(stream, 1, 2_000, EventServiceGrpc.getIsSetMethod(), read));
      // A single count is one piece, and what the first takes is the compiler's matter.
      Later.get(
          send(stream, 2_001, WARM_COUNTS, ListServiceGrpc.getCountMethod(), count),
          LONG.toSeconds());
      bystanding.begin();
      long began = System.nanoTime();
      Later.get(
          send(stream, 2_001 + WARM_COUNTS, COUNTS, ListServiceGrpc.getCountMethod(), count),
          LONG.toSeconds());
      bystanding.report(
          COUNTS + " counts of a list of " + ITEMS + ", in a frame", System.nanoTime() - began);
    }
  }

  @Test
  void shouldServeOthersWhileAFullQueueIsDeleted() {
    client.queues().create(createQueue("full"));
    fill("full", ITEMS);
    long kept = usage().getStoredBytes();

    bystanding.begin();
    long began = System.nanoTime();
    client.admin().delete(AdminDeleteRequest.newBuilder().setObject("full").build());
    await().atMost(LONG).until(() -> usage().getStoredBytes() < kept - 80L * ITEMS);
    bystanding.report("The end of a queue of " + ITEMS, System.nanoTime() - began);
  }

  @Test
  void shouldServeOthersWhileReservationsTimeOutAmongManyItems() {
    client.queues().create(createQueue("reserved"));
    fill("reserved", RESERVED * 5);
    // The first come back before the others do, so that those have items before them and behind.
    Client first = client.newSession();
    reserve(first, 2 * RESERVED, Duration.ofHours(1));
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    reserve(client, RESERVED, Duration.ofNanos(due - System.nanoTime()));
    first.sessions().end(SessionEndRequest.getDefaultInstance());
    await().atMost(LONG).until(() -> items("reserved") == RESERVED * 4);

    await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> System.nanoTime() >= due);
    bystanding.begin();
    await().atMost(LONG).until(() -> items("reserved") == RESERVED * 5);
    bystanding.report("That " + RESERVED + " reservations timed out", System.nanoTime() - due);
  }

  private static long items(String queue) {
    return client.queues().size(size(queue)).getSize();
  }

  private static void fill(String queue, int count) {
    QueuePutManyRequest many =
        QueuePutManyRequest.newBuilder()
            .setQueue(queue)
            .addAllItems(Collections.nCopies(1_000, Requests.number(1)))
            .build();
    for (int put = 0; put < count; put += 1_000) {
      client.queues().putMany(many);
    }
  }

  private static void reserve(Client by, int count, Duration time) {
    QueueGetManyRequest.Builder get =
        QueueGetManyRequest.newBuilder()
            .setQueue("reserved")
            .setMax(1_000)
            .setReserve(true)
            .setReservationTimeout(Durations.fromNanos(time.toNanos()));
    for (int taken = 0; taken < count; taken += 1_000) {
      assertThat(by.queues().getMany(get.build()).getDeliveriesCount()).isEqualTo(1_000);
    }
  }
}
