package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.SessionEndRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many items that are delayed, have keys or priorities: what one of them takes, and how long
 * somebody else waits meanwhile. {@code scripts/soak} asks for as many as a daemon is made for.
 */
@Timeout(900)
final class QueueLoadIT {
  private static final boolean FULL = Boolean.getBoolean("polyproc.full");
  private static final int DELAYED = FULL ? 1_000_000 : 100_000;
  private static final int KEYS = FULL ? 100_000 : 10_000;
  private static final int PRIORITIES = FULL ? 10_000_000 : 300_000;
  private static final int DELAY_SECONDS = FULL ? 60 : 15;
  private static final int BATCH = 1_000;

  /** Less than this is stored when there are no items. */
  private static final long EMPTY_BYTES = 1_000_000;

  /** Beyond what the collector takes; the small run shares its processors with others. */
  private static final long MOST_MILLIS = FULL ? 100 : 500;

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir private static Path folder;

  private static Pauses pauses;
  private static DaemonProcess daemon;
  private static Client client;
  private static Bystanding bystanding;

  @BeforeAll
  static void start() {
    pauses = Pauses.in(folder);
    String heap = FULL ? "-Xmx10g -Xms10g -Xmn256m" : "-Xmx4g -Xms1g -Xmn64m -XX:+AlwaysPreTouch";
    String java = "-XX:+UseSerialGC " + heap + " " + pauses.javaOption();
    daemon = Launch.inPrivateFolder().javaOptions(java).start();
    client = Client.over(daemon.socket());
    bystanding = new Bystanding(Client.over(daemon.port(), daemon.token()), MOST_MILLIS);
  }

  @AfterAll
  static void stop() {
    bystanding.close();
    client.close();
    daemon.close();
  }

  private static void begin() {
    var unused = pauses.worstMillis();
    bystanding.begin();
  }

  private static void report(String what, long began) {
    bystanding.report(what, System.nanoTime() - began, pauses.worstMillis());
  }

  private static QueueSizeResponse counts(String queue) {
    return client.queues().size(size(queue));
  }

  private static long storedBytes() {
    return client
        .admin()
        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
        .getUsage()
        .getStoredBytes();
  }

  /** Puts numbers, and says what each takes. */
  private static void fill(String queue, int count, IntFunction<QueueItemOptions> options) {
    long before = storedBytes();
    begin();
    long began = System.nanoTime();
    for (int put = 0; put < count; put += BATCH) {
      QueuePutManyRequest.Builder many = QueuePutManyRequest.newBuilder().setQueue(queue);
      for (int i = put; i < put + BATCH; i++) {
        many.addItems(Requests.number(i)).addOptions(options.apply(i));
      }
      assertThat(client.queues().putMany(many.build()).getAccepted()).isTrue();
    }
    report("To put " + count + " items into '" + queue + "'", began);
    System.out.printf("Each takes %d bytes of the budget%n", (storedBytes() - before) / count);
  }

  private static QueueGetManyResponse take(Client by, String queue, boolean reserve) {
    return by.queues()
        .getMany(
            QueueGetManyRequest.newBuilder()
                .setQueue(queue)
                .setMax(BATCH)
                .setReserve(reserve)
                .setTimeout(Durations.ZERO)
                .build());
  }

  private static void delete(String queue) {
    begin();
    long began = System.nanoTime();
    client.admin().delete(AdminDeleteRequest.newBuilder().setObject(queue).build());
    await().atMost(LONG).until(() -> storedBytes() < EMPTY_BYTES);
    report("To delete '" + queue + "'", began);
  }

  @Test
  void shouldServeOthersWhileDelayedItemsFallDueWithinASecond() {
    client.queues().create(QueueCreateRequest.newBuilder().setQueue("delayed").build());
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(DELAY_SECONDS);
    long second = TimeUnit.SECONDS.toNanos(1);
    fill(
        "delayed",
        DELAYED,
        i ->
            QueueItemOptions.newBuilder()
                .setDelay(
                    Durations.fromNanos(
                        Math.max(1, due - System.nanoTime() + second * i / DELAYED)))
                .build());

    await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> System.nanoTime() >= due);
    begin();
    await().atMost(LONG).until(() -> counts("delayed").getDelayed() == 0);
    report("That " + DELAYED + " items fell due within a second", due);

    assertThat(counts("delayed").getSize()).isEqualTo(DELAYED);
    delete("delayed");
  }

  @Test
  void shouldServeOthersWhileKeysHaveTheirLimits() {
    client
        .queues()
        .create(QueueCreateRequest.newBuilder().setQueue("keys").setMaxOutPerKey(1).build());
    for (int each = 0; each < 2; each++) {
      fill("keys", KEYS, i -> QueueItemOptions.newBuilder().setKey("key " + i).build());
    }
    Client consumer = client.newSession();

    begin();
    long began = System.nanoTime();
    Set<String> out = new HashSet<>();
    QueueGetManyResponse page = take(consumer, "keys", true);
    while (page.getDeliveriesCount() > 0) {
      for (QueueDelivery delivery : page.getDeliveriesList()) {
        assertThat(out.add(delivery.getOptions().getKey())).as("one of each key is out").isTrue();
      }
      page = take(consumer, "keys", true);
    }
    report("To reserve an item of each of " + KEYS + " keys", began);
    assertThat(out).hasSize(KEYS);

    begin();
    began = System.nanoTime();
    consumer.sessions().end(SessionEndRequest.getDefaultInstance());
    await().atMost(LONG).until(() -> counts("keys").getSize() == 2 * KEYS);
    report("That they came back", began);
    delete("keys");
  }

  @Test
  void shouldServeOthersWhilePrioritiesAreMany() {
    client
        .queues()
        .create(
            QueueCreateRequest.newBuilder()
                .setQueue("priorities")
                .setOrder(QueueOrder.QUEUE_ORDER_PRIORITY)
                .build());
    Random random = new Random(1);
    fill(
        "priorities",
        PRIORITIES,
        i -> QueueItemOptions.newBuilder().setPriority(random.nextInt()).build());

    begin();
    long began = System.nanoTime();
    long last = Integer.MIN_VALUE;
    for (int taken = 0; taken < PRIORITIES / 10; taken += BATCH) {
      for (QueueDelivery delivery : take(client, "priorities", false).getDeliveriesList()) {
        long priority = delivery.getOptions().getPriority();
        assertThat(priority).isGreaterThanOrEqualTo(last);
        last = priority;
      }
    }
    report("To get a tenth of " + PRIORITIES + " items by their priorities", began);
    assertThat(counts("priorities").getSize()).isEqualTo(PRIORITIES - PRIORITIES / 10);
    delete("priorities");
  }
}
