package dev.polyproc.server.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SharedMemoryTest {
  private static final ElementType DOUBLES = ElementType.ELEMENT_TYPE_FLOAT64;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private <E extends Effect> List<E> asked(Class<E> kind) {
    return world.effects().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  // Its making.

  @Test
  void shouldAnswerAllWhoCreateItWhenItsSpaceIsTaken() {
    var first = a.memory("m").create(DOUBLES, 8);
    var second = b.memory("m").create(DOUBLES, 8);

    assertThat(first.isWaiting()).isTrue();
    assertThat(second.isWaiting()).isTrue();
    Effect.MakeSegment make = asked(Effect.MakeSegment.class).get(0);
    assertThat(make.type()).isEqualTo(DOUBLES);
    assertThat(make.length()).isEqualTo(8);
    assertThat(make.bytes()).isEqualTo(64 + 8 * 8);
    assertThat(make.file()).isNotEmpty();
    assertThat(a.memory("m").locate().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_NOT_READY);

    a.memory("m").isMade();

    assertThat(first.response().getCreated()).isTrue();
    assertThat(first.response().getLock()).isEqualTo("m/lock");
    assertThat(second.response().getCreated()).isFalse();
    assertThat(second.response().getRef()).isEqualTo(first.response().getRef());
    assertThat(a.memory("m").create(DOUBLES, 8).response().getCreated()).isFalse();
    assertThat(asked(Effect.MakeSegment.class)).hasSize(1);
    assertThat(a.memory("m").locate().response().getBytes()).isEqualTo(128);
  }

  @Test
  void shouldTellWhyItCouldNotBeMadeAndLeaveNothing() {
    long used = world.usedBytes();
    var first = a.unnumbered().memory("m").create(DOUBLES, 8);
    var second = b.unnumbered().memory("m").create(DOUBLES, 8);

    a.memory("m").fails(true, "Expected room, but there is none");

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_NO_SPACE);
    assertThat(second.reason()).isEqualTo(ErrorReason.ERROR_REASON_NO_SPACE);
    assertThat(second.sentence()).isEqualTo("Expected room, but there is none");
    assertThat(world.usedBytes()).isEqualTo(used);

    var third = a.memory("m").create(DOUBLES, 8);
    a.memory("m").fails(false, "Expected a folder, but it is not there");

    assertThat(third.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_FAILED);
    assertThat(a.memory("m").get().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldGoWithWhoGaveItUpBeforeItWasThere() {
    var create = a.unnumbered().memory("m").create(DOUBLES, 8);

    world.giveUp(create);

    assertThat(world.objects()).isZero();
    assertThat(asked(Effect.RemoveSegment.class)).hasSize(1);
  }

  @Test
  void shouldStayForOthersWhoWaitForIt() {
    var first = a.unnumbered().memory("m").create(DOUBLES, 8);
    var second = b.memory("m").create(DOUBLES, 8);

    world.giveUp(first);
    b.memory("m").isMade();

    assertThat(second.response().getCreated()).isFalse();
  }

  @Test
  void shouldRefuseAnotherShape() {
    a.memory("m").made();

    Pending<?> longer = a.memory("m").create(DOUBLES, 9);

    assertThat(longer.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(longer.metadata()).containsEntry("field", "length");
    assertThat(a.memory("m").create(ElementType.ELEMENT_TYPE_INT64, 8).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldRefuseWhatNobodyCouldMap() {
    var most = (Integer.MAX_VALUE - 64) / 8;

    assertThat(a.memory("m").create(DOUBLES, most + 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.memory("m").create(DOUBLES, -1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.memory("m").create(ElementType.ELEMENT_TYPE_UNSPECIFIED, 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(a.memory("m").create(DOUBLES, most).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
  }

  @Test
  void shouldBoundTheSpaceOfAllInWholePages() {
    int most = (int) (EngineFixture.LIMITS.getSharedMemoryBytes() / 4_096);
    for (int i = 0; i < most; i++) {
      a.memory("m" + i).made();
    }

    var further = a.memory("further").create(DOUBLES, 0);
    assertThat(further.reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(further.metadata()).containsEntry("limit", "shared_memory_bytes");

    a.delete("m0");
    assertThat(a.memory("further").create(DOUBLES, 0).isWaiting()).isTrue();
  }

  // Its life.

  @Test
  void shouldBeRemovedWhenItIsDeletedOrItsSessionEnds() {
    a.memory("m").made();
    long deleted = a.memory("m").incarnation();
    a.delete("m");
    assertThat(asked(Effect.RemoveSegment.class))
        .containsExactly(new Effect.RemoveSegment(deleted));

    a.memory("n")
        .create(
            SharedMemoryCreateRequest.newBuilder()
                .setType(DOUBLES)
                .setLength(8)
                .setLifetime(Lifetime.LIFETIME_SESSION));
    long ended = a.memory("n").incarnation();
    a.memory("n").isMade();
    a.end();

    assertThat(asked(Effect.RemoveSegment.class)).contains(new Effect.RemoveSegment(ended));
    assertThat(world.objects()).isZero();
  }

  @Test
  void shouldGoWithItsDaemon() {
    a.memory("m").made();
    long before = a.memory("m").incarnation();

    world.restart();

    assertThat(world.objects()).isZero();
    assertThat(asked(Effect.RemoveSegment.class)).contains(new Effect.RemoveSegment(before));
  }

  @Test
  void shouldBeMadeByTheNextDaemonWhereItWasNotThereYet() {
    a.memory("m").create(DOUBLES, 8);

    world.restart();

    assertThat(asked(Effect.MakeSegment.class)).hasSize(2);
    a.memory("m").isMade();
    assertThat(a.memory("m").locate().response().getBytes()).isEqualTo(128);
  }

  // Who writes.

  @Test
  void shouldCountASessionOnceHoweverOftenItSaysThatItWrites() {
    a.memory("m").made();

    assertThat(a.memory("m").addWriter().response().getWritersDied()).isZero();
    a.memory("m").addWriter();
    b.memory("m").addWriter();

    assertThat(a.memory("m").get().response().getWriters()).isEqualTo(2);
    assertThat(a.inspect("m").getHoldersList()).extracting(Holder::getDetail).contains("writes");

    a.memory("m").removeWriter();
    a.memory("m").removeWriter();

    assertThat(a.memory("m").get().response().getWriters()).isEqualTo(1);
  }

  @Test
  void shouldTellTheNextHolderOfTheLockThatAWriterDied() {
    a.memory("m").made();
    long number = a.memory("m").incarnation();
    a.memory("m").addWriter();

    a.end();

    assertThat(asked(Effect.MarkSegment.class)).containsExactly(new Effect.MarkSegment(number, 1));
    assertThat(b.memory("m").get().response().getWritersDied()).isEqualTo(1);
    assertThat(b.memory("m").addWriter().response().getWritersDied()).isEqualTo(1);
    var next = acquired(b);
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    b.lock("m/lock").release();
    assertThat(acquired(b).response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldTellTheHolderAfterTheOneWhoHadTheLockMeanwhile() {
    a.memory("m").made();
    a.memory("m").addWriter();
    acquired(b);

    a.end();
    var c = world.session("c");
    var waiting = acquired(c);
    assertThat(waiting.isWaiting()).isTrue();
    b.lock("m/lock").release();

    assertThat(waiting.response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldLeaveNoLockThatTellsOfASegmentThatIsGone() {
    a.memory("m").made();
    a.memory("m").addWriter();
    a.end();
    assertThat(world.objects()).as("the segment, and the lock that tells").isEqualTo(2);

    b.delete("m");

    assertThat(world.objects()).isZero();
    b.memory("m").made();
    assertThat(acquired(b).response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldTellNobodyOfWhoDiedBeforeItWasMade() {
    a.memory("m").made();
    acquired(a);
    b.delete("m");
    a.end();
    assertThat(world.objects()).as("the lock that tells").isEqualTo(1);

    b.memory("m").made();

    assertThat(acquired(b).response().getPreviousOwnerDied()).isFalse();
  }

  /** It may guard something else, too. */
  @Test
  void shouldTellByALockThatItWasToldToTake() {
    acquired(a);
    a.end();

    b.memory("other")
        .create(
            SharedMemoryCreateRequest.newBuilder().setType(DOUBLES).setLength(8).setLock("m/lock"));

    assertThat(acquired(b).response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldTellNobodyWhereTheWriterSaidThatItIsNone() {
    a.memory("m").made();
    a.memory("m").addWriter();
    a.memory("m").removeWriter();

    a.end();

    assertThat(asked(Effect.MarkSegment.class)).isEmpty();
    assertThat(acquired(b).response().getPreviousOwnerDied()).isFalse();
  }

  private static Pending<LockAcquireResponse> acquired(Client client) {
    return client
        .lock("m/lock")
        .acquire(
            LockCalls.whileUsed(
                LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT)));
  }

  @Test
  void shouldWantASessionToWrite() {
    a.memory("m").made();

    assertThat(world.anonymous().memory("m").addWriter().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(world.anonymous().memory("m").removeWriter().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }
}
