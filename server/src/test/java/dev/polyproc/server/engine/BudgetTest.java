package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.SessionOpenRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
    assertThat(world.storedBytes()).as("the item, and the call").isGreaterThan(2 * one);
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
    assertThat(world.storedBytes()).as("the confirmed number").isLessThan(100);
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
  void shouldHaveKeptRoomForDeadLettersOfAFullDaemon() {
    long budget = 200_000;
    EngineFixture small =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setStoredBytes(budget).build(),
            EngineFixture.Care.INVARIANTS);
    Client worker = small.session("w").as("a thread with a long name ".repeat(10));
    String longName = "q".repeat(200);
    QueueCalls letters = small.anonymous().queue("letters");
    QueueCalls jobs = worker.queue(longName);
    letters.create().response();
    jobs.create(1, "letters").response();
    int put = 0;
    while (small.usedBytes() + 5_000 < budget) {
      small.anonymous().queue(longName).put(put).response();
      put++;
    }
    assertThat(put).isGreaterThan(50);
    long full = small.usedBytes();

    for (int i = 0; i < put; i++) {
      var got = jobs.reserve(Duration.ofMinutes(1));
      worker.confirm(got);
      worker.confirm(jobs.giveUp(got.response().getReservation()));
      assertThat(small.usedBytes()).isLessThan(full + 3_000);
    }
    assertThat(letters.size().getSize()).isEqualTo(put);
    letters.redrive().response();
    assertThat(small.usedBytes()).isLessThan(budget + budget / 16);
    letters.delete().response();
    jobs.delete().response();
    worker.dies();
    assertThat(small.usedBytes()).isZero();
  }

  @Test
  void shouldRefuseWhatDoesNotFit() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(3_100).build());
    QueueCalls tight = small.anonymous().queue("jobs");
    tight.create(1).response();
    tight.put("x".repeat(700)).response();
    long used = small.storedBytes();

    assertThat(tight.put("y".repeat(700)).reason())
        .as("it would have to wait, and has no room for that either")
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(tight.get().response().hasItem()).isTrue();
    var refused = tight.put("z".repeat(1_900));
    assertThat(refused.sentence())
        .startsWith("Expected room for 2047 bytes within the budget of 3100, but 1606 are used;");
    assertThat(refused.metadata()).containsEntry("limit", "stored_bytes");
    assertThat(used).isEqualTo(144 + 700 + 3);
  }

  @Test
  void shouldNotRefuseWhatComesBack() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(8_000).build());
    Client client = small.session("a");
    QueueCalls tight = small.anonymous().queue("jobs");
    tight.create().response();
    tight.put("x".repeat(3_000)).response();
    client.queue("jobs").get().response();
    tight.put("y".repeat(100)).response();
    assertThat(tight.put("z".repeat(3_000)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);

    client.dies();

    assertThat(tight.items()).containsExactly("x".repeat(3_000), "y".repeat(100));
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

  // What is not a value.

  /** Makes an engine full, but for less than so many bytes. */
  private static void fill(EngineFixture small, int less) {
    QueueCalls filler = small.anonymous().queue("filler");
    filler.create().response();
    for (int size = 1 << 16; size >= less; size /= 2) {
      while (filler.put("x".repeat(size)).replies().get(0).hasResponse()) {
        // Until it is refused.
      }
    }
  }

  private static EngineFixture small() {
    return new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(200_000).build());
  }

  @Test
  void shouldRefuseObjectsSessionsAndWaitsWhereThereIsNoRoom() {
    EngineFixture small = small();
    QueueCalls jobs = small.anonymous().queue("jobs");
    jobs.create(1).response();
    jobs.put(1).response();
    small.anonymous().event("e").create().response();
    small.anonymous().lock("l").create().response();
    small.anonymous().lock("l").lease(Duration.ofHours(1)).response();
    fill(small, 100);

    assertFull(jobs.put(2));
    assertFull(jobs.put("x".repeat(100_000)));
    assertFull(small.anonymous().event("e").await());
    assertFull(small.anonymous().lock("l").lease(Duration.ofHours(1)));
    assertFull(small.anonymous().queue("more").create());
    assertFull(small.anonymous().event("more").create());
    assertFull(small.open(SessionOpenRequest.getDefaultInstance()));
    assertThat(jobs.create(1).response().getCreated()).as("what is there is found").isFalse();

    small.anonymous().queue("filler").clear().response();
    assertThat(jobs.put(2).isWaiting()).isTrue();
    assertThat(small.open(SessionOpenRequest.getDefaultInstance()).response()).isNotNull();
  }

  @Test
  void shouldRefuseAnArrayThatDoesNotFitAndLeaveNothing() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(8_000).build());
    ArrayCalls array = small.anonymous().array("large");
    long before = small.storedBytes();

    assertFull(array.create(ElementType.ELEMENT_TYPE_INT64, 2_000));
    assertThat(small.storedBytes()).isEqualTo(before);
    assertThat(array.size().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(array.create(ElementType.ELEMENT_TYPE_INT64, 10).response().getCreated()).isTrue();
  }

  @Test
  void shouldRefuseAnArrayOfMoreBytesThanTheLimit() {
    ArrayCalls array = world.anonymous().array("large");
    long most = EngineFixture.LIMITS.getArrayBytes();

    for (long length : new long[] {most / 8 + 1, 1L << 61, -1}) {
      var refused = array.create(ElementType.ELEMENT_TYPE_INT64, length);
      assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
      assertThat(refused.metadata()).containsEntry("limit", "array_bytes");
    }
    assertThat(array.create(ElementType.ELEMENT_TYPE_INT64, most / 8).response().getCreated())
        .isTrue();
  }

  private static void assertFull(Pending<?> call) {
    assertThat(call.reason()).isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(call.metadata()).containsEntry("limit", "stored_bytes");
  }

  @Test
  void shouldChargeCallsThatWaitForAllThatTheyBring() {
    anyone.create(1).response();
    anyone.put(1).response();
    long before = world.storedBytes();
    var waiting = anyone.put("x".repeat(10_000));
    assertThat(world.storedBytes()).isGreaterThan(before + 10_000);
    world.abandon(waiting);
    assertThat(world.storedBytes()).isEqualTo(before);

    Client worker = world.anonymous().as("o".repeat(255));
    anyone.get().response();
    long empty = world.storedBytes();
    worker.queue("jobs").get();
    assertThat(world.storedBytes()).as("its texts too").isGreaterThan(empty + 640 + 255);
  }

  @Test
  void shouldChargeValuesByTheirObjectsNotTheirBytes() {
    anyone.create().response();
    List<Object> nothing = new ArrayList<>(Collections.nCopies(1_000, null));
    anyone.put(nothing).response();
    assertThat(world.storedBytes())
        .as("a thousand nulls, each of four bytes on the wire")
        .isGreaterThan(1_000 * 80);
    anyone.get().response();
    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldChargeConsumersForAllThatTheyMayHaveInFlight() {
    anyone.create().response();
    Client consumer = a.unnumbered();
    consumer.queue("jobs").consume(50);
    long waiting = world.storedBytes();
    assertThat(waiting).isGreaterThan(50 * 500);
    anyone.put(1).response();
    assertThat(world.storedBytes()).isEqualTo(waiting + 146);
    a.dies();
    assertThat(anyone.get().response().hasItem()).isTrue();
    assertThat(world.storedBytes()).isZero();
  }

  /** A full daemon can be emptied: by taking, by reserving, and by whoever remembers nothing. */
  @Test
  void shouldLetAFullDaemonBeEmptied() {
    EngineFixture small = small();
    Client worker = small.session("worker");
    fill(small, 1);
    QueueCalls filler = worker.queue("filler");
    int items = small.anonymous().queue("filler").size().getSize();
    long done = 0;
    for (int i = 0; i < items; i++) {
      var reserved = filler.reserve();
      var acknowledged = filler.acknowledge(reserved.response().getReservation());
      assertThat(acknowledged.response()).isNotNull();
      done = acknowledged.sequence();
      worker.confirmBelow(done + 1);
    }
    assertThat(small.storedBytes()).isZero();
  }

  @Test
  void shouldRefuseCommandsThatCannotBeRememberedWhereTheOthersAreNotConfirmed() {
    EngineFixture small = small();
    Client greedy = small.session("greedy");
    Client modest = small.session("modest");
    fill(small, 1);
    Pending<?> last;
    int calls = 0;
    do {
      last = greedy.event("nowhere").set();
      calls++;
    } while (last.reason() == ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND && calls < 1_000);
    assertFull(last);
    for (int i = 0; i < 16; i++) {
      assertThat(modest.event("nowhere").set().reason())
          .as("it owes few confirmations")
          .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    }
    assertFull(modest.event("nowhere").set());
    greedy.confirmBelow(1_000);
    modest.confirmBelow(15);
    assertThat(modest.event("nowhere").set().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldReserveAsManyItemsAsThereIsRoomFor() {
    EngineFixture small = small();
    Client worker = small.session("worker").unnumbered();
    QueueCalls jobs = small.anonymous().queue("jobs");
    jobs.create().response();
    for (int i = 0; i < 100; i++) {
      jobs.put(i).response();
    }
    fill(small, 1);
    QueueGetManyRequest.Builder many = QueueGetManyRequest.newBuilder().setReserve(true);
    int reserved = worker.queue("jobs").getMany(many).response().getDeliveriesCount();
    assertThat(reserved).isBetween(1, 99);
    assertFull(worker.queue("jobs").getMany(many));
    worker.dies();
    assertThat(jobs.size().getSize()).isEqualTo(100);
  }

  @Test
  void shouldPassOverConfirmedRangesThatThereIsNoRoomFor() {
    EngineFixture small = small();
    Client client = small.session("client");
    fill(small, 1);
    for (int i = 0; i < 400; i++) {
      client.confirmRange(3L * i + 2, 3L * i + 3);
    }
    assertThat(small.usedBytes()).isLessThan(200_000 + 200_000 / 16 + 100);
    client.confirmBelow(2_000);
    assertThat(small.usedBytes()).isLessThanOrEqualTo(200_000);
  }
}
