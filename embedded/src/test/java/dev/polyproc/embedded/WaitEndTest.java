package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyBarrier;
import dev.polyproc.client.PolyCondition;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.PolyReadWriteLock;
import dev.polyproc.client.PolySemaphore;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What docs/client-java.md says ends a wait. */
@Timeout(60)
@ExtendWith(PolyprocExtension.class)
final class WaitEndTest {
  private static final TimeUnit SECONDS = TimeUnit.SECONDS;

  @Test
  void shouldAnswerThatTheTimeIsUp(Polyproc polyproc, Polyproc other) throws Exception {
    PolyQueue<String> queue = polyproc.queue("jobs", String.class);
    assertThat(queue.poll(0, SECONDS)).isNull();
    assertThat(queue.reserve(0, SECONDS)).isNull();
    assertThat(queue.getMany(9, 0, SECONDS)).isEmpty();
    assertThat(queue.reserveMany(9, 0, SECONDS)).isEmpty();
    assertThat(polyproc.event("e").await(0, SECONDS)).isFalse();
    assertThrows(
        TimeoutException.class, () -> polyproc.pipe("p", String.class).first().receive(0, SECONDS));
    other.lock("l").lock();
    PolyLock lock = polyproc.lock("l");
    assertThat(lock.acquire(0, SECONDS)).isNull();
    assertThat(lock.tryLock(0, SECONDS)).isFalse();
    assertThat(polyproc.lockAll(List.of(lock), 0, SECONDS)).isNull();
  }

  @Test
  void shouldAnswerThatTheTimeIsUpWhereThreadsWaitForEachOther(Polyproc polyproc, Polyproc other)
      throws Exception {
    other.readWriteLock("prices").writeLock().lock();
    for (PolyReadWriteLock.ModeLock lock :
        List.of(
            polyproc.readWriteLock("prices").readLock(),
            polyproc.readWriteLock("prices").writeLock())) {
      assertThat(lock.acquire(0, SECONDS)).isNull();
      assertThat(lock.tryLock(0, SECONDS)).isFalse();
    }
    PolySemaphore semaphore = polyproc.semaphore("s", 1);
    semaphore.acquire();
    assertThat(semaphore.tryAcquire(0, SECONDS)).isFalse();
    assertThat(semaphore.hold(1, 0, SECONDS)).isNull();
    assertThat(polyproc.latch("done", 1).await(0, SECONDS)).isFalse();
    PolyBarrier barrier = polyproc.barrier("b", 2);
    assertThrows(TimeoutException.class, () -> barrier.await(0, SECONDS));
    assertThat(barrier.isBroken()).isTrue();
    PolyLock mine = polyproc.lock("mine");
    PolyCondition condition = mine.newCondition();
    try (Hold hold = mine.acquire()) {
      assertThat(condition.await(hold, 0, SECONDS)).isFalse();
    }
    mine.lock();
    assertThat(condition.await(0, SECONDS)).isFalse();
    assertThat(condition.awaitNanos(0)).isNotPositive();
  }

  @Test
  void shouldThrowWhereTheQueueWasShutDownAndIsEmpty(Polyproc polyproc) throws Exception {
    PolyQueue<String> queue = polyproc.queue("jobs", String.class);
    queue.shutdownForAll();
    for (ThrowingCallable wait :
        List.<ThrowingCallable>of(
            queue::take,
            queue::reserve,
            () -> queue.getMany(9),
            () -> queue.reserveMany(9),
            () -> queue.poll(1, SECONDS),
            () -> queue.reserve(1, SECONDS),
            () -> queue.getMany(9, 1, SECONDS),
            () -> queue.reserveMany(9, 1, SECONDS),
            () -> queue.put("a"),
            () -> queue.putMany(List.of("a")),
            () -> queue.offer("a", 1, SECONDS),
            () -> queue.offerMany(List.of("a"), 1, SECONDS))) {
      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(wait)
          .satisfies(e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED));
    }
    queue.consume(9, job -> {}); // returns
  }
}
