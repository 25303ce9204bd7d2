package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueGetManyRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every stored value and every recorded reply is accounted for, and comes off when it goes. */
final class BudgetTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final QueueCalls queue = a.queue("jobs");
  private final QueueCalls anyone = world.anonymous().queue("jobs");

  @Test
  void shouldCostNothingWhenAllWasGot() {
    anyone.create().response();
    assertThat(world.storedBytes()).isZero();
    anyone.putMany(List.of("x".repeat(1_000), 2, 3));
    assertThat(world.storedBytes()).isGreaterThan(1_000 + 2 * 128);
    anyone.getMany(3).response();
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldCostNothingWhenAllWasRemovedClearedAndAcknowledged() {
    anyone.create().response();
    anyone.putMany(List.of(1, 2, 3));
    anyone.remove(2);
    var reserved = anyone.reserve(Duration.ofSeconds(1));
    anyone.clear();
    assertThat(world.storedBytes()).isPositive();
    anyone.acknowledge(reserved.response().getReservation());
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldCostNothingWhenTheQueueWasDeleted() {
    anyone.create(3).response();
    anyone.putMany(List.of(1, 2, 3));
    anyone.reserve(Duration.ofSeconds(1));
    anyone.put(4);
    anyone.put(5);
    anyone.delete().response();
    assertThat(world.storedBytes()).isZero();
    world.advance(Duration.ofSeconds(2));
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldCostWhatWaitsToBePut() {
    anyone.create(1).response();
    anyone.put(1);
    long one = world.storedBytes();
    anyone.put(2, Duration.ofSeconds(1));
    assertThat(world.storedBytes()).isEqualTo(2 * one);
    world.advance(Duration.ofSeconds(1));
    assertThat(world.storedBytes()).isEqualTo(one);
  }

  @Test
  void shouldCostRepliesUntilTheyAreConfirmed() {
    var created = queue.create();
    long reply = world.storedBytes();
    assertThat(reply).isPositive();
    a.repeat(created);
    assertThat(world.storedBytes()).as("a repeat costs nothing").isEqualTo(reply);
    a.confirm(created);
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldCostNothingWhenTheSessionEnded() {
    anyone.create(2).response();
    queue.put(1);
    queue.get();
    queue.put(2);
    queue.getMany(QueueGetManyRequest.newBuilder().setReserve(true));
    queue.consume(1);
    queue.get();
    a.from(90).cancel(80);
    a.dies();
    assertThat(anyone.getMany(5).response().getDeliveriesCount()).isEqualTo(2);
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldRefuseWhatDoesNotFit() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(1_000).build());
    QueueCalls tight = small.anonymous().queue("jobs");
    tight.create(1).response();
    tight.put("x".repeat(700)).response();
    long used = small.storedBytes();

    assertThat(tight.put("y".repeat(700)).reason())
        .as("it would have to wait, and has no room for that either")
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(tight.get().response().hasItem()).isTrue();
    var refused = tight.put("z".repeat(900));
    assertThat(refused.sentence())
        .isEqualTo("Expected room for 1031 bytes within the budget of 1000, but 0 are used");
    assertThat(refused.metadata()).containsEntry("limit", "stored_bytes");
    assertThat(used).isEqualTo(128 + 700 + 3);
  }

  @Test
  void shouldNotRefuseWhatComesBack() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(1_000).build());
    Client client = small.session("a");
    QueueCalls tight = small.anonymous().queue("jobs");
    tight.create().response();
    tight.put("x".repeat(600));
    client.unnumbered().queue("other").create();
    client.queue("jobs").get().response();
    tight.put("y".repeat(100));

    client.dies();

    assertThat(tight.items()).containsExactly("x".repeat(600), "y".repeat(100));
  }

  @Test
  void shouldCostNothingWhenAWaitIsRefused() {
    EngineFixture small = new EngineFixture(EngineFixture.LIMITS.toBuilder().setWaiters(1).build());
    QueueCalls narrow = small.anonymous().queue("jobs");
    narrow.create(1).response();
    narrow.put(1);
    narrow.put(2);
    long used = small.storedBytes();
    assertThat(narrow.put(3).reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(small.storedBytes()).isEqualTo(used);
  }
}
