package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
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
class HeldLocksTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Polyproc polyproc;
  private Polyproc other;
  private PolyLock x;
  private PolyLock y;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("first").connect();
    other = Polyproc.builder().address(DAEMON.address()).clientName("second").connect();
    x = polyproc.lock(LockCreateRequest.getDefaultInstance());
    y = polyproc.lock(LockCreateRequest.getDefaultInstance());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdown();
  }

  @Test
  void shouldHoldAllAndReleaseThem() throws Exception {
    try (HeldLocks both = polyproc.lockAll(List.of(y, x))) {
      assertThat(both.holds()).hasSize(2);
      assertThat(x.isLocked()).isTrue();
      assertThat(y.isLocked()).isTrue();
      assertThat(polyproc.tryLockAll(List.of(x, y))).isNull();
      polyproc.guardedBy(both.holds().get(0)).dict("d", String.class, Long.class).put("a", 1L);
    }
    assertThat(x.isLocked()).isFalse();
    assertThat(y.isLocked()).isFalse();
  }

  @Test
  void shouldHoldNoneWhereOneIsHeldTooLong() throws Exception {
    other.lock(y.name()).lock();

    assertThat(polyproc.tryLockAll(List.of(x, y))).isNull();
    assertThat(polyproc.lockAll(List.of(x, y), 1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(polyproc.lockAllAsync(List.of(x, y), 1, TimeUnit.MILLISECONDS).get()).isEmpty();
    assertThat(x.isLocked()).isFalse();
    assertThat(x.waiters()).isEmpty();

    CompletableFuture<HeldLocks> both = polyproc.lockAllAsync(List.of(x, y));
    Await.until(() -> x.waiters().size() == 1);
    other.lock(y.name()).unlock();
    both.get().closeAsync().get();
    assertThat(x.isLocked()).isFalse();
  }

  @Test
  void shouldExcludeWhatOneThreadAcquiresAsync() throws Exception {
    PolyLock reentrant =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
    HeldLocks first = polyproc.lockAllAsync(List.of(x, reentrant)).get();
    CompletableFuture<HeldLocks> second = polyproc.lockAllAsync(List.of(reentrant));
    Await.until(() -> reentrant.waiters().size() == 1);

    first.close();

    second.get().close();
    assertThat(reentrant.isLocked()).isFalse();
  }

  @Test
  void shouldHoldNothingWhenInterrupted() throws Exception {
    other.lock(y.name()).lock();
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Boolean> interrupted =
        threads.submit(
            () -> {
              thread.complete(Thread.currentThread());
              try {
                return polyproc.lockAll(List.of(x, y)) == null;
              } catch (InterruptedException e) {
                return true;
              }
            });
    Await.until(() -> x.waiters().size() == 1);

    thread.get().interrupt();

    assertThat(interrupted.get()).isTrue();
    assertThat(x.waiters()).isEmpty();
    assertThat(x.tryLock()).isTrue();
  }

  @Test
  void shouldNotWaitForEachOtherForEver() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      names.add(polyproc.lock("account-" + i).name());
    }
    int[] counters = new int[5];
    List<Future<?>> workers = new ArrayList<>();
    for (int worker = 0; worker < 6; worker++) {
      Polyproc mine = worker % 2 == 0 ? polyproc : other;
      Random random = new Random(worker);
      workers.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 50; round++) {
                  List<String> some = new ArrayList<>(names);
                  Collections.shuffle(some, random);
                  List<PolyLock> locks = some.subList(0, 3).stream().map(mine::lock).toList();
                  try (HeldLocks held = mine.lockAll(locks)) {
                    assertThat(held.holds()).hasSize(3);
                    some.subList(0, 3).forEach(name -> counters[names.indexOf(name)]++);
                  }
                }
                return null;
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(counters[0] + counters[1] + counters[2] + counters[3] + counters[4])
        .isEqualTo(6 * 50 * 3);
  }

  @Test
  void shouldMakeLocksPerKey() throws Exception {
    List<PolyLock> keys = List.of(polyproc.keyLock("order-1"), polyproc.keyLock("order-2"));

    try (HeldLocks both = polyproc.lockAll(keys)) {
      assertThat(both.holds()).extracting(Hold::previousOwnerDied).containsOnly(false);
      assertThat(other.keyLock("order-2").tryLock()).isFalse();
    }

    assertThat(keys.get(0).holder()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> polyproc.lockAll(List.of(keys.get(0), x)))
        .withMessageContaining("differs from 'order-1': do not mix those of keyLock and of lock");
  }

  @Test
  void shouldEndByItsLease() throws Exception {
    Duration shortly = Duration.ofMillis(1);
    HeldLocks both =
        Objects.requireNonNull(polyproc.tryLockAll(List.of(x.leased(shortly), y.leased(shortly))));
    Await.until(() -> !x.isLocked() && !y.isLocked());

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(both::close)
        .matches(e -> e.getSuppressed().length == 1);
    assertThat(both.toString()).contains("Hold of PolyLock '" + x.name() + "', released");
  }

  @Test
  void shouldMeanTheVeryLocksThatItWasGiven() {
    polyproc.delete(y.name());
    polyproc.lock(y.name());

    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> polyproc.tryLockAll(List.of(x, y)))
        .matches(e -> e.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(x.isLocked()).isFalse();
  }

  @Test
  void shouldRefuseNoneAndThoseOfAnotherClient() {
    assertThatIllegalArgumentException().isThrownBy(() -> polyproc.lockAll(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> polyproc.lockAll(List.of(x, other.lock(y.name()))))
        .withMessageContaining("another one's");
  }
}
