package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class PolyConditionTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Polyproc polyproc;
  private Polyproc other;
  private PolyLock lock;
  private PolyCondition condition;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("first").connect();
    other = Polyproc.builder().address(DAEMON.address()).clientName("second").connect();
    lock =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
    condition = lock.newCondition();
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdownNow();
  }

  /** Starts a thread that locks and waits, and waits until it does. */
  private <T> Future<T> waiter(Callable<T> wait) {
    int before = condition.waiters().size();
    Future<T> waiter =
        threads.submit(
            () -> {
              lock.lock();
              try {
                return wait.call();
              } finally {
                lock.unlock();
              }
            });
    Await.until(() -> condition.waiters().size() == before + 1);
    return waiter;
  }

  private Future<String> awaits(String name) {
    return waiter(
        () -> {
          condition.await();
          return name;
        });
  }

  private void signal() {
    lock.lock();
    condition.signal();
    lock.unlock();
  }

  // Condition.await: "The lock associated with this Condition is atomically released".
  @Test
  void shouldReleaseTheLockAtomicallyAndDisableTheThreadUntilItIsSignalled() throws Exception {
    Future<String> waiter = awaits("a");
    assertThat(lock.isLocked()).isFalse();

    lock.lock();
    condition.signal();
    assertThat(waiter.isDone()).isFalse();
    lock.unlock();

    assertThat(waiter.get()).isEqualTo("a");
    assertThat(lock.isLocked()).isFalse();
  }

  // "before this method can return the current thread must re-acquire the lock ... guaranteed to
  // hold this lock."
  @Test
  void shouldHoldTheLockAsOftenAsBeforeWhenItReturns() throws Exception {
    Future<Integer> waiter =
        waiter(
            () -> {
              lock.lock();
              lock.lock();
              long before = lock.hold().orElseThrow().token();
              condition.await();
              assertThat(lock.hold().orElseThrow().token()).isGreaterThan(before);
              lock.unlock();
              lock.unlock();
              return lock.count();
            });
    signal();

    assertThat(waiter.get()).isEqualTo(1);
    assertThat(lock.isLocked()).isFalse();
  }

  // "signal: If any threads are waiting on this condition then one is selected for waking up."
  @Test
  void shouldWakeOneThreadTheLongestWaitingFirst() throws Exception {
    Future<String> first = awaits("first");
    Future<String> second = awaits("second");

    signal();
    assertThat(first.get()).isEqualTo("first");
    assertThat(condition.waiters()).hasSize(1);
    assertThat(second.isDone()).isFalse();
    signal();
    assertThat(second.get()).isEqualTo("second");
  }

  // "signalAll: If any threads are waiting on this condition then they are all woken up."
  @Test
  void shouldWakeAHundredThreads() throws Exception {
    List<Future<String>> waiters = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      waiters.add(awaits("waiter " + i));
    }
    lock.lock();
    condition.signalAll();
    lock.unlock();

    for (int i = 0; i < 100; i++) {
      assertThat(waiters.get(i).get()).isEqualTo("waiter " + i);
    }
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldTellHowManyItWoke() throws Exception {
    Future<String> first = awaits("a");
    lock.lock();
    assertThat(condition.signal(3)).isEqualTo(1);
    assertThat(condition.signal(3)).isZero();
    lock.unlock();
    first.get();
  }

  // "IllegalMonitorStateException - if the current thread is not the holder of the lock".
  @Test
  void shouldThrowIllegalMonitorStateExceptionWhenTheLockIsNotHeld() throws Exception {
    for (Callable<?> use : uses()) {
      assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(use::call);
    }
    lock.lock();
    Future<?> elsewhere =
        threads.submit(
            () -> {
              for (Callable<?> use : uses()) {
                assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(use::call);
              }
            });
    elsewhere.get();
    lock.unlock();
  }

  private List<Callable<?>> uses() {
    return List.of(
        () -> {
          condition.await();
          return true;
        },
        () -> {
          condition.awaitUninterruptibly();
          return true;
        },
        () -> condition.await(1, TimeUnit.SECONDS),
        () -> condition.awaitNanos(1),
        () -> condition.awaitUntil(new Date()),
        () -> {
          condition.signal();
          return true;
        },
        () -> {
          condition.signalAll();
          return true;
        });
  }

  @Test
  void shouldThrowIllegalMonitorStateExceptionWhenTheLeaseIsOver() {
    PolyLock leased = lock.leased(Duration.ofMillis(20));
    leased.lock();
    Await.until(() -> !lock.isLocked());

    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(condition::signal)
        .withCauseInstanceOf(PolyprocException.class);
    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(condition::await);
  }

  // "If the current thread has its interrupted status set on entry to this method ... then
  // InterruptedException is thrown and the current thread's interrupted status is cleared."
  @Test
  void shouldThrowInterruptedExceptionWhenInterruptedOnEntry() {
    lock.lock();
    lock.lock();
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class).isThrownBy(condition::await);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(lock.count()).isEqualTo(2);
    lock.unlock();
    lock.unlock();
    assertThat(lock.isLocked()).isFalse();
  }

  // "... or is interrupted while waiting".
  @Test
  void shouldThrowInterruptedExceptionAndHoldTheLockWhenInterruptedWhileWaiting() throws Exception {
    BlockingQueue<Thread> thread = new LinkedBlockingQueue<>();
    Future<Boolean> waiter =
        waiter(
            () -> {
              thread.add(Thread.currentThread());
              lock.lock();
              try {
                condition.await();
                return false;
              } catch (InterruptedException e) {
                boolean held = lock.hold().isPresent() && lock.isLocked() && lock.count() == 2;
                lock.unlock();
                return held && !Thread.currentThread().isInterrupted();
              }
            });

    thread.take().interrupt();

    assertThat(waiter.get()).isTrue();
    assertThat(lock.isLocked()).isFalse();
    assertThat(condition.waiters()).isEmpty();
  }

  @Test
  void shouldNotThrowInterruptedExceptionBeforeTheLockIsBack() throws Exception {
    BlockingQueue<Thread> thread = new LinkedBlockingQueue<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Future<Boolean> waiter =
        waiter(
            () -> {
              thread.add(Thread.currentThread());
              try {
                condition.await();
              } catch (InterruptedException e) {
                thrown.set(e);
              }
              return true;
            });
    lock.lock();
    thread.take().interrupt();
    Await.until(() -> lock.waiters().size() == 1);
    assertThat(thrown.get()).isNull();
    lock.unlock();

    assertThat(waiter.get()).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  // "if the current thread is interrupted while waiting ... the implementation must ensure that the
  // signal is redirected to another waiting thread, if there is one."
  @Test
  void shouldRedirectTheSignalOfAnInterruptedThread() throws Exception {
    for (int i = 0; i < 50; i++) {
      BlockingQueue<Thread> thread = new LinkedBlockingQueue<>();
      Future<Boolean> first =
          waiter(
              () -> {
                thread.add(Thread.currentThread());
                try {
                  condition.await();
                  return true;
                } catch (InterruptedException e) {
                  return false;
                }
              });
      Future<String> second = awaits("second");
      Thread toInterrupt = thread.take();
      lock.lock();
      condition.signal();
      Future<?> interrupting = threads.submit(toInterrupt::interrupt);
      lock.unlock();
      interrupting.get();

      if (first.get()) {
        assertThat(condition.waiters()).hasSize(1);
        signal();
      }
      assertThat(second.get()).isEqualTo("second");
    }
  }

  // "awaitUninterruptibly: If the current thread's interrupted status is set when it enters this
  // method, or it is interrupted while waiting, it will continue to wait until signalled. When it
  // finally returns from this method its interrupted status will still be set."
  @Test
  void shouldContinueToWaitUntilSignalledWhenUninterruptible() throws Exception {
    BlockingQueue<Thread> thread = new LinkedBlockingQueue<>();
    Future<Boolean> waiter =
        waiter(
            () -> {
              thread.add(Thread.currentThread());
              Thread.currentThread().interrupt();
              condition.awaitUninterruptibly();
              return Thread.interrupted();
            });
    thread.take().interrupt();
    signal();

    assertThat(waiter.get()).isTrue();
  }

  // "awaitNanos: Returns an estimate of the number of nanoseconds remaining to wait given the
  // supplied nanosTimeout value upon return, or a value less than or equal to zero if it timed
  // out."
  @Test
  void shouldReturnAnEstimateOfTheNanosecondsRemaining() throws Exception {
    lock.lock();
    assertThat(condition.awaitNanos(0)).isNotPositive();
    assertThat(condition.awaitNanos(-5)).isNotPositive();
    assertThat(condition.awaitNanos(1_000_000)).isNotPositive();
    assertThat(lock.isLocked()).isTrue();
    lock.unlock();

    Future<Long> waiter = waiter(() -> condition.awaitNanos(Long.MAX_VALUE));
    signal();
    assertThat(waiter.get()).isPositive().isLessThan(Long.MAX_VALUE);
  }

  // "await: false if the waiting time detectably elapsed before return from the method".
  @Test
  void shouldReturnFalseIfTheWaitingTimeElapsed() throws Exception {
    lock.lock();
    assertThat(condition.await(0, TimeUnit.SECONDS)).isFalse();
    assertThat(condition.await(2, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(condition.await(-1, TimeUnit.SECONDS)).isFalse();
    lock.unlock();
    assertThat(lock.isLocked()).isFalse();

    Future<Boolean> waiter = waiter(() -> condition.await(1, TimeUnit.DAYS));
    signal();
    assertThat(waiter.get()).isTrue();
  }

  // "awaitUntil: false if the deadline has elapsed upon return, else true".
  @Test
  void shouldReturnFalseIfTheDeadlineElapsed() throws Exception {
    lock.lock();
    assertThat(condition.awaitUntil(new Date(0))).isFalse();
    assertThat(condition.awaitUntil(new Date(System.currentTimeMillis() + 5))).isFalse();
    lock.unlock();

    Future<Boolean> waiter = waiter(() -> condition.awaitUntil(new Date(Long.MAX_VALUE)));
    signal();
    assertThat(waiter.get()).isTrue();
  }

  @Test
  void shouldGoOnToWaitForTheLockWhenItsTimeIsUp() throws Exception {
    Future<Boolean> waiter =
        threads.submit(
            () -> {
              lock.lock();
              Await.until(() -> lock.waiters().size() == 1);
              boolean signalled = condition.await(1, TimeUnit.MILLISECONDS);
              lock.unlock();
              return signalled;
            });
    Await.until(lock::isLocked);
    lock.lock();
    Await.until(() -> lock.waiters().size() == 1);
    lock.unlock();

    assertThat(waiter.get()).isFalse();
  }

  @Test
  void shouldWaitUnderAHoldHoweverItWasAcquired() throws Exception {
    PolyLock plain = polyproc.lock(LockCreateRequest.getDefaultInstance());
    PolyCondition changed = plain.newCondition();
    List<Callable<Hold>> ways =
        List.of(
            plain::acquire,
            () -> plain.acquireAsync().get(),
            () -> polyproc.lockAll(List.of(plain)).holds().get(0));
    for (Callable<Hold> way : ways) {
      Future<Boolean> waiter =
          threads.submit(
              () -> {
                try (Hold hold = way.call()) {
                  long before = hold.token();
                  assertThat(changed.await(hold, 0, TimeUnit.SECONDS)).isFalse();
                  changed.await(hold);
                  boolean signalled = changed.await(hold, 1, TimeUnit.DAYS);
                  assertThat(hold.token()).isGreaterThan(before);
                  polyproc.guardedBy(hold).event("of-" + plain.name()).set();
                  return signalled;
                }
              });
      for (int i = 0; i < 2; i++) {
        Await.until(() -> changed.waiters().size() == 1);
        try (Hold hold = plain.acquire()) {
          changed.signal(hold);
          changed.signalAll(hold);
        }
      }
      assertThat(waiter.get()).isTrue();
      assertThat(plain.isLocked()).isFalse();
    }
  }

  @Test
  void shouldHaveTheHoldAgainWhenInterrupted() throws Exception {
    PolyLock plain = polyproc.lock(LockCreateRequest.getDefaultInstance());
    PolyCondition changed = plain.newCondition();
    BlockingQueue<Thread> thread = new LinkedBlockingQueue<>();
    Future<Boolean> waiter =
        threads.submit(
            () -> {
              thread.add(Thread.currentThread());
              try (Hold hold = plain.acquireAsync().get()) {
                changed.await(hold);
                return false;
              } catch (InterruptedException e) {
                return e.getSuppressed().length == 0;
              }
            });
    Await.until(() -> changed.waiters().size() == 1);
    thread.take().interrupt();

    assertThat(waiter.get()).isTrue();
    assertThat(plain.isLocked()).isFalse();
  }

  @Test
  void shouldRefuseAHoldThatIsOverOrOfAnotherLock() throws Exception {
    Hold hold = lock.acquire();
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(condition::signal)
        .withMessageContaining("a Hold that acquire() gave is passed along");
    hold.close();
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> condition.await(hold));
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> condition.signal(hold));
    try (Hold another = polyproc.lock("another-" + System.nanoTime()).acquire()) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> condition.signal(another));
    }
  }

  @Test
  void shouldBeSharedByName() throws Exception {
    String name = "l-" + System.nanoTime();
    PolyLock mine = polyproc.lock(name);
    PolyLock theirs = other.lock(name);
    condition = mine.condition(name + "-changed");
    lock = mine;
    PolyCondition same = theirs.condition(name + "-changed");
    assertThat(same.ref()).isEqualTo(condition.ref());
    Future<String> waiter = awaits("a");

    theirs.lock();
    same.signal();
    theirs.unlock();

    assertThat(waiter.get()).isEqualTo("a");
  }

  @Test
  void shouldBeReadBackFromAValue() throws Exception {
    PolyDict<String, PolyCondition> stored =
        polyproc.dict("conditions-" + System.nanoTime(), Codec.STRING, polyproc.conditions());
    stored.put("c", condition);
    PolyCondition found =
        java.util.Objects.requireNonNull(
            other.dict(stored.name(), Codec.STRING, other.conditions()).get("c"));
    assertThat(found.lock().ref()).isEqualTo(lock.ref());
    Future<String> waiter = awaits("a");

    found.lock().lock();
    found.signalAll();
    found.lock().unlock();

    assertThat(waiter.get()).isEqualTo("a");
    assertThat(polyproc.condition(ConditionCreateRequest.newBuilder().setLock(lock.name()).build()))
        .isNotEqualTo(condition);
  }

  @Test
  void shouldSayThatItIsDeletedAndHoldTheLock() throws Exception {
    Future<Boolean> waiter =
        waiter(
            () -> {
              try {
                condition.await();
                return false;
              } catch (PolyprocException e) {
                return e.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED && lock.isLocked();
              }
            });

    polyproc.delete(condition.name());

    assertThat(waiter.get()).isTrue();
    lock.lock();
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(condition::signal)
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED);
    lock.unlock();
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldBeOfTheLockOfItsHandleAndNotOfALaterOneOfThatName() {
    PolyLock old = polyproc.lock("lock-" + System.nanoTime());
    polyproc.delete(old.name());
    PolyLock later = polyproc.lock(old.name());

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(old::newCondition)
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(later.newCondition().lock()).isEqualTo(later);
  }

  @Test
  void shouldSayThatTheLockBroke() throws Exception {
    PolyLock frail =
        polyproc.lock(
            LockCreateRequest.newBuilder()
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK)
                .setLock("frail-" + System.nanoTime())
                .build());
    PolyCondition ofFrail = frail.newCondition();
    Future<Throwable> waiter =
        threads.submit(
            () -> {
              frail.lock();
              try {
                ofFrail.await();
                return null;
              } catch (PolyprocException e) {
                assertThat(frail.hold()).isEmpty();
                return e;
              }
            });
    Await.until(() -> ofFrail.waiters().size() == 1);
    other.lock(frail.name(), LockKind.LOCK_KIND_PLAIN, OnOwnerEnd.ON_OWNER_END_BREAK).lock();
    other.close();

    assertThat(waiter.get())
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN));
  }

  @Test
  void shouldKeepLeaseOfItsLock() throws Exception {
    PolyLock leased = polyproc.lock("leased-" + System.nanoTime()).leased(Duration.ofMillis(50));
    PolyCondition ofLeased = leased.newCondition();
    leased.lock();
    assertThat(ofLeased.await(1, TimeUnit.MILLISECONDS)).isFalse();

    Await.until(() -> !leased.isLocked());
  }

  @Test
  void shouldPassTheSignalOfAKilledProgramOn() throws Exception {
    String name = "killed-" + System.nanoTime();
    lock = polyproc.lock(name);
    condition = lock.condition(name + "-c");
    Process killed = program(name);
    BufferedReader output =
        new BufferedReader(
            new java.io.InputStreamReader(killed.getInputStream(), StandardCharsets.UTF_8));
    assertThat(output.readLine()).isEqualTo("locked");
    Await.until(() -> condition.waiters().size() == 1);
    Future<String> second = awaits("second");

    lock.lock();
    condition.signal();
    killed.destroyForcibly().waitFor();
    Await.until(() -> condition.waiters().isEmpty());
    lock.unlock();

    assertThat(second.get()).isEqualTo("second");
    assertThat(lock.isLocked()).isFalse();
  }

  private static Process program(String lock) throws Exception {
    return JavaProgram.start(ConditionWaiter.class, DAEMON.address(), lock, lock + "-c");
  }
}
