package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.ErrorReason;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Named after the sentences of {@code CyclicBarrier}'s documentation that they check. */
@Timeout(60)
class PolyBarrierTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final String name = "barrier" + NAMES.incrementAndGet();
  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = DAEMON.connect();
    other = DAEMON.connect();
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
    threads.shutdownNow();
  }

  /** A party in a thread of its own, which has come. */
  private Future<Integer> party(PolyBarrier barrier) {
    return party(barrier, barrier::await);
  }

  private Future<Integer> party(PolyBarrier barrier, Callable<Integer> await) {
    int before = barrier.getNumberWaiting();
    Future<Integer> party = threads.submit(await);
    Await.until(() -> barrier.getNumberWaiting() == before + 1);
    return party;
  }

  private static Throwable failure(Future<?> party) throws Exception {
    try {
      party.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("Expected the party to fail, but it passed");
  }

  @Test
  void shouldThrowIllegalArgumentExceptionIfPartiesIsLessThanOne() {
    assertThatIllegalArgumentException().isThrownBy(() -> polyproc.barrier(name, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> polyproc.barrier(name, -1, () -> {}));
  }

  @Test
  void shouldReturnNumberOfPartiesRequiredToTripIt() {
    assertThat(polyproc.barrier(name, 3).getParties()).isEqualTo(3);
    polyproc
        .dict("barriers", Codec.STRING, polyproc.barriers())
        .put(name, polyproc.barrier(name, 3));
    PolyBarrier found =
        Objects.requireNonNull(other.dict("barriers", Codec.STRING, other.barriers()).get(name));
    assertThat(found.getParties()).isEqualTo(3);
    assertThat(found).isEqualTo(other.barrier(name, 3)).hasToString("PolyBarrier '" + name + "'");
  }

  @Test
  void shouldWaitUntilAllPartiesHaveInvokedAwaitAndReturnTheirArrivalIndex() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    for (int round = 0; round < 3; round++) {
      Future<Integer> first = party(barrier);
      Future<Integer> second = party(other.barrier(name, 3));
      assertThat(first).isNotDone();
      assertThat(barrier.getNumberWaiting()).isEqualTo(2);

      assertThat(barrier.await(0, TimeUnit.SECONDS)).isZero();

      assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(2);
      assertThat(barrier.getNumberWaiting()).isZero();
      assertThat(barrier.isBroken()).isFalse();
    }
  }

  @Test
  void shouldLetAHundredThreadsMeetAgainAndAgain() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 100);
    PolyBarrier same = other.barrier(name, 100);
    AtomicInteger come = new AtomicInteger();
    List<Future<Integer>> workers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      PolyBarrier mine = i % 2 == 0 ? barrier : same;
      workers.add(
          threads.submit(
              () -> {
                int indices = 0;
                for (int round = 1; round <= 10; round++) {
                  come.incrementAndGet();
                  indices += mine.await();
                  assertThat(come.get()).isGreaterThanOrEqualTo(100 * round);
                }
                return indices;
              }));
    }
    int sum = 0;
    for (Future<Integer> worker : workers) {
      sum += worker.get();
    }
    assertThat(sum).isEqualTo(10 * 99 * 100 / 2);
  }

  @Test
  void shouldRunActionInTheLastThreadEnteringTheBarrierBeforeOthersContinue() throws Exception {
    List<String> ran = new ArrayList<>();
    Runnable action = () -> ran.add(Thread.currentThread().getName());
    PolyBarrier barrier = polyproc.barrier(name, 2, action);
    PolyBarrier theirs = other.barrier(name, 2, () -> ran.add("others"));

    for (int round = 1; round <= 3; round++) {
      Future<Integer> first = party(theirs);
      assertThat(barrier.await()).isZero();
      assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(ran).hasSize(round).containsOnly(Thread.currentThread().getName());
    }

    Future<Integer> mine = party(barrier);
    assertThat(theirs.await()).isZero();
    mine.get(10, TimeUnit.SECONDS);
    assertThat(ran).endsWith("others");
  }

  @Test
  void shouldPropagateExceptionOfActionInTheCurrentThreadAndBreakTheBarrier() throws Exception {
    IllegalArgumentException thrown = new IllegalArgumentException("the action");
    PolyBarrier barrier =
        polyproc.barrier(
            name,
            2,
            () -> {
              throw thrown;
            });
    Future<Integer> first = party(other.barrier(name, 2, () -> {}));

    assertThatIllegalArgumentException().isThrownBy(barrier::await).isSameAs(thrown);

    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
    assertThat(barrier.isBroken()).isTrue();
  }

  @Test
  void shouldWaitForActionLongerThanItsTimeout() throws Exception {
    CompletableFuture<Void> running = new CompletableFuture<>();
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable action =
        () -> {
          running.complete(null);
          done.join();
        };
    PolyBarrier barrier = polyproc.barrier(name, 2, action);
    Future<Integer> first = party(barrier, () -> barrier.await(1_500, TimeUnit.MILLISECONDS));
    long came = System.nanoTime();
    Future<Integer> last = threads.submit(() -> other.barrier(name, 2, action).await());
    running.get(10, TimeUnit.SECONDS);
    PolyEvent never = polyproc.event("never");
    while (System.nanoTime() - came < TimeUnit.SECONDS.toNanos(3)) {
      assertThat(never.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(first).isNotDone();

    done.complete(null);

    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(last.get(10, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void shouldNeedActionWhereTheBarrierHasOne() {
    PolyBarrier without =
        polyproc.barrier(
            BarrierCreateRequest.newBuilder()
                .setBarrier(name)
                .setParties(1)
                .setAction(true)
                .build());

    assertThatIllegalStateException().isThrownBy(without::await);
    assertThatIllegalStateException().isThrownBy(() -> without.await(1, TimeUnit.SECONDS));
    assertThat(without.getNumberWaiting()).isZero();
  }

  @Test
  void shouldThrowTimeoutExceptionIfTheSpecifiedTimeoutElapsesAndBreakTheBarrier()
      throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    Future<Integer> first = party(barrier);
    Future<Integer> second =
        party(barrier, () -> barrier.await(Long.MAX_VALUE, TimeUnit.NANOSECONDS));

    Await.until(() -> barrier.getNumberWaiting() == 2);
    PolyBarrier late = polyproc.barrier(name + "/late", 3);
    Future<Integer> waiting = party(late);

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> late.await(1, TimeUnit.MILLISECONDS));

    assertThat(failure(waiting)).isInstanceOf(BrokenBarrierException.class);
    assertThat(late.isBroken()).isTrue();
    assertThatExceptionOfType(BrokenBarrierException.class)
        .isThrownBy(() -> late.await(1, TimeUnit.MILLISECONDS));
    assertThat(barrier.await()).isZero();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(2);
    assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void shouldEndWaitWhenTheBarrierIsDeleted() throws Exception {
    Future<Integer> first = party(polyproc.barrier(name, 2));

    polyproc.delete(name);

    assertThat(failure(first))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
  }

  @Test
  void shouldNotWaitAtAllIfTheTimeIsLessThanOrEqualToZero() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    Future<Integer> first = party(barrier);
    PolyBarrier three = polyproc.barrier(name + "/3", 3);
    Future<Integer> waiting = party(three);

    assertThat(barrier.await(-1, TimeUnit.SECONDS)).isZero();
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> three.await(0, TimeUnit.NANOSECONDS));

    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(failure(waiting)).isInstanceOf(BrokenBarrierException.class);
  }

  @Test
  void shouldThrowBrokenBarrierExceptionInAllOthersIfAThreadIsInterruptedWhileWaiting()
      throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    Future<Integer> first = party(barrier);
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread interrupted =
        new Thread(
            () -> {
              try {
                barrier.await(1, TimeUnit.HOURS);
              } catch (Exception e) {
                end.complete(e);
              }
            });
    interrupted.start();
    Await.until(() -> barrier.getNumberWaiting() == 2);

    interrupted.interrupt();

    assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
    assertThat(barrier.isBroken()).isTrue();
  }

  @Test
  void shouldThrowInterruptedExceptionIfTheThreadHasItsInterruptedStatusSetOnEntry()
      throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    Future<Integer> first = party(barrier);
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class).isThrownBy(barrier::await);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(BrokenBarrierException.class).isThrownBy(barrier::await);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void shouldReturnWithBrokenBarrierExceptionIfPartiesAreWaitingAtReset() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    Future<Integer> first = party(barrier);

    other.barrier(name, 2).reset();

    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
    assertThat(barrier.isBroken()).isFalse();
    Future<Integer> again = party(barrier);
    assertThat(barrier.await()).isZero();
    assertThat(again.get(10, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void shouldStayBrokenFromAbortToReset() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    Future<Integer> first = party(barrier);

    other.barrier(name, 2).abort();

    assertThat(failure(first))
        .isInstanceOf(BrokenBarrierException.class)
        .cause()
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_BARRIER_BROKEN));
    assertThatExceptionOfType(BrokenBarrierException.class).isThrownBy(barrier::await);
    barrier.reset();
    assertThat(barrier.isBroken()).isFalse();
  }

  @Test
  void shouldTellWhoRunsTheActionThatTheBarrierWasReset() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 1, () -> other.barrier(name, 1, () -> {}).reset());

    assertThatExceptionOfType(BrokenBarrierException.class).isThrownBy(barrier::await);

    assertThat(barrier.isBroken()).isFalse();
  }

  @Test
  void shouldBreakWhenAProgramIsKilledThatWaits() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    Future<Integer> first = party(barrier);
    Process party = JavaProgram.start(BarrierParty.class, DAEMON.address(), name);
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(party.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(output.readLine()).isEqualTo("here");
      Await.until(() -> barrier.getNumberWaiting() == 2);

      DaemonProcess.signal(party.pid(), "KILL");
    } finally {
      party.destroyForcibly();
    }

    assertThat(failure(first))
        .isInstanceOf(BrokenBarrierException.class)
        .hasMessageContaining("in round 0")
        .hasMessageContaining("process " + party.pid())
        .cause()
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.metadata()).containsEntry("cause", "PARTY_GONE"));
    BarrierBreak why = barrier.brokenBy().orElseThrow();
    assertThat(why.getCause()).isEqualTo(BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
    assertThat(why.getParty().getPid()).isEqualTo(party.pid());
  }

  @Test
  void shouldLetAllPassThatMendItAndComeAgain() throws Exception {
    List<Future<Integer>> parties = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      PolyBarrier mine = (i % 2 == 0 ? polyproc : other).barrier(name, 12);
      parties.add(
          threads.submit(
              () -> {
                for (int broken = 0; ; broken++) {
                  try {
                    mine.await();
                    return broken;
                  } catch (BrokenBarrierException e) {
                    mine.mend();
                  }
                }
              }));
      if (i == 10) {
        Await.until(() -> mine.getNumberWaiting() == 11);
        mine.abort();
      }
    }

    for (Future<Integer> party : parties) {
      assertThat(party.get(30, TimeUnit.SECONDS)).isLessThanOrEqualTo(12);
    }
    assertThat(polyproc.barrier(name).brokenBy()).isEmpty();
  }

  @Test
  void shouldLeaveAWholeBarrierAloneThatIsMended() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    Future<Integer> first = party(barrier);

    assertThat(barrier.mend()).isFalse();
    assertThat(barrier.mendAsync().get(10, TimeUnit.SECONDS)).isFalse();

    assertThat(barrier.await()).isZero();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    barrier.abortAsync().get(10, TimeUnit.SECONDS);
    assertThat(barrier.mendAsync().get(10, TimeUnit.SECONDS)).isTrue();
    barrier.abort();
    barrier.resetAsync().get(10, TimeUnit.SECONDS);
    assertThat(barrier.isBroken()).isFalse();
  }

  @Test
  void shouldFindWhatIsThere() {
    polyproc.barrier(name, 3, () -> {});

    PolyBarrier found = other.barrier(name);

    assertThat(found.getParties()).isEqualTo(3);
    assertThat(found).isEqualTo(other.barrier(name, 3, () -> {}));
    assertThatIllegalStateException().isThrownBy(found::await);
    assertThatIllegalStateException().isThrownBy(found::awaitAsync);
    assertThat(Failure.reasonOf(() -> other.barrier(name + "/other")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(Failure.reasonOf(() -> other.latch(name)))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(Failure.reasonOf(() -> other.semaphore(name)))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  // Without waiting.

  @Test
  void shouldTellTwinsTheirIndex() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 2);
    CompletableFuture<Integer> first = barrier.awaitAsync();
    Await.until(() -> barrier.waiters().size() == 1);
    assertThat(first).isNotDone();

    assertThat(other.barrier(name).awaitAsync(0, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS))
        .isZero();

    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void shouldRunTheActionOfATwinOnAThreadOfCallbacks() throws Exception {
    List<String> ran = new ArrayList<>();
    PolyBarrier barrier =
        polyproc.barrier(name, 2, () -> ran.add(Thread.currentThread().getName()));
    Future<Integer> first = party(other.barrier(name, 2, () -> ran.add("others")));

    assertThat(barrier.awaitAsync().get(10, TimeUnit.SECONDS)).isZero();

    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(ran).singleElement().asString().startsWith("polyproc-callbacks-");
  }

  @Test
  void shouldFailATwinWithWhatItsActionThrewAndBreakTheBarrier() throws Exception {
    IllegalArgumentException thrown = new IllegalArgumentException("the action");
    PolyBarrier barrier =
        polyproc.barrier(
            name,
            2,
            () -> {
              throw thrown;
            });
    Future<Integer> first = party(other.barrier(name, 2, () -> {}));

    assertThat(failure(barrier.awaitAsync())).isSameAs(thrown);

    assertThat(failure(first))
        .isInstanceOf(BrokenBarrierException.class)
        .hasMessageContaining("the action of ");
  }

  @Test
  void shouldFailTwinsAsTheirElderSistersDo() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    CompletableFuture<Integer> first = barrier.awaitAsync();
    Await.until(() -> barrier.getNumberWaiting() == 1);

    assertThat(failure(barrier.awaitAsync(1, TimeUnit.MILLISECONDS)))
        .isInstanceOf(TimeoutException.class);

    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
    assertThat(failure(barrier.awaitAsync())).isInstanceOf(BrokenBarrierException.class);
    polyproc.delete(name);
    assertThat(Failure.reasonOf(barrier.awaitAsync()))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldBreakWhenATwinIsCancelledOrCompletedOtherwise() throws Exception {
    PolyBarrier barrier = polyproc.barrier(name, 3);
    List<Consumer<CompletableFuture<Integer>>> ways =
        List.of(
            future -> future.cancel(true),
            future -> future.completeExceptionally(new IllegalStateException("never mind")),
            future -> future.complete(7),
            future -> future.completeAsync(() -> 7),
            future -> future.orTimeout(1, TimeUnit.MILLISECONDS));
    for (Consumer<CompletableFuture<Integer>> way : ways) {
      CompletableFuture<Integer> first = barrier.awaitAsync();
      Await.until(() -> barrier.getNumberWaiting() == 1);
      CompletableFuture<Integer> leaving = barrier.awaitAsync();
      Await.until(() -> barrier.getNumberWaiting() == 2);

      way.accept(leaving);

      assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
      Await.until(leaving::isDone);
      assertThat(leaving.isCompletedExceptionally() || leaving.join() == 7).isTrue();
      assertThat(barrier.mend()).isTrue();
    }
  }

  @Test
  void shouldBreakWhenTheSessionThatRunsTheActionEnds() throws Exception {
    Polyproc dying = DAEMON.connect();
    PolyBarrier theirs = dying.barrier(name, 2, dying::close);
    Future<Integer> first = party(polyproc.barrier(name, 2, () -> {}));

    assertThatExceptionOfType(PolyprocException.class).isThrownBy(theirs::await);

    assertThat(failure(first)).isInstanceOf(BrokenBarrierException.class);
  }
}
