package dev.polyproc.integration.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the search finds, and what it takes for right: histories of few operations. */
final class LinearizabilityTest {
  private static final Specification<?> LATCH = new LatchSpecification(2);
  private static final Specification<?> SEMAPHORE = new SemaphoreSpecification(1);
  private static final Specification<?> CONDITION = new ConditionSpecification();

  private static final Specification<?> QUEUE = new QueueSpecification(1, 100, false);
  private static final Specification<?> QUEUE_OF_DONE = new QueueSpecification(0, 100, true);

  private final List<Operation> history = new ArrayList<>();

  private LinearizabilityTest asked(
      String client, String what, List<Long> arguments, List<Long> answer, long from, long until) {
    history.add(Operation.answered(client, what, arguments, answer, from, until));
    return this;
  }

  private LinearizabilityTest unknown(String client, String what, long argument, long from) {
    return unknown(client, what, argument, from, Long.MAX_VALUE);
  }

  private LinearizabilityTest unknown(
      String client, String what, long argument, long from, long until) {
    history.add(Operation.unknown(client, what, List.of(argument), from, until));
    return this;
  }

  private boolean isLinearizable(Specification<?> specification) {
    return Linearizability.contradiction(specification, history) == null;
  }

  private static List<Long> list(long... some) {
    List<Long> all = new ArrayList<>();
    for (long one : some) {
      all.add(one);
    }
    return all;
  }

  @Test
  void shouldTakeEitherOrderOfWhatOverlaps() {
    asked("a", "countDown", list(1), list(0), 0, 10)
        .asked("b", "countDown", list(1), list(1), 5, 9);

    assertThat(isLinearizable(LATCH)).isTrue();
  }

  @Test
  void shouldFindALookThatIsOutOfDate() {
    asked("a", "countDown", list(1), list(1), 0, 1).asked("b", "get", list(), list(2), 2, 3);

    assertThat(isLinearizable(LATCH)).isFalse();
    assertThat(Linearizability.contradiction(LATCH, history)).isEqualTo(history.get(1));
  }

  @Test
  void shouldTakeWhatNobodyKnowsAsDoneOrNot() {
    unknown("a", "countDown", 1, 0).asked("b", "get", list(), list(2), 1, 2);
    assertThat(isLinearizable(LATCH)).isTrue();

    asked("b", "get", list(), list(1), 3, 4);
    assertThat(isLinearizable(LATCH)).isTrue();

    asked("b", "get", list(), list(0), 5, 6);
    assertThat(isLinearizable(LATCH)).isFalse();
  }

  @Test
  void shouldNotTakeWhatNobodyKnowsAsDoneAfterItsEnd() {
    unknown("a", "countDown", 1, 0, 2)
        .asked("b", "get", list(), list(2), 3, 4)
        .asked("b", "get", list(), list(1), 5, 6);

    assertThat(isLinearizable(LATCH)).isFalse();
  }

  @Test
  void shouldFindAPermitThatTwoHold() {
    asked("a", "acquire", list(1), list(1), 0, 1).asked("b", "acquire", list(1), list(2), 2, 3);

    assertThat(isLinearizable(SEMAPHORE)).isFalse();
  }

  @Test
  void shouldFindATokenThatIsNoHigherThanOneBefore() {
    asked("a", "acquire", list(1), list(5), 0, 1)
        .asked("a", "release", list(5), list(1), 2, 3)
        .asked("b", "acquire", list(1), list(5), 4, 5);

    assertThat(isLinearizable(SEMAPHORE)).isFalse();
  }

  @Test
  void shouldFindAPermitThatIsLostWithItsSession() {
    unknown("a", "acquire", 1, 0)
        .asked("a", "end", list(), list(), 1, 2)
        .asked("b", "get", list(), list(1), 3, 4);
    assertThat(isLinearizable(SEMAPHORE)).isTrue();

    asked("b", "get", list(), list(0), 5, 6);
    assertThat(isLinearizable(SEMAPHORE)).isFalse();
  }

  @Test
  void shouldFindANotificationThatNobodyGot() {
    asked("a", "acquire", list(), list(1), 0, 1)
        .asked("a", "sleep", list(1), list(), 2, 20)
        .asked("a", "timeout", list(), list(), 2, 20)
        .asked("a", "wake", list(), list(0, 3), 2, 20)
        .asked("b", "acquire", list(), list(2), 4, 5)
        .asked("b", "notify", list(1), list(0), 6, 7)
        .asked("b", "release", list(2), list(), 8, 9);
    assertThat(isLinearizable(CONDITION)).isTrue();

    history.set(5, history.get(5).with(list(1)));
    assertThat(isLinearizable(CONDITION)).isFalse();
  }

  @Test
  void shouldHaveANotificationOfADeadClientGoOn() {
    asked("a", "acquire", list(), list(1), 0, 1)
        .unknown("a", "sleep", 1, 2)
        .unknown("a", "wake", 0, 2)
        .asked("b", "acquire", list(), list(2), 4, 5)
        .asked("b", "sleep", list(2), list(), 6, 30)
        .asked("b", "wake", list(), list(1, 4), 6, 30)
        .asked("c", "acquire", list(), list(3), 8, 9)
        .asked("c", "notify", list(1), list(1), 10, 11)
        .asked("c", "release", list(3), list(), 12, 13)
        .asked("a", "end", list(), list(), 14, 15);
    assertThat(isLinearizable(CONDITION)).isTrue();

    history.remove(history.size() - 1);
    assertThat(isLinearizable(CONDITION)).isFalse();
  }

  /** An item without priority, at the tail. */
  private LinearizabilityTest put(long item, long key, boolean delayed, long from) {
    return asked("p", "put", list(item, 0, key, 0, delayed ? 1 : 0), list(1), from, from + 1);
  }

  @Test
  void shouldFindAnItemThatTwoHave() {
    put(7, 0, false, 0).asked("a", "get", list(0), list(7, 1, 1), 2, 3);
    assertThat(isLinearizable(QUEUE)).isTrue();

    asked("b", "get", list(0), list(7, 2, 1), 4, 5);
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldFindAnItemThatIsLostWithItsSession() {
    put(7, 0, false, 0)
        .unknown("a", "get", 0, 2)
        .asked("a", "end", list(), list(), 4, 5)
        .asked("b", "get", list(0), list(7, 2, 2), 6, 7);
    assertThat(isLinearizable(QUEUE)).isTrue();

    history.set(3, history.get(3).with(list(0, 0, 0)));
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldFindOneTooManyOfAKey() {
    put(7, 1, false, 0)
        .put(8, 1, false, 2)
        .put(9, 2, false, 4)
        .asked("a", "get", list(0), list(7, 1, 1), 6, 7)
        .asked("b", "get", list(0), list(9, 2, 1), 8, 9);
    assertThat(isLinearizable(QUEUE)).isTrue();

    asked("b", "get", list(0), list(8, 3, 1), 10, 11);
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldFindAJoinThatDoesNotWait() {
    put(7, 0, false, 0)
        .asked("a", "get", list(0), list(7, 1, 1), 2, 3)
        .asked("b", "join", list(), list(1), 4, 10)
        .asked("a", "taskDone", list(1), list(0), 8, 9);
    assertThat(isLinearizable(QUEUE)).isTrue();

    history.set(3, history.get(3).with(list(1)));
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldFindACountThatTheEndOfASessionDoesNotTakeOff() {
    put(7, 0, false, 0)
        .put(8, 0, false, 2)
        .asked("a", "get", list(0, 0), list(7, 0, 1), 4, 5)
        .asked("a", "size", list(), list(1, 0, 2), 6, 7)
        .asked("a", "end", list(), list(), 8, 9)
        .asked("b", "size", list(), list(1, 0, 1), 10, 11);
    assertThat(isLinearizable(QUEUE_OF_DONE)).isTrue();

    history.set(5, history.get(5).with(list(1, 0, 2)));
    assertThat(isLinearizable(QUEUE_OF_DONE)).isFalse();
  }

  @Test
  void shouldFindACountBelowWhatIsOpen() {
    put(7, 0, false, 0)
        .asked("a", "get", list(0, 0), list(7, 0, 1), 2, 3)
        .asked("b", "join", list(), list(0), 4, 5);
    assertThat(isLinearizable(QUEUE_OF_DONE)).isTrue();

    history.set(2, history.get(2).with(list(1)));
    assertThat(isLinearizable(QUEUE_OF_DONE)).isFalse();
  }

  @Test
  void shouldFindAnItemThatIsLostThoughItsSessionDidNotKnowOfIt() {
    put(7, 0, false, 0)
        .asked("a", "get", list(0, 0), list(7, 0, 1), 2, 3)
        .asked("a", "end", list(), list(), 4, 5)
        .asked("b", "get", list(0, 1), list(7, 1, 2), 6, 7);
    assertThat(isLinearizable(QUEUE_OF_DONE)).isTrue();

    history.set(3, history.get(3).with(list(0, 0, 0)));
    assertThat(isLinearizable(QUEUE_OF_DONE)).isFalse();
  }

  @Test
  void shouldFindAnItemThatComesBackThoughItsSessionHadIt() {
    put(7, 0, false, 0)
        .asked("a", "get", list(0, 0), list(7, 0, 1), 2, 3)
        .asked("a", "size", list(), list(0, 0, 1), 4, 5)
        .asked("a", "end", list(), list(), 6, 7)
        .asked("b", "get", list(0, 1), list(0, 0, 0), 8, 9);
    assertThat(isLinearizable(QUEUE_OF_DONE)).isTrue();

    history.set(4, history.get(4).with(list(7, 1, 2)));
    assertThat(isLinearizable(QUEUE_OF_DONE)).isFalse();
  }

  @Test
  void shouldFindADelayedItemThatComesTooEarly() {
    put(7, 0, true, 0).put(8, 0, false, 2).asked("a", "get", list(0), list(7, 1, 1), 4, 99);
    assertThat(isLinearizable(QUEUE)).isFalse();

    history.remove(2);
    asked("a", "get", list(0), list(8, 1, 1), 4, 99)
        .asked("a", "get", list(0), list(7, 2, 1), 99, 101);
    assertThat(isLinearizable(QUEUE)).isTrue();
  }

  @Test
  void shouldFindADelayedItemThatComesTooLate() {
    put(7, 0, true, 0).asked("a", "get", list(0), list(0, 0, 0), 101, 102);
    assertThat(isLinearizable(QUEUE)).isTrue();

    history.remove(1);
    asked("a", "get", list(0), list(0, 0, 0), 102, 103);
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldFindADelayedItemThatComesTooLateBehindOneThatNobodyKnows() {
    history.add(Operation.unknown("p", "put", list(9, 0, 0, 0, 1), 0, Long.MAX_VALUE));
    put(7, 0, true, 1).asked("a", "get", list(0), list(0, 0, 0), 500, 501);
    assertThat(isLinearizable(QUEUE)).isFalse();
  }

  @Test
  void shouldTakeADelayedItemThatNobodyKnowsAsComingAtAnyTime() {
    history.add(Operation.unknown("p", "put", list(7, 0, 0, 0, 1), 0, Long.MAX_VALUE));
    asked("a", "get", list(0), list(0, 0, 0), 500, 501)
        .asked("a", "get", list(0), list(7, 1, 1), 502, 503);
    assertThat(isLinearizable(QUEUE)).isTrue();
  }
}
