package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Named after what the JDK says of ReentrantReadWriteLock, where that says it. */
@Timeout(60)
class PolyReadWriteLockTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Polyproc polyproc;
  private Polyproc other;
  private PolyReadWriteLock lock;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("first").connect();
    other = Polyproc.builder().address(DAEMON.address()).clientName("second").connect();
    lock = polyproc.readWriteLock(ReadWriteLockCreateRequest.getDefaultInstance());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdown();
  }

  private PolyReadWriteLock theirs() {
    return other.readWriteLock(lock.name());
  }

  private void awaitQueue(int length) {
    Await.until(() -> lock.getQueueLength() == length);
  }

  private static void elsewhere(Lock lock, ExecutorService threads, boolean isFree)
      throws Exception {
    assertThat(
            threads
                .submit(
                    () -> {
                      boolean got = lock.tryLock();
                      if (got) {
                        lock.unlock();
                      }
                      return got;
                    })
                .get())
        .isEqualTo(isFree);
  }

  @Test
  void shouldAcquireTheReadLockIfTheWriteLockIsNotHeldByAnotherThread() throws Exception {
    lock.readLock().lock();
    elsewhere(lock.readLock(), threads, true);
    elsewhere(theirs().readLock(), threads, true);
    elsewhere(lock.writeLock(), threads, false);
    assertThat(lock.getReadLockCount()).isEqualTo(1);
    lock.readLock().unlock();

    lock.writeLock().lock();
    elsewhere(lock.readLock(), threads, false);
    elsewhere(theirs().readLock(), threads, false);
    assertThat(lock.isWriteLocked()).isTrue();
    lock.writeLock().unlock();
    elsewhere(theirs().writeLock(), threads, true);
  }

  @Test
  void shouldLetAWriterAcquireTheReadLockButNotViceVersa() throws Exception {
    lock.writeLock().lock();
    lock.readLock().lock();
    lock.writeLock().unlock();
    elsewhere(theirs().readLock(), threads, true);
    elsewhere(theirs().writeLock(), threads, false);

    assertThat(lock.writeLock().tryLock()).isFalse();
    assertThat(lock.writeLock().tryLock(1, TimeUnit.HOURS)).isFalse();
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> lock.writeLock().lock())
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> lock.writeLock().acquire())
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    lock.readLock().unlock();
    elsewhere(theirs().writeLock(), threads, true);
  }

  @Test
  void shouldReacquireReadOrWriteLocksInTheStyleOfAReentrantLock() throws Exception {
    lock.readLock().lock();
    lock.readLock().lock();
    assertThat(lock.readLock().getHoldCount()).isEqualTo(2);
    lock.readLock().unlock();
    elsewhere(theirs().writeLock(), threads, false);
    lock.readLock().unlock();

    lock.writeLock().lock();
    assertThat(lock.writeLock().tryLock()).isTrue();
    lock.writeLock().unlock();
    elsewhere(theirs().readLock(), threads, false);
    lock.writeLock().unlock();
    elsewhere(theirs().readLock(), threads, true);
  }

  @Test
  void shouldThrowIllegalMonitorStateWhenTheThreadDoesNotHoldTheLock() throws Exception {
    lock.readLock().lock();
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> lock.writeLock().unlock());
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> theirs().readLock().unlock());
    lock.readLock().unlock();
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> lock.readLock().unlock());

    PolyReadWriteLock leased = lock.leased(Duration.ofMillis(1));
    leased.writeLock().lock();
    Await.until(() -> !lock.isWriteLocked());
    assertThatExceptionOfType(IllegalMonitorStateException.class)
        .isThrownBy(() -> leased.writeLock().unlock());
  }

  @Test
  void shouldThrowUnsupportedOperationForConditions() {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> lock.readLock().newCondition());
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> lock.writeLock().newCondition());
  }

  @Test
  void shouldThrowInterruptedExceptionAndAcquireNothing() throws Exception {
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> lock.readLock().lockInterruptibly());
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> lock.writeLock().tryLock(1, TimeUnit.HOURS));

    lock.readLock().lock();
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Boolean> interrupted =
        threads.submit(
            () -> {
              thread.complete(Thread.currentThread());
              try {
                lock.writeLock().lockInterruptibly();
                return false;
              } catch (InterruptedException e) {
                return true;
              }
            });
    awaitQueue(1);
    thread.get().interrupt();
    assertThat(interrupted.get()).isTrue();
    awaitQueue(0);
    elsewhere(theirs().readLock(), threads, true);
  }

  @Test
  void shouldNotLetAReaderPassAWriterThatWaits() throws Exception {
    lock.readLock().lock();
    Future<?> writer =
        threads.submit(
            () -> {
              theirs().writeLock().lock();
              theirs().writeLock().unlock();
            });
    awaitQueue(1);

    elsewhere(theirs().readLock(), threads, false);
    assertThat(lock.readLock().tryLock()).as("it reads already").isTrue();
    lock.readLock().unlock();
    lock.readLock().unlock();
    writer.get();
  }

  @Test
  void shouldExcludeWritersFromReadersOfAllClients() throws Exception {
    AtomicInteger readers = new AtomicInteger();
    AtomicInteger writers = new AtomicInteger();
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      PolyReadWriteLock mine = i % 2 == 0 ? lock : theirs();
      boolean writes = i % 4 == 3;
      workers.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 50; round++) {
                  Lock side = writes ? mine.writeLock() : mine.readLock();
                  side.lock();
                  try {
                    (writes ? writers : readers).incrementAndGet();
                    assertThat(writers.get()).isLessThanOrEqualTo(1);
                    assertThat(writers.get() == 0 || readers.get() == 0).isTrue();
                    (writes ? writers : readers).decrementAndGet();
                  } finally {
                    side.unlock();
                  }
                }
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(lock.getReadLockCount()).isZero();
    assertThat(lock.waiters()).isEmpty();
  }

  @Test
  void shouldHandHoldsOverAndGuardByThem() throws Exception {
    PolyDict<String, Long> prices = polyproc.dict("prices", String.class, Long.class);
    Hold hold = lock.writeLock().acquire();
    polyproc.guardedBy(hold).dict("prices", String.class, Long.class).put("a", 1L);
    threads.submit(hold::close).get();

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(
            () -> polyproc.guardedBy(hold).dict("prices", String.class, Long.class).put("a", 2L))
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(prices.get("a")).isEqualTo(1L);
    try (Hold reading = lock.readLock().acquireAsync().get()) {
      assertThat(reading.token()).isGreaterThan(hold.token());
      assertThat(lock.readers()).hasSize(1);
      assertThat(lock.writer()).isEmpty();
      assertThat(theirs().writeLock().acquire(1, TimeUnit.MILLISECONDS)).isNull();
      assertThat(theirs().writeLock().acquireAsync(1, TimeUnit.MILLISECONDS).get()).isEmpty();
    }
    assertThat(lock.readLock().hold()).isEmpty();
  }

  @Test
  void shouldExcludeAsyncWritersOfOneThread() throws Exception {
    CompletableFuture<Hold> reading = lock.readLock().acquireAsync();
    CompletableFuture<Hold> first = lock.writeLock().acquireAsync();
    CompletableFuture<Hold> second = lock.writeLock().acquireAsync();
    awaitQueue(2);
    assertThat(first).isNotDone();

    reading.get().close();
    Hold writing = first.get();
    assertThat(second).isNotDone();
    writing.closeAsync().get();
    try (Hold next = second.get()) {
      assertThat(next.token()).isGreaterThan(writing.token());
    }
    assertThat(lock.isWriteLocked()).isFalse();
  }

  @Test
  void shouldTellTheNextThatAWriterDied() throws Exception {
    Hold theirs = theirs().writeLock().acquire();
    CompletableFuture<Hold> next = lock.readLock().acquireAsync();
    assertThat(theirs.previousOwnerDied()).isFalse();
    awaitQueue(1);

    other.close();

    try (Hold hold = next.get()) {
      assertThat(hold.previousOwnerDied()).isTrue();
    }
  }

  @Test
  void shouldBreakWhereItWasCreatedTo() throws Exception {
    PolyReadWriteLock frail =
        polyproc.readWriteLock(
            ReadWriteLockCreateRequest.newBuilder()
                .setLock("frail")
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK)
                .build());
    PolyReadWriteLock theirs =
        other.readWriteLock(
            ReadWriteLockCreateRequest.newBuilder()
                .setLock("frail")
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK)
                .build());
    theirs.writeLock().lock();
    other.close();

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> frail.readLock().lock())
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldBeTheSameWhereItIsStored() {
    polyproc.dict("locks", Codec.STRING, polyproc.readWriteLocks()).put("l", lock);

    PolyReadWriteLock found =
        Objects.requireNonNull(
            polyproc.dict("locks", Codec.STRING, polyproc.readWriteLocks()).get("l"));

    assertThat(found).isEqualTo(lock);
    found.writeLock().lock();
    lock.writeLock().unlock();
  }
}
