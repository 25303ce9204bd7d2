package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreKind;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Named after what the JDK says of Semaphore, where that says it. */
@Timeout(60)
class PolySemaphoreTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("first").connect();
    other = Polyproc.builder().address(DAEMON.address()).clientName("second").connect();
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdown();
  }

  private PolySemaphore semaphore(int permits) {
    return polyproc.semaphore(SemaphoreCreateRequest.newBuilder().setPermits(permits).build());
  }

  private PolySemaphore theirs(PolySemaphore semaphore, int permits) {
    return other.semaphore(semaphore.name(), permits);
  }

  private static void awaitQueue(PolySemaphore semaphore, int length) {
    Await.until(() -> semaphore.getQueueLength() == length);
  }

  /** A thread that does something that throws what it is told. */
  private static Thread start(Callable<?> what, CompletableFuture<Object> end) {
    Thread thread =
        new Thread(
            () -> {
              try {
                end.complete(Objects.requireNonNullElse(what.call(), "done"));
              } catch (Exception e) {
                end.complete(e);
              }
            });
    thread.start();
    return thread;
  }

  // What java.util.concurrent.Semaphore says.

  @Test
  void shouldAcquireAPermitReducingTheNumberOfAvailablePermitsByOne() throws Exception {
    PolySemaphore semaphore = semaphore(3);
    semaphore.acquire();
    assertThat(semaphore.availablePermits()).isEqualTo(2);
    semaphore.acquire(2);
    assertThat(semaphore.availablePermits()).isZero();
    assertThat(theirs(semaphore, 3).tryAcquire()).isFalse();
  }

  @Test
  void shouldLieDormantUntilSomeOtherThreadInvokesRelease() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    Future<?> waiting =
        threads.submit(
            () -> {
              semaphore.acquire();
              return null;
            });
    awaitQueue(semaphore, 1);
    assertThat(semaphore.hasQueuedThreads()).isTrue();
    assertThat(waiting.isDone()).isFalse();

    theirs(semaphore, 0).release();

    waiting.get(5, TimeUnit.SECONDS);
    assertThat(semaphore.hasQueuedThreads()).isFalse();
    assertThat(semaphore.availablePermits()).isZero();
  }

  @Test
  void shouldThrowInterruptedExceptionIfTheCurrentThreadIsInterrupted() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    List<Callable<?>> ways =
        List.of(
            () -> {
              semaphore.acquire();
              return null;
            },
            () -> {
              semaphore.acquire(0);
              return null;
            },
            () -> semaphore.tryAcquire(1, TimeUnit.HOURS),
            () -> semaphore.tryAcquire(0, 1, TimeUnit.HOURS),
            () -> semaphore.hold(1));
    for (Callable<?> way : ways) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class).isThrownBy(way::call);
      assertThat(Thread.interrupted()).isFalse();
    }
    assertThat(semaphore.availablePermits()).isEqualTo(1);
  }

  @Test
  void shouldThrowInterruptedExceptionWhileWaitingAndAcquireNothing() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    CompletableFuture<Object> end = new CompletableFuture<>();
    Thread waiter =
        start(
            () -> {
              semaphore.acquire(2);
              return null;
            },
            end);
    awaitQueue(semaphore, 1);

    waiter.interrupt();

    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(semaphore.hasQueuedThreads()).isFalse();
    assertThat(semaphore.availablePermits()).isEqualTo(1);
  }

  @Test
  void shouldContinueToWaitIfInterruptedWhileWaitingUninterruptibly() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    CompletableFuture<Object> end = new CompletableFuture<>();
    Thread waiter =
        start(
            () -> {
              semaphore.acquireUninterruptibly(2);
              return Thread.interrupted();
            },
            end);
    awaitQueue(semaphore, 1);

    waiter.interrupt();
    semaphore.release();
    assertThat(semaphore.getQueueLength()).isEqualTo(1);
    semaphore.release();

    assertThat(end.get(5, TimeUnit.SECONDS)).as("its interrupt status is set").isEqualTo(true);
    Thread.currentThread().interrupt();
    semaphore.release();
    semaphore.acquireUninterruptibly();
    assertThat(Thread.interrupted()).isTrue();
  }

  /** Interrupts that meet the release: a permit is acquired, or it is there. */
  @Test
  void shouldLoseNoPermitToAnInterrupt() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    for (int i = 0; i < 200; i++) {
      CompletableFuture<Object> end = new CompletableFuture<>();
      Thread waiter =
          start(
              () -> {
                semaphore.acquire();
                return null;
              },
              end);
      awaitQueue(semaphore, 1);
      Future<?> released = threads.submit(() -> theirs(semaphore, 0).release());
      waiter.interrupt();
      released.get(5, TimeUnit.SECONDS);
      boolean acquired = end.get(5, TimeUnit.SECONDS).equals("done");
      assertThat(acquired || semaphore.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
      assertThat(semaphore.availablePermits()).isZero();
    }
  }

  @Test
  void shouldReturnFalseImmediatelyIfNoPermitIsAvailable() throws Exception {
    PolySemaphore semaphore = semaphore(2);
    assertThat(semaphore.tryAcquire(3)).isFalse();
    assertThat(semaphore.tryAcquire(2)).isTrue();
    assertThat(semaphore.tryAcquire()).isFalse();
    assertThat(semaphore.tryAcquire(1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(semaphore.tryAcquire(2, 1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(semaphore.hasQueuedThreads()).isFalse();
  }

  @Test
  void shouldNotWaitAtAllIfTheTimeIsLessThanOrEqualToZero() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    assertThat(semaphore.tryAcquire(0, TimeUnit.DAYS)).isTrue();
    assertThat(semaphore.tryAcquire(0, TimeUnit.DAYS)).isFalse();
    assertThat(semaphore.tryAcquire(-1, TimeUnit.DAYS)).isFalse();
  }

  @Test
  void shouldWaitForAsLongAsALongCanSay() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    Future<Boolean> waiting =
        threads.submit(() -> semaphore.tryAcquire(Long.MAX_VALUE, TimeUnit.NANOSECONDS));
    awaitQueue(semaphore, 1);
    semaphore.release();
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldNotRequireThatAThreadThatReleasesAPermitMustHaveAcquiredIt() {
    PolySemaphore semaphore = semaphore(1);
    semaphore.release();
    theirs(semaphore, 1).release(3);
    assertThat(semaphore.availablePermits()).isEqualTo(5);
  }

  @Test
  void shouldAcquireAndReturnAllPermitsThatAreImmediatelyAvailable() {
    PolySemaphore semaphore = semaphore(7);
    assertThat(semaphore.drainPermits()).isEqualTo(7);
    assertThat(semaphore.drainPermits()).isZero();
    assertThat(semaphore.availablePermits()).isZero();
  }

  @Test
  void shouldThrowIllegalArgumentExceptionIfPermitsIsNegative() {
    PolySemaphore semaphore = semaphore(1);
    List<Callable<?>> ways =
        List.of(
            () -> {
              semaphore.acquire(-1);
              return null;
            },
            () -> {
              semaphore.acquireUninterruptibly(-1);
              return null;
            },
            () -> semaphore.tryAcquire(-1),
            () -> semaphore.tryAcquire(-1, 1, TimeUnit.SECONDS),
            () -> {
              semaphore.release(-1);
              return null;
            },
            () -> semaphore.hold(0),
            () -> polyproc.semaphore("negative", -1),
            () -> polyproc.boundedSemaphore("nothing", 0));
    for (Callable<?> way : ways) {
      assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(way::call);
    }
    assertThat(semaphore.availablePermits()).isEqualTo(1);
  }

  @Test
  void shouldDoNothingForNoPermits() throws Exception {
    PolySemaphore semaphore = semaphore(0);
    semaphore.acquire(0);
    semaphore.acquireUninterruptibly(0);
    assertThat(semaphore.tryAcquire(0)).isTrue();
    assertThat(semaphore.tryAcquire(0, 1, TimeUnit.SECONDS)).isTrue();
    semaphore.release(0);
    assertThat(semaphore.availablePermits()).isZero();
  }

  @Test
  void shouldGuaranteeThatThreadsAreSelectedInTheOrderOfTheirInvocations() throws Exception {
    PolySemaphore semaphore = semaphore(1);
    assertThat(semaphore.isFair()).isTrue();
    List<Integer> order = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Future<?>> waiting = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      waiting.add(
          threads.submit(
              () -> {
                semaphore.acquire(2);
                order.add(number);
                semaphore.release(2);
                return null;
              }));
      awaitQueue(semaphore, i + 1);
    }
    assertThat(semaphore.tryAcquire()).as("one permit is there, and others wait").isFalse();
    assertThat(semaphore.drainPermits()).isZero();

    theirs(semaphore, 1).release();

    for (Future<?> one : waiting) {
      one.get(5, TimeUnit.SECONDS);
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void shouldRestrictTheNumberOfAHundredThreads() throws Exception {
    PolySemaphore semaphore = semaphore(5);
    PolySemaphore same = theirs(semaphore, 5);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      PolySemaphore mine = i % 2 == 0 ? semaphore : same;
      int permits = 1 + i % 3;
      workers.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 20; round++) {
                  mine.acquire(permits);
                  most.accumulateAndGet(inside.addAndGet(permits), Math::max);
                  inside.addAndGet(-permits);
                  mine.release(permits);
                }
                return null;
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(most.get()).isBetween(1, 5);
    assertThat(semaphore.availablePermits()).isEqualTo(5);
    assertThat(semaphore.holders()).isEmpty();
  }

  // What it has beside.

  @Test
  void shouldReleaseWhatIsClosed() throws Exception {
    PolySemaphore semaphore = semaphore(3);
    Permits permits = semaphore.hold(2);
    assertThat(permits.count()).isEqualTo(2);
    assertThat(permits.token()).isPositive();
    assertThat(permits.previousOwnerDied()).isFalse();
    assertThat(semaphore.hold(2, 1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(semaphore.holdAsync(2, 1, TimeUnit.MILLISECONDS).get()).isEmpty();
    CompletableFuture<Permits> waiting = theirs(semaphore, 3).holdAsync(2);
    awaitQueue(semaphore, 1);
    assertThat(semaphore.waiters().get(0).getParty().getClient()).isEqualTo("second");

    permits.close();
    permits.close();

    Permits next = waiting.get(5, TimeUnit.SECONDS);
    assertThat(next.token()).isGreaterThan(permits.token());
    assertThat(semaphore.holders().get(0).getDetail())
        .isEqualTo("token " + next.token() + ", 2 permits");
    next.closeAsync().get(5, TimeUnit.SECONDS);
    semaphore.releaseAsync(1).get(5, TimeUnit.SECONDS);
    semaphore.releaseAsync(0).get(5, TimeUnit.SECONDS);
    assertThat(semaphore.drainPermitsAsync().get(5, TimeUnit.SECONDS)).isEqualTo(4);
  }

  @Test
  void shouldGiveLeasedPermitsBack() throws Exception {
    PolySemaphore semaphore = semaphore(2);
    Permits leased = semaphore.leased(Duration.ofMillis(20)).hold(2);
    try (Permits next = semaphore.hold(1)) {
      assertThat(next.previousOwnerDied()).isTrue();
      assertThat(Failure.reasonOf(leased::close)).isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    }
    assertThat(semaphore.availablePermits()).isEqualTo(2);
  }

  @Test
  void shouldNotReleaseWhatIsHeldByAnother() throws Exception {
    PolySemaphore semaphore = semaphore(2);
    try (Permits held = semaphore.hold(1)) {
      semaphore.acquire();
      semaphore.release();
      assertThat(semaphore.availablePermits()).isEqualTo(1);
      assertThat(semaphore.holders()).hasSize(1);
    }
    assertThat(semaphore.availablePermits()).isEqualTo(2);
  }

  @Test
  void shouldTakeNoMethodWithoutATokenWithALease() {
    PolySemaphore leased = semaphore(2).leased(Duration.ofDays(1));
    for (ThrowingCallable method :
        List.<ThrowingCallable>of(
            leased::acquire,
            leased::acquireUninterruptibly,
            leased::tryAcquire,
            leased::drainPermits,
            leased::release)) {
      assertThatThrownBy(method)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("hold()");
    }
  }

  @Test
  void shouldRefuseMoreThanABoundedOneMayHave() throws Exception {
    PolySemaphore semaphore = polyproc.boundedSemaphore("bounded-" + System.nanoTime(), 2);
    assertThat(Failure.reasonOf(semaphore::release))
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    semaphore.acquire();
    assertThat(Failure.reasonOf(() -> semaphore.release(2)))
        .isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(Failure.reasonOf(() -> semaphore.tryAcquire(3)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    semaphore.release();
    assertThat(semaphore.availablePermits()).isEqualTo(2);
  }

  @Test
  void shouldTakeBackOnlyWhatTheClientAcquiredWhereOwned() throws Exception {
    SemaphoreCreateRequest shape =
        SemaphoreCreateRequest.newBuilder()
            .setSemaphore("owned-" + System.nanoTime())
            .setPermits(1)
            .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED)
            .build();
    PolySemaphore semaphore = polyproc.semaphore(shape);
    semaphore.acquire();
    assertThat(Failure.reasonOf(() -> other.semaphore(shape).release()))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    semaphore.release();
    assertThat(Failure.reasonOf(semaphore::release)).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
  }

  @Test
  void shouldBeAValue() {
    PolySemaphore semaphore = semaphore(3);
    polyproc.dict("semaphores", Codec.STRING, polyproc.semaphores()).put("s", semaphore);
    PolySemaphore found =
        Objects.requireNonNull(other.dict("semaphores", Codec.STRING, other.semaphores()).get("s"));
    assertThat(found.tryAcquire(2)).isTrue();
    assertThat(semaphore.availablePermits()).isEqualTo(1);
  }

  @Test
  void shouldTellWaitersThatItWasDeleted() {
    PolySemaphore semaphore = semaphore(0);
    CompletableFuture<Permits> waiting = semaphore.holdAsync(1);
    polyproc.delete(semaphore.name());
    assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldGiveBackWhatAClientHeldThatIsClosed() throws Exception {
    PolySemaphore semaphore = semaphore(3);
    theirs(semaphore, 3).acquire(2);
    assertThat(semaphore.availablePermits()).isEqualTo(1);
    other.close();
    try (Permits all = semaphore.hold(3)) {
      assertThat(all.previousOwnerDied()).isTrue();
    }
  }

  @Test
  void shouldHavePermitsOfProgramThatWasKilled() throws Exception {
    PolySemaphore semaphore = semaphore(3);
    Process program =
        JavaProgram.start(PermitHolder.class, DAEMON.address(), semaphore.name(), "3");
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(output.readLine()).isEqualTo("held");
      CompletableFuture<Permits> first = semaphore.holdAsync(2);
      CompletableFuture<Permits> second = semaphore.holdAsync(1);
      awaitQueue(semaphore, 2);

      DaemonProcess.signal(program.pid(), "KILL");

      assertThat(first.get(9, TimeUnit.SECONDS).previousOwnerDied()).isTrue();
      second.get(5, TimeUnit.SECONDS).close();
      first.get().close();
      assertThat(semaphore.availablePermits()).isEqualTo(3);
    } finally {
      program.destroyForcibly();
    }
  }

  @Test
  void shouldFindWhatIsThere() {
    PolySemaphore semaphore =
        polyproc.semaphore(SemaphoreCreateRequest.newBuilder().setPermits(3).build());

    assertThat(polyproc.semaphore(semaphore.name())).isEqualTo(semaphore);
    assertThat(Failure.reasonOf(() -> polyproc.semaphore(semaphore.name() + "/other")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
