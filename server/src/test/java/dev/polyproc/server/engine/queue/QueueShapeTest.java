package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutManyRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What random runs found in queues that go by orders, keys and times. */
final class QueueShapeTest {
  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final Client sessionB = world.session("b");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls b = sessionB.queue("jobs");

  private static QueueCreateRequest.Builder shape() {
    return QueueCreateRequest.newBuilder();
  }

  private static QueueItemOptions.Builder key(String key) {
    return QueueItemOptions.newBuilder().setKey(key);
  }

  private static QueueItemOptions.Builder delay(long millis) {
    return QueueItemOptions.newBuilder()
        .setDelay(Times.duration(Duration.ofMillis(millis).toNanos()));
  }

  @Test
  void shouldGiveAWaitingGetWhatWasDueFirstAfterAStandstill() {
    a.create(shape().setOrder(QueueOrder.QUEUE_ORDER_LIFO)).response();
    a.put(1, delay(10));
    a.put(2, delay(20));
    var waiting = b.get();

    world.advance(Duration.ofSeconds(1));

    assertThat(item(waiting)).isEqualTo(1L);
    assertThat(a.items()).containsExactly(2L);
  }

  @Test
  void shouldChargeNothingForAUniqueKeyOfNoItems() {
    a.create(shape().setUniqueWindow(Times.duration(Duration.ofSeconds(1).toNanos()))).response();
    long before = world.storedBytes();

    b.putMany(
        QueuePutManyRequest.newBuilder()
            .addOptions(QueueItemOptions.newBuilder().setUniqueKey("k")));
    world.session("c").dies();
    sessionB.dies();

    assertThat(world.storedBytes()).isLessThanOrEqualTo(before);
  }

  @Test
  void shouldKeepAKeyOutUntilAllHaveComeBackFromASessionThatEnds() {
    a.create(shape().setFair(true).setMaxOutPerKey(1)).response();
    a.put(1, key("a"));
    a.put(2, key("b"));
    a.put(3, key("b"));
    b.reserve();
    b.reserve();

    sessionB.dies();

    assertThat(item(a.reserve())).as("the key that came back first").isEqualTo(1L);
    assertThat(item(a.reserve())).as("the oldest of its key").isEqualTo(2L);
    assertThat(a.reserve().isWaiting()).as("its key has as many out as it may").isTrue();
  }

  @Test
  void shouldForgetTheTurnsOfADeletedQueueWithItsItems() {
    a.create(shape().setFair(true)).response();
    List.of("a", "b", "c").forEach(key -> a.put(1, key(key)));

    a.delete().response();
    world.rebuild();

    a.create().response();
    assertThat(a.items()).isEmpty();
  }

  @Test
  void shouldServeThoseWhoWaitWhenAllDeadLettersAreBack() {
    QueueCalls letters = sessionA.queue("letters");
    letters.create().response();
    a.create(
            shape()
                .setOrder(QueueOrder.QUEUE_ORDER_LIFO)
                .setMaxAttempts(1)
                .setDeadLetterQueue("letters"))
        .response();
    a.putMany(List.of(1, 2));
    a.giveUp(a.reserve().response().getReservation());
    a.giveUp(a.reserve().response().getReservation());
    assertThat(letters.items()).containsExactly(2L, 1L);
    var waiting = b.get();

    assertThat(letters.redrive().response().getMoved()).isEqualTo(2);

    assertThat(item(waiting)).as("the one that is on top at the end").isEqualTo(1L);
  }
}
