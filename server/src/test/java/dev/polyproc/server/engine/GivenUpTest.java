package dev.polyproc.server.engine;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A numbered call whose caller gives its rpc up: by a reset, or by the rpc's deadline. */
final class GivenUpTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final QueueCalls queue = a.queue("jobs");
  private final QueueCalls anyone = world.anonymous().queue("jobs");

  @BeforeEach
  void createQueue() {
    anyone.create(2).response();
  }

  // While it waits.

  @Test
  void shouldWithdrawAWaitingGetWithoutATrace() {
    long before = world.usedBytes();
    var get = queue.get();
    world.giveUp(get);

    assertThat(get.isWaiting()).as("nobody is there to be told").isTrue();
    assertThat(anyone.size().getWaitingGets()).isZero();
    assertThat(world.usedBytes()).as("it is as if it had not come").isEqualTo(before);
    anyone.put(1);
    a.havingReceivedBelow(get.sequence() + 1).queue("jobs").peek();
    assertThat(anyone.items()).containsExactly(1L);
  }

  @Test
  void shouldHandALockToNobodyWhoGaveItUp() {
    b.lock("l").create().response();
    b.lock("l").acquire().response();
    var givenUp = a.lock("l").acquire();
    var next = world.session("c").lock("l").acquire();

    world.giveUp(givenUp);
    b.lock("l").release().response();

    assertThat(next.response().getAcquired()).isTrue();
  }

  @Test
  void shouldTakeARepeatForANewCallAtTheEndOfTheLine() {
    var get = queue.get();
    var next = anyone.get();
    world.giveUp(get);

    var again = a.repeat(get);
    anyone.put(1);
    anyone.put(2);

    assertThat(item(next)).isEqualTo(1L);
    assertThat(item(again)).isEqualTo(2L);
  }

  @Test
  void shouldLeaveThePlaceThatARepeatTookOver() {
    var get = queue.get();
    var next = anyone.get();
    var again = a.repeat(get);

    world.giveUp(get);
    anyone.put(1);

    assertThat(item(again)).as("the place is the repeat's").isEqualTo(1L);
    assertThat(next.isWaiting()).isTrue();
  }

  @Test
  void shouldTellAnRpcThatARepeatTookItsPlaceOver() {
    var get = queue.get();
    var again = a.repeat(get);

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_CALL_REPLACED);
    anyone.put(1);
    assertThat(item(again)).isEqualTo(1L);
    assertThat(item(a.repeat(get))).as("what is recorded is the answer").isEqualTo(1L);
  }

  @Test
  void shouldLeaveThePlaceThatAFrameTookOver() {
    var get = queue.get();
    a.attach(1);
    var again = a.over(1).repeat(get);
    world.giveUp(get);
    anyone.put(1);
    assertThat(item(again)).isEqualTo(1L);
  }

  @Test
  void shouldWithdrawWithTheRpcThatHasThePlace() {
    a.attach(1);
    var get = a.over(1).queue("jobs").get();
    var again = a.repeat(get);

    world.giveUp(again);

    assertThat(anyone.size().getWaitingGets()).isZero();
  }

  @Test
  void shouldLetThoseBehindAGivenUpPutGoOn() {
    queue.put(1);
    var tooMuch = queue.putMany(List.of(2, 3));
    var next = anyone.put(4);
    world.giveUp(tooMuch);
    assertThat(next.response().getAccepted()).isTrue();
    assertThat(anyone.items()).containsExactly(1L, 4L);
  }

  @Test
  void shouldHandNothingFromOneThatIsGivenUpToAnother() {
    b.lock("l").create().response();
    b.lock("l").acquire().response();
    var first = a.lock("l").acquire();
    var second = a.lock("l").acquire();
    world.giveUp(first, second);
    b.lock("l").release().response();
    assertThat(b.lock("l").acquire().response().getAcquired()).isTrue();
  }

  @Test
  void shouldEndTheProcessOfAStartThatWasGivenUp() {
    var start = a.process("p").start();
    world.giveUp(start);
    assertThat(world.objects()).as("the queue alone is left").isEqualTo(1);
    assertThat(a.repeat(start).isWaiting()).as("a repeat starts one, not two").isTrue();
  }

  // Before it came, and after it was done.

  @Test
  void shouldNotTouchWhatWasGrantedBefore() {
    var get = queue.get();
    anyone.put(1);
    world.giveUp(get);
    assertThat(item(a.repeat(get))).as("the reply is kept for a repeat").isEqualTo(1L);
    assertThat(anyone.items()).isEmpty();
  }

  @Test
  void shouldRefuseACallThatComesAfterItsCancelThoughItWasGivenUp() {
    var get = queue.get();
    world.giveUp(get);
    assertThat(a.undo(get).response().getOutcome()).isEqualTo(CancelOutcome.CANCEL_OUTCOME_MARKED);
    assertThat(a.repeat(get).reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
  }

  // The rpc's deadline.

  @Test
  void shouldWithdrawACallWhenTheDeadlineOfItsRpcPasses() {
    var get = a.within(Duration.ofSeconds(1)).queue("jobs").get();
    world.advance(Duration.ofSeconds(1));

    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    anyone.put(1);
    assertThat(item(a.repeat(get))).as("nothing is recorded of it").isEqualTo(1L);
  }

  @Test
  void shouldRecordThatTheDeadlineOfAFramedCallPassed() {
    a.attach(1);
    var get = a.over(1).within(Duration.ofSeconds(1)).queue("jobs").get();
    world.advance(Duration.ofSeconds(1));
    anyone.put(1);
    assertThat(get.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    assertThat(a.over(1).repeat(get).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
  }

  @Test
  void shouldCountTheDeadlineOfARepeatFromItsOwnBeginning() {
    var get = a.within(Duration.ofSeconds(2)).queue("jobs").get();
    world.advance(Duration.ofSeconds(1));
    var again = a.within(Duration.ofSeconds(3)).repeat(get);

    world.advance(Duration.ofSeconds(2));
    assertThat(again.isWaiting()).as("the deadline of the first rpc is over with it").isTrue();
    world.advance(Duration.ofSeconds(1));
    assertThat(again.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
  }

  @Test
  void shouldWaitForeverWhenARepeatHasNoDeadline() {
    var get = a.within(Duration.ofSeconds(2)).queue("jobs").get();
    var again = a.repeat(get);
    world.advance(Duration.ofSeconds(10));
    anyone.put(1);
    assertThat(item(again)).isEqualTo(1L);
  }

  @Test
  void shouldKeepTheDeadlineOfAFramedCallWhenItIsRepeated() {
    a.attach(1);
    var get = a.over(1).within(Duration.ofSeconds(2)).queue("jobs").get();
    world.advance(Duration.ofSeconds(1));
    a.attach(2);
    var again = a.over(2).within(Duration.ofSeconds(2)).repeat(get);
    world.advance(Duration.ofSeconds(1));
    assertThat(again.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
  }

  @Test
  void shouldKeepTheTimeoutOfTheRequestWhenItIsRepeatedWithADeadline() {
    var get = queue.get(Duration.ofSeconds(2));
    world.advance(Duration.ofSeconds(1));
    var again = a.within(Duration.ofSeconds(9)).repeat(get);
    world.advance(Duration.ofSeconds(1));
    assertThat(again.response().hasItem()).isFalse();
  }

  @Test
  void shouldGiveBackWhatACallTookWhoseDeadlinePassed() {
    long before = world.usedBytes();
    a.within(Duration.ofSeconds(1)).queue("jobs").get();
    world.advance(Duration.ofSeconds(1));
    assertThat(world.usedBytes()).isEqualTo(before);
  }
}
