package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class PolyLockTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Polyproc polyproc;
  private Polyproc other;
  private PolyLock lock;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("first").connect();
    other = Polyproc.builder().address(DAEMON.address()).clientName("second").connect();
    lock = polyproc.lock(LockCreateRequest.getDefaultInstance());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdown();
  }

  @Test
  void shouldLeaveNothingOfALockPerKey() throws Exception {
    String prefix = "order-" + System.nanoTime() + "-";
    for (int i = 0; i < 1_000; i++) {
      try (Hold hold = polyproc.keyLock(prefix + i).acquire()) {
        assertThat(hold.token()).isPositive();
      }
    }
    PolyLock last = polyproc.keyLock(prefix + 999);
    assertThat(last.isLocked()).isFalse();
    assertThat(last.holder()).isEmpty();
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> polyproc.delete(last.name()))
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldLeaveNothingOfAHundredThousandLocksPerKey() {
    String prefix = "many-" + System.nanoTime() + "-";
    Inspector inspector = new Inspector(polyproc);
    int before = inspector.objects();
    List<CompletableFuture<?>> pages = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      pages.add(polyproc.keyLock(prefix + i).acquireAsync().thenCompose(Hold::closeAsync));
      if (pages.size() == 1_000) {
        CompletableFuture.allOf(pages.toArray(CompletableFuture[]::new)).join();
        pages.clear();
      }
    }
    assertThat(inspector.objects()).isEqualTo(before);
  }

  @Test
  void shouldExcludeOthersByALockPerKeyAndGuardWithIt() throws Exception {
    String key = "key-" + System.nanoTime();
    PolyDict<String, Long> totals = polyproc.dict("totals-" + key, String.class, Long.class);
    Hold mine = polyproc.keyLock(key).acquire();
    assertThat(other.keyLock(key).tryLock()).isFalse();
    polyproc.guardedBy(mine).dict(totals.name(), String.class, Long.class).put("a", 1L);
    mine.close();

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(
            () ->
                polyproc.guardedBy(mine).dict(totals.name(), String.class, Long.class).put("a", 2L))
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_GUARD_FAILED);
    PolyLock theirs = other.keyLock(key);
    theirs.lock();
    other.keyLock(key).unlock();
  }

  @Test
  void shouldGoByNameWhereALockPerKeyIsStored() throws Exception {
    PolyLock key = polyproc.keyLock("stored-" + System.nanoTime());
    polyproc.dict("locks-" + key.name(), Codec.STRING, polyproc.locks()).put("l", key);

    PolyLock found =
        Objects.requireNonNull(
            other.dict("locks-" + key.name(), Codec.STRING, other.locks()).get("l"));
    try (Hold hold = found.acquire()) {
      assertThat(key.tryLock()).isFalse();
    }
    assertThat(key.tryLock()).isTrue();
    key.unlock();
  }

  @Test
  void shouldExcludeThreadsOfOneClientAndOfOthers() throws Exception {
    int[] counter = new int[1];
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      PolyLock mine = i % 2 == 0 ? lock : other.lock(lock.name());
      workers.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 50; round++) {
                  mine.lock();
                  try {
                    counter[0] = counter[0] + 1;
                  } finally {
                    mine.unlock();
                  }
                }
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(counter[0]).isEqualTo(500);
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldTellWhoHoldsAndWhoWaits() throws Exception {
    try (Hold hold = lock.acquire()) {
      CompletableFuture<Hold> waiting = other.lock(lock.name()).acquireAsync();
      Await.until(() -> lock.waiters().size() == 1);
      assertThat(lock.holder()).isPresent();
      assertThat(lock.holder().orElseThrow().getParty().getClient()).isEqualTo("first");
      assertThat(lock.holder().orElseThrow().getParty().getOwner())
          .isEqualTo("thread-" + Thread.currentThread().getId());
      assertThat(lock.waiters().get(0).getParty().getClient()).isEqualTo("second");
      hold.close();
      try (Hold next = waiting.get(5, TimeUnit.SECONDS)) {
        assertThat(next.token()).isGreaterThan(hold.token());
        assertThat(next.previousOwnerDied()).isFalse();
      }
    }
    assertThat(lock.holder()).isEmpty();
  }

  @Test
  void shouldTryForAsLongAsAsked() throws Exception {
    try (Hold hold = lock.acquire()) {
      assertThat(hold.token()).isPositive();
      PolyLock theirs = other.lock(lock.name());
      assertThat(theirs.tryLock()).isFalse();
      assertThat(theirs.tryLock(1, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(theirs.acquire(1, TimeUnit.MILLISECONDS)).isNull();
      assertThat(theirs.acquireAsync(1, TimeUnit.MILLISECONDS).get()).isEmpty();
    }
    assertThat(lock.tryLock()).isTrue();
    lock.unlock();
  }

  @Test
  void shouldCountWhereReentrant() throws Exception {
    PolyLock again =
        polyproc.lock("again", LockKind.LOCK_KIND_REENTRANT, OnOwnerEnd.ON_OWNER_END_RELEASE);
    again.lock();
    again.lockInterruptibly();
    long token = again.hold().orElseThrow().token();
    assertThat(threads.submit(() -> again.tryLock()).get()).isFalse();
    threads.submit(() -> assertNotHeld(again)).get();
    again.unlock();
    assertThat(again.hold().orElseThrow().token()).isEqualTo(token);
    again.unlock();
    assertThat(again.hold()).isEmpty();
    assertNotHeld(again);
  }

  private static void assertNotHeld(PolyLock lock) {
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(lock::unlock)
        .withMessage("Expected the calling thread to hold lock '%s', but it does not", lock.name());
  }

  @Test
  void shouldUnlockOnlyWhatTheThreadHolds() throws Exception {
    lock.lock();
    threads.submit(() -> assertNotHeld(lock)).get();
    polyproc.lock(lock.name()).unlock(); // the same lock by another object
    assertThat(lock.isLocked()).isFalse();

    Hold hold = lock.acquire();
    assertNotHeld(lock);
    threads.submit(hold::close).get();
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldNotUnlockWhatIsNotHeldAnyMore() throws Exception {
    lock.leased(Duration.ofMillis(20)).lock();
    try (Hold next = lock.acquire()) {
      assertThat(next.previousOwnerDied()).isTrue();
      assertThatExceptionOfType(IllegalMonitorStateException.class)
          .isThrownBy(lock::unlock)
          .havingCause()
          .isInstanceOfSatisfying(
              PolyprocException.class,
              e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN));
      assertThat(lock.isLocked()).isTrue();
    }
    assertNotHeld(lock);
  }

  @Test
  void shouldNotCountWhatWasAcquiredAsHold() throws Exception {
    PolyLock again =
        polyproc.lock("both", LockKind.LOCK_KIND_REENTRANT, OnOwnerEnd.ON_OWNER_END_RELEASE);
    try (Hold hold = again.acquire()) {
      again.lock();
      again.unlock();
      assertNotHeld(again);
      assertThat(again.isLocked()).isTrue();
      assertThat(hold.token()).isPositive();
    }
    assertThat(again.isLocked()).isFalse();
  }

  @Test
  void shouldNotAcquireOnceInterrupted() {
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(lock::lockInterruptibly);
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> lock.tryLock(1, TimeUnit.SECONDS));
    assertThat(lock.isLocked()).isFalse();

    Thread.currentThread().interrupt();
    lock.lock();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(lock.tryLock()).isFalse();
    lock.unlock();
  }

  @Test
  void shouldHaveNoConditionsOfALockPerKey() {
    PolyLock key = polyproc.keyLock("key-" + System.nanoTime());

    assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(key::newCondition);
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> key.condition("n"));
  }

  @Test
  void shouldNotReleaseLaterHold() throws Exception {
    Hold expired = lock.leased(Duration.ofMillis(20)).acquire();
    try (Hold next = lock.acquire()) {
      assertThat(next.previousOwnerDied()).isTrue();
      assertThat(Failure.reasonOf(expired::close)).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
      assertThat(lock.isLocked()).isTrue();
    }
  }

  @Test
  void shouldRefuseGuardedCallsOnceTheHoldIsOver() throws Exception {
    Hold hold = lock.acquire();
    PolyDict<String, Long> guarded =
        polyproc.guardedBy(hold).dict("guarded", String.class, Long.class);
    guarded.put("x", 1L);
    hold.close();
    assertThat(Failure.reasonOf(() -> guarded.put("x", 2L)))
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(Failure.reasonOf(guarded.putAsync("x", 2L)))
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(polyproc.dict("guarded", String.class, Long.class).get("x")).isEqualTo(1);
  }

  @Test
  void shouldExcludeWhatAnAsyncTwinAcquiresFromAllElseOfItsThread() throws Exception {
    PolyLock reentrant =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
    reentrant.lock();
    CompletableFuture<Hold> first = reentrant.acquireAsync();
    CompletableFuture<Hold> second = reentrant.acquireAsync();
    Await.until(() -> reentrant.waiters().size() == 2);
    reentrant.unlock();

    Hold hold = first.get();
    assertThat(reentrant.hold()).isEmpty();
    assertThat(reentrant.tryLock()).isFalse();
    assertThat(reentrant.acquireAsync(1, TimeUnit.MILLISECONDS).get()).isEmpty();
    assertThat(second).isNotDone();
    threads.submit(hold::close).get();
    try (Hold next = second.get()) {
      assertThat(next.token()).isGreaterThan(hold.token());
    }
    assertThat(reentrant.isLocked()).isFalse();
  }

  @Test
  void shouldNotAcquireWhenInterrupted() throws Exception {
    Hold hold = lock.acquire();
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                lock.lockInterruptibly();
              } catch (InterruptedException e) {
                end.complete(e);
              }
            });
    waiter.start();
    Await.until(() -> lock.waiters().size() == 1);
    waiter.interrupt();
    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(lock.waiters()).isEmpty();
    hold.close();
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldHaveLockOfProgramThatWasKilled() throws Exception {
    // given a program that holds the lock
    Process program = JavaProgram.start(LockHolder.class, DAEMON.address(), lock.name());
    try (BufferedReader output =
        new BufferedReader(
            new java.io.InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(output.readLine()).isEqualTo("held");
      CompletableFuture<Hold> waiting = lock.acquireAsync();
      Await.until(() -> lock.waiters().size() == 1);

      // when
      long killed = System.nanoTime();
      DaemonProcess.signal(program.pid(), "KILL");

      // then
      try (Hold hold = waiting.get(9, TimeUnit.SECONDS)) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed);
        System.out.println(
            "kill -9 of a lock's holder: the next one has it after " + millis + " ms");
        assertThat(hold.previousOwnerDied()).isTrue();
        assertThat(millis).as("far below the time to live").isLessThan(5_000);
      }
    } finally {
      program.destroyForcibly();
    }
  }
}
