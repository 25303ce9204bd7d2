package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import dev.polyproc.client.TaskWorker.Point;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A pool whose workers are in this program; see also {@link PoolWorkersTest}. */
@Timeout(60)
class PolyPoolTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();
  private final List<Worker> workers = new ArrayList<>();
  private PolyPool pool;

  @BeforeEach
  void create(TestInfo test) {
    pool = polyproc.pool(test.getTestMethod().orElseThrow().getName());
  }

  @AfterEach
  void end() throws Exception {
    workers.forEach(Worker::close);
    polyproc.delete(pool.name());
    for (Worker worker : workers) {
      worker.done().get(10, TimeUnit.SECONDS);
    }
  }

  private Worker start(WorkerBuilder worker) {
    Worker started = worker.pool(pool.name()).client(DAEMON.connect()).start();
    workers.add(started);
    return started;
  }

  private void start() {
    start(TaskWorker.functions());
  }

  private static List<Long> numbers(long to) {
    return LongStream.range(0, to).boxed().toList();
  }

  private static List<Long> squares(long to) {
    return LongStream.range(0, to).map(x -> x * x).boxed().toList();
  }

  // One task.

  @Test
  void shouldCallFunctionsOfSeveralArguments() throws Exception {
    start();

    assertThat(pool.apply("square", Long.class, 7)).isEqualTo(49);
    assertThat(pool.apply("sum", Long.class, 7, 8)).isEqualTo(15);
    assertThat(pool.apply("join", String.class, "a", "b", "c")).isEqualTo("abc");
    assertThat(pool.apply("count", Integer.class, 1, "two", List.of(3), 4.0)).isEqualTo(4);
    assertThat(pool.apply("nothing", Object.class)).isEqualTo(Codec.NULL);
    assertThat(pool.apply("mirror", Point.class, new Point(1, 2))).isEqualTo(new Point(2, 1));
  }

  @Test
  void shouldTellWhatAFunctionThrew() {
    start();

    TaskFailedException failed =
        catchThrowableOfType(
            TaskFailedException.class, () -> pool.apply("fail", Object.class, "no paper"));

    assertThat(failed)
        .hasMessage(
            "Expected task 1 to return, but it threw java.lang.IllegalStateException: no paper")
        .hasStackTraceContaining("TaskWorker.java");
    assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_FAILED);
    assertThat(failed.type()).isEqualTo("java.lang.IllegalStateException");
    assertThat(failed.failureMessage()).isEqualTo("no paper");
    assertThat(failed.stack()).contains("no paper", "TaskWorker.java");
    assertThat(failed.attempts()).isEqualTo(1);
    assertThat(failed.code()).isEqualTo(Code.ABORTED);
  }

  @Test
  void shouldGoOnAfterWhateverAFunctionDoes() throws Exception {
    start();

    assertThat(failure("recurse").type()).isEqualTo("java.lang.StackOverflowError");
    assertThat(failure("unwritable").failureMessage()).contains("java.lang.Object");
    assertThat(failure("no-such-function").failureMessage()).contains("no-such-function", "square");
    assertThat(failure("square").failureMessage())
        .isEqualTo("Expected 1 argument, but there are 0");
    assertThat(failure("square", "text").failureMessage()).contains("text 'text'");
    assertThat(pool.apply("square", Long.class, 7)).isEqualTo(49);
  }

  private TaskFailedException failure(String function, Object... arguments) {
    return catchThrowableOfType(
        TaskFailedException.class, () -> pool.apply(function, Object.class, arguments));
  }

  @Test
  void shouldFailATaskWhoseResultIsTooLarge() throws Exception {
    start();
    int most = (int) polyproc.limits().getRequestBytes();

    TaskFailedException failed = failure("bytes", most + 1);

    assertThat(failed.failureMessage()).startsWith("Expected a result that the daemon takes, but");
    assertThat(pool.apply("square", Long.class, 7)).isEqualTo(49);
  }

  @Test
  void shouldRefuseOnlyTheTaskThatIsTooLarge() throws Exception {
    pool.pause();
    List<CompletableFuture<Object>> tasks = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Object argument = i == 5 ? new byte[(int) polyproc.limits().getRequestBytes() + 1] : i;
      tasks.add(pool.applyAsync("count", Object.class, argument));
    }
    start();
    pool.resume();

    assertThat(Failure.reasonOf(tasks.remove(5)))
        .isIn(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE, ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG);
    for (CompletableFuture<Object> task : tasks) {
      assertThat(task.get()).isEqualTo(1L);
    }
  }

  @Test
  void shouldSayThatAResultIsNotOfTheTypeThatWasAskedFor() {
    start();

    assertThatThrownBy(() -> pool.apply("join", Long.class, "a", "b", "c"))
        .isInstanceOf(UnexpectedValueException.class)
        .hasMessageContaining("text 'abc'");
  }

  @Test
  void shouldRunTheLowestPriorityFirst() throws Exception {
    PolyJob job = pool.job("by-priority", dev.polyproc.v1.Lifetime.LIFETIME_SESSION);
    job.submit(Task.of("square", Long.class, 1).priority(2));
    job.submit(Task.of("square", Long.class, 2).priority(1));
    start();

    List<Long> order = new ArrayList<>();
    job.resultsAsTheyCome(Codec.LONG).forEach(result -> order.add(result.value()));

    assertThat(order).containsExactly(4L, 1L);
  }

  @Test
  void shouldExpireATaskThatWaitsForLongerThanItLives() {
    CompletableFuture<Long> late =
        pool.submit(Task.of("square", Long.class, 1).timeToLive(Duration.ofMillis(1)));

    assertThat(Failure.of(late))
        .isInstanceOfSatisfying(
            TaskFailedException.class,
            failed -> {
              assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_EXPIRED);
              assertThat(failed.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
              assertThat(failed).hasMessageStartingWith("Expected ");
            });
  }

  // Cancelling.

  @Test
  void shouldNotRunWhatIsCancelledWhileItWaits() throws Exception {
    CompletableFuture<Long> first = pool.applyAsync("square", Long.class, 1);
    Await.until(() -> pool.info().getWaiting() == 1);

    assertThat(first.cancel(true)).isTrue();

    assertThatThrownBy(first::get).isInstanceOf(CancellationException.class);
    Await.until(() -> pool.info().getWaiting() == 0);
    assertThat(pool.info().getTotals().getRuns()).isZero();
  }

  @Test
  void shouldInterruptTheTaskThatIsCancelledAndNoOther() throws Exception {
    start(TaskWorker.functions().threads(2));
    CompletableFuture<Object> hanging = pool.applyAsync("hang", Object.class);
    CompletableFuture<Object> other = pool.applyAsync("hang", Object.class);
    Await.until(() -> pool.info().getRunning() == 2);

    hanging.cancel(true);

    Await.until(() -> pool.info().getRunning() == 1);
    assertThat(other).isNotDone();
    assertThat(pool.apply("square", Long.class, 7)).isEqualTo(49);
    other.cancel(true);
    Await.until(() -> pool.info().getRunning() == 0);
  }

  @Test
  void shouldCancelTheTaskOfAThreadThatIsInterrupted() throws Exception {
    start();
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread caller =
        new Thread(() -> end.complete(catchThrowable(() -> pool.apply("hang", Object.class))));
    caller.start();
    Await.until(() -> pool.info().getRunning() == 1);

    caller.interrupt();

    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    Await.until(() -> pool.info().getRunning() == 0);
  }

  // Many calls.

  @Test
  void shouldMapInOrderWithAnyChunk() throws Exception {
    start(TaskWorker.functions().threads(3));

    for (int chunk : List.of(1, 7, 100)) {
      assertThat(pool.map("square", Codec.LONG, numbers(50), MapOptions.DEFAULTS.chunk(chunk)))
          .isEqualTo(squares(50));
    }
    assertThat(pool.map("square", Long.class, List.of())).isEmpty();
    assertThat(pool.starmap("sum", Long.class, List.of(List.of(1, 2), List.of(3, 4))))
        .containsExactly(3L, 7L);
  }

  @Test
  void shouldCutIntoFourTasksForEachWorkerAsPythonDoes() throws Exception {
    start();
    start();
    Await.until(() -> pool.info().getPresentWorkersCount() == 2);

    pool.map("square", Long.class, numbers(100));

    assertThat(pool.info().getTotals().getSubmitted()).isEqualTo(8); // of 13 each, as there
  }

  @Test
  void shouldFailAMapAsTheFirstOfItsInputsWhenAllAreDone() {
    start();

    TaskFailedException failed =
        catchThrowableOfType(
            TaskFailedException.class,
            () ->
                pool.map(
                    "odd", Codec.LONG, List.of(1, 3, 4, 5, 6, 7), MapOptions.DEFAULTS.chunk(2)));

    assertThat(failed.failureMessage()).isEqualTo("4 is even");
    assertThat(failed.stack()).contains("TaskWorker.java");
    assertThat(pool.info().getTotals().getSucceeded()).isEqualTo(3);
  }

  @Test
  void shouldTellProgressUpToTheEnd() throws Exception {
    start();
    Set<Long> told = Collections.synchronizedSet(new java.util.TreeSet<>());

    pool.map("square", Codec.LONG, numbers(10), MapOptions.DEFAULTS.chunk(4).onProgress(told::add));

    assertThat(told).containsExactly(4L, 8L, 10L);
  }

  @Test
  void shouldEndAMapWhoseListenerThrows() {
    start();

    assertThatThrownBy(
            () ->
                pool.map(
                    "square",
                    Codec.LONG,
                    numbers(10),
                    MapOptions.DEFAULTS
                        .chunk(1)
                        .onProgress(
                            done -> {
                              throw new IllegalStateException("no more");
                            })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no more");
  }

  @Test
  void shouldCancelAllThatAMapHasWhenItIsCancelled() throws Exception {
    CompletableFuture<List<Long>> map =
        pool.mapAsync("square", Codec.LONG, numbers(100), MapOptions.DEFAULTS.chunk(1));
    Await.until(() -> pool.info().getWaiting() == 100);

    map.cancel(true);

    Await.until(() -> pool.info().getWaiting() == 0);
    assertThat(map).isCancelled();
  }

  @Test
  void shouldGoOnBehindACallThatFailed() throws Exception {
    start();

    try (MapResults<Long> results = pool.imap("odd", Long.class, List.of(1, 2, 3))) {
      assertThat(results.next()).isEqualTo(1);
      assertThatThrownBy(results::next).hasMessageContaining("2 is even");
      assertThat(results.next()).isEqualTo(3);
      assertThat(results.hasNext()).isFalse();
      assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void shouldStreamEndlessInputsWithoutAskingForMoreThanItMay() {
    start(TaskWorker.functions().threads(2));
    AtomicLong asked = new AtomicLong();
    Iterable<Long> endless = () -> Stream.generate(asked::getAndIncrement).iterator();

    try (Stream<Long> squares =
        pool.imap("square", Codec.LONG, endless, MapOptions.DEFAULTS.lookAhead(10)).stream()) {
      assertThat(squares.limit(20)).isEqualTo(squares(20));
    }

    assertThat(asked.get()).isLessThanOrEqualTo(20 + 10);
    Await.until(() -> pool.info().getWaiting() + pool.info().getRunning() == 0);
  }

  @Test
  void shouldHandOutWhatComesFirstWhereNoOrderIsAsked() throws Exception {
    start(TaskWorker.functions().threads(2));

    // the first one does not end before it is cancelled
    try (MapResults<Long> results = pool.imapUnordered("wait", Long.class, List.of(600_000L, 1L))) {
      assertThat(results.next()).isEqualTo(1);
    }

    Await.until(() -> pool.info().getRunning() == 0);
  }

  @Test
  void shouldLoseNothingWhenInterruptedBetweenResults() throws Exception {
    try (MapResults<Long> results = pool.imap("square", Long.class, List.of(7))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(results::next).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
      start();
      assertThat(results.next()).isEqualTo(49);
    }
  }

  @Test
  void shouldRunTinyTasksInPages() throws Exception {
    start(TaskWorker.functions().threads(2));

    assertThat(pool.map("square", Codec.LONG, numbers(5_000), MapOptions.DEFAULTS.chunk(1)))
        .isEqualTo(squares(5_000));
    assertThat(pool.info().getTotals().getRuns()).isEqualTo(5_000);
  }

  // Callbacks.

  @Test
  void shouldNotHoldUpResultsByACallbackThatWaitsOrThrows() throws Exception {
    start();
    CountDownLatch last = new CountDownLatch(1);
    List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    pool.pause();
    for (int i = 0; i < 20; i++) {
      waiting.add(
          pool.applyAsync("square", Long.class, i)
              .thenApply(
                  square -> {
                    try {
                      return last.await(20, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  }));
    }
    CompletableFuture<Long> throwing =
        pool.applyAsync("square", Long.class, 1)
            .thenApply(
                square -> {
                  throw new IllegalStateException("a callback");
                });
    CompletableFuture<Void> behind =
        pool.applyAsync("square", Long.class, 2).thenAccept(square -> last.countDown());
    pool.resume();

    behind.get(20, TimeUnit.SECONDS);
    for (CompletableFuture<Boolean> each : waiting) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(Failure.of(throwing)).hasMessage("a callback");
  }

  // The pool as a whole.

  @Test
  void shouldPauseResumeAndSayHowItIs() throws Exception {
    start();
    pool.pause();
    CompletableFuture<Long> square = pool.applyAsync("square", Long.class, 7);
    Await.until(() -> pool.info().getWaiting() == 1);
    assertThat(pool.info().getPaused()).isTrue();
    assertThat(pool.join(1, TimeUnit.MILLISECONDS)).isFalse();

    pool.resume();

    assertThat(square.get()).isEqualTo(49);
    pool.join();
    assertThat(pool.infoAsync().get().getPresentWorkersList())
        .extracting(PoolWorker::getReady)
        .containsExactly(true);
  }

  @Test
  void shouldEndWorkersThatAreToTakeNoMore() throws Exception {
    start();
    assertThat(pool.apply("square", Long.class, 7)).isEqualTo(49);

    assertThat(pool.quiet()).isEqualTo(1);

    workers.get(0).done().get(10, TimeUnit.SECONDS);
  }

  @Test
  void shouldRunWhatIsThereWhenItIsShutDown() throws Exception {
    CompletableFuture<Long> before = pool.applyAsync("square", Long.class, 7);
    Await.until(() -> pool.info().getWaiting() == 1);
    pool.shutdownForAll();

    assertThat(Failure.reasonOf(pool.applyAsync("square", Long.class, 8)))
        .isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    start();
    assertThat(before.get()).isEqualTo(49);
    pool.join();
    workers.get(0).done().get(10, TimeUnit.SECONDS);
  }

  @Test
  void shouldCancelWhatIsThereWhenItIsShutDownAtOnce() throws Exception {
    start();
    CompletableFuture<Object> running = pool.applyAsync("hang", Object.class);
    CompletableFuture<Long> waiting = pool.applyAsync("square", Long.class, 7);
    Await.until(() -> pool.info().getRunning() == 1 && pool.info().getWaiting() == 1);

    pool.shutdownNowForAll();

    for (CompletableFuture<?> each : List.of(running, waiting)) {
      assertThat(Failure.of(each))
          .isInstanceOfSatisfying(
              TaskFailedException.class,
              failed -> assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_CANCELLED));
    }
    assertThat(pool.join(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldFailAllTasksOfAPoolThatIsDeleted() {
    CompletableFuture<Long> waiting = pool.applyAsync("square", Long.class, 7);
    Await.until(() -> pool.info().getWaiting() == 1);
    polyproc.delete(pool.name());

    assertThat(Failure.of(waiting)).isInstanceOf(PolyprocException.class);
    assertThat(Failure.of(pool.applyAsync("square", Long.class, 7)))
        .isInstanceOf(PolyprocException.class);
    pool = polyproc.pool(pool.name());
  }

  @Test
  void shouldFailAllTasksWhenTheClientIsClosed() {
    Polyproc other = DAEMON.connect();
    CompletableFuture<Long> waiting =
        other.existingPool(pool.name()).applyAsync("square", Long.class, 7);
    Await.until(() -> pool.info().getWaiting() == 1);

    other.close();

    assertThat(Failure.of(waiting)).isInstanceOf(PolyprocException.class);
    Await.until(() -> pool.info().getWaiting() == 0);
  }

  // Workers.

  @Test
  void shouldFinishWhatItRunsWhenAWorkerIsClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Worker worker =
        start(
            Worker.builder()
                .register(
                    "slow",
                    () -> {
                      begun.countDown();
                      end.await();
                      return "done";
                    }));
    CompletableFuture<String> slow = pool.applyAsync("slow", String.class);
    begun.await();

    worker.close();
    assertThat(worker).hasToString("Worker of pool '" + pool.name() + "', ending");
    end.countDown();

    worker.done().get(10, TimeUnit.SECONDS);
    assertThat(slow.get()).isEqualTo("done");
    assertThat(worker).hasToString("Worker of pool '" + pool.name() + "', ended");
  }

  @Test
  void shouldCallTheInitializerBeforeTheFirstTask() throws Exception {
    PolyPool initialized =
        polyproc.pool("initialized", PoolOptions.DEFAULTS.initializer("begin", "now"));
    List<String> called = Collections.synchronizedList(new ArrayList<>());
    WorkerBuilder worker =
        Worker.builder()
            .pool("initialized")
            .client(DAEMON.connect())
            .register("begin", String.class, called::add)
            .register("called", () -> List.copyOf(called));
    try (Worker started = worker.start()) {
      assertThat(initialized.apply("called", Object.class)).isEqualTo(List.of("now"));
      assertThat(started.done()).isNotDone();
    }
  }

  @Test
  void shouldNotBeginWhereTheInitializerFails() {
    polyproc.pool("uninitialized", PoolOptions.DEFAULTS.initializer("fail", "no disk"));

    assertThatThrownBy(
            () -> TaskWorker.functions().pool("uninitialized").client(DAEMON.connect()).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Expected the initializer 'fail' of pool 'uninitialized' to return, but it threw"
                + " java.lang.IllegalStateException: no disk");
  }

  @Test
  void shouldSayWhatAWorkerLacks() {
    assertThatThrownBy(() -> Worker.builder().start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Expected the pool's name, but neither pool(name) nor POLYPROC_POOL says it");
    assertThat(
            Failure.reasonOf(
                () -> Worker.builder().pool("nowhere").client(DAEMON.connect()).start()))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldRunATaskAgainThatThrewWhatIsToBeRetried() throws Exception {
    start(
        TaskWorker.functions()
            .retryOn(java.io.IOException.class)
            .registerTask(
                "flaky",
                run -> {
                  if (run.attempt() < 3) {
                    throw new java.io.FileNotFoundException("not yet");
                  }
                  return run.attempt();
                })
            .register(
                "down",
                () -> {
                  throw new java.io.IOException("not ever");
                }));

    assertThat(pool.apply("flaky", Long.class)).isEqualTo(3);
    TaskFailedException failed = failure("down");
    assertThat(failed.attempts()).isEqualTo(3);
    assertThat(failed.failureMessage()).isEqualTo("not ever");
  }

  @Test
  void shouldTellATaskThatSaysHowFarItIsThatItTookTooLong() throws Exception {
    PolyPool timed =
        polyproc.pool(
            "timed", PoolOptions.DEFAULTS.taskTimeout(Duration.ofMillis(200)).attempts(1));
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    Worker worker =
        Worker.builder()
            .registerTask(
                "go-on",
                run -> {
                  while (!run.heartbeat("so far")) {
                    Thread.onSpinWait();
                  }
                  over.complete(run.isCancelled() && run.heartbeat("further"));
                  return null;
                })
            .pool("timed")
            .client(DAEMON.connect())
            .start();

    TaskFailedException failed =
        catchThrowableOfType(TaskFailedException.class, () -> timed.apply("go-on", Object.class));

    assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_TIMED_OUT);
    assertThat(over.get()).isTrue();
    worker.close();
    worker.done().get(10, TimeUnit.SECONDS);
    polyproc.delete("timed");
  }

  @Test
  void shouldInterruptATaskThatTookTooLong() throws Exception {
    PolyPool timed =
        polyproc.pool(
            "interrupted", PoolOptions.DEFAULTS.taskTimeout(Duration.ofMillis(200)).attempts(1));
    Worker worker = TaskWorker.functions().pool("interrupted").client(DAEMON.connect()).start();

    TaskFailedException failed =
        catchThrowableOfType(TaskFailedException.class, () -> timed.apply("hang", Object.class));

    assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_TIMED_OUT);
    assertThat(timed.apply("square", Long.class, 7)).isEqualTo(49); // by the one thread
    worker.close();
    worker.done().get(10, TimeUnit.SECONDS);
    polyproc.delete("interrupted");
  }

  @Test
  void shouldSayHowATaskFailedInFewWordsWhereManyAreNotTaken() throws Exception {
    try (DaemonProcess small = new DaemonProcess("--limit", "request_bytes=16384").start();
        Polyproc client = Polyproc.connect(small.address())) {
      PolyPool its = client.pool("few-bytes", PoolOptions.DEFAULTS.attempts(1));
      Worker worker =
          TaskWorker.functions()
              .retryOn(IllegalStateException.class)
              .register(
                  "shout",
                  () -> {
                    throw new IllegalStateException("no".repeat(10_000));
                  })
              .pool(its.name())
              .client(client)
              .start();

      TaskFailedException failed =
          catchThrowableOfType(TaskFailedException.class, () -> its.apply("shout", Object.class));

      assertThat(failed.type()).isEqualTo("java.lang.IllegalStateException");
      assertThat(failed.failureMessage()).startsWith("nono");
      worker.close();
      worker.done().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldGiveBackWhatWaitsBehindATaskThatTakesLong() throws Exception {
    Worker first = start(TaskWorker.functions());
    pool.pause();
    List<CompletableFuture<Long>> quick = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      quick.add(pool.applyAsync("square", Long.class, i));
    }
    CompletableFuture<Object> hanging = pool.applyAsync("hang", Object.class);
    for (int i = 0; i < 40; i++) {
      quick.add(pool.applyAsync("square", Long.class, i));
    }
    Await.until(() -> pool.info().getWaiting() == 81);
    pool.resume();
    Await.until(() -> quick.stream().limit(40).allMatch(CompletableFuture::isDone));

    // whatever it had taken ahead, another one runs
    start(TaskWorker.functions());

    for (CompletableFuture<Long> each : quick) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isNotNegative();
    }
    assertThat(hanging).isNotDone();
    assertThat(first.done()).isNotDone();
    hanging.cancel(true);
    Await.until(() -> pool.info().getRunning() == 0);
  }

  // Jobs.

  @Test
  void shouldHandResultsOfAJobToWhoeverKnowsItsName() throws Exception {
    Polyproc first = DAEMON.connect();
    PolyJob job = first.existingPool(pool.name()).job("invoices");
    assertThat(
            job.submit(
                List.of(Task.of("square", Long.class, 2), Task.of("fail", Long.class, "no ink"))))
        .containsExactly(1, 2);
    first.close();
    start();

    PolyJob same = polyproc.existingJob("invoices");
    List<TaskResult<Long>> all = new ArrayList<>();
    same.results(Long.class).forEach(all::add);

    assertThat(all).extracting(TaskResult::task).containsExactly(1L, 2L);
    assertThat(all.get(0).value()).isEqualTo(4);
    assertThat(all.get(0).failure()).isEmpty();
    assertThat(all.get(1).succeeded()).isFalse();
    assertThat(all.get(1).failure().orElseThrow().failureMessage()).isEqualTo("no ink");
    assertThatThrownBy(() -> all.get(1).value()).isInstanceOf(TaskFailedException.class);
    assertThat(same.takeResults(Long.class)).hasSize(2);
    assertThat(same.takeResults(Long.class).isFinished()).isTrue();
    assertThat(same.info().getSubmitted()).isEqualTo(2);
    polyproc.delete("invoices");
  }

  @Test
  void shouldCancelTasksOfAJob() throws Exception {
    PolyJob job = pool.job("cancelled");
    long[] numbers =
        job.submit(
            Stream.of(1, 2, 3).map(number -> Task.of("square", Long.class, number)).toList());

    assertThat(job.cancel(numbers[1])).isEqualTo(1);
    assertThat(job.takeResultsAsync(Codec.LONG).get())
        .extracting(TaskResult::outcome)
        .containsExactly(PoolOutcome.POOL_OUTCOME_CANCELLED);
    TaskResults<Long> none = job.takeResults(Codec.LONG, 1, TimeUnit.MILLISECONDS);
    assertThat(none).isEmpty();
    assertThat(none.isFinished()).isFalse();
    assertThat(job.cancelAll()).isEqualTo(2);
    assertThat(job.takeResults(Codec.LONG))
        .extracting(result -> result.message().getOutcome())
        .containsExactly(PoolOutcome.POOL_OUTCOME_CANCELLED, PoolOutcome.POOL_OUTCOME_CANCELLED);
    polyproc.delete("cancelled");
  }

  @Test
  void shouldReadAJobsResultsBackFromAQueue() throws Exception {
    PolyQueue<PolyJob> jobs = polyproc.queue("jobs-of-pools", polyproc.jobs());
    PolyQueue<PolyPool> pools = polyproc.queue("pools", polyproc.pools());
    PolyJob job = pool.job("travels");
    jobs.put(job);
    pools.put(pool);

    assertThat(jobs.take()).isEqualTo(job);
    assertThat(pools.take()).isEqualTo(pool);
    assertThat(job).hasToString("PolyJob 'travels'");
    polyproc.delete("travels");
  }

  @Test
  void shouldSayWhatIsWrongWithATask() {
    assertThatThrownBy(() -> Task.of("", Long.class))
        .hasMessage("Expected a function's name, but it is empty");
    assertThatThrownBy(() -> Task.of("square", Long.class, 7).call())
        .isInstanceOf(IllegalStateException.class);
    assertThat(Task.of("square", Long.class, 7)).hasToString("Task 'square'");
    assertThatThrownBy(() -> Task.of("square", Long.class, new Object()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
