package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolWorker;
import java.io.BufferedReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A pool whose workers are JVMs that the daemon starts, or that dial in.
 *
 * <p>{@code -Dpolyproc.pool.kills=N} chooses how many of them are killed, {@code
 * -Dpolyproc.full=true} makes more of the tiny tasks.
 */
@Timeout(120)
class PoolWorkersTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  /** How many workers are killed. */
  private static final int KILLS = Integer.getInteger("polyproc.pool.kills", 2);

  private static final int TASKS_FOR_A_KILL = 500;

  private static final int TINY_TASKS = Boolean.getBoolean("polyproc.full") ? 100_000 : 15_000;

  private final Polyproc polyproc = DAEMON.connect();
  private final List<Process> programs = new ArrayList<>();
  private @Nullable PolyPool created;

  private PolyPool pool() {
    return Objects.requireNonNull(created);
  }

  private void create(String name, int workers, PoolOptions options) {
    created =
        polyproc.pool(
            name,
            options.workers(workers, JavaProgram.java(), JavaProgram.arguments(TaskWorker.class)));
  }

  private void create(String name, int workers) {
    create(name, workers, PoolOptions.DEFAULTS);
  }

  @AfterEach
  void end() throws Exception {
    if (created != null) {
      polyproc.delete(created.name());
    }
    for (Process program : programs) {
      program.destroyForcibly().waitFor();
    }
  }

  private Process start(Class<?> program, String... arguments) throws Exception {
    ProcessBuilder builder = JavaProgram.builder(program, arguments);
    builder.environment().put("POLYPROC_ADDRESS", DAEMON.address());
    builder.environment().put("POLYPROC_POOL", pool().name());
    Process started = builder.start();
    programs.add(started);
    return started;
  }

  private static List<Long> numbers(long to) {
    return LongStream.range(0, to).boxed().toList();
  }

  private static List<Long> squares(long to) {
    return LongStream.range(0, to).map(x -> x * x).boxed().toList();
  }

  @Test
  void shouldMapOverProcessesThatTheDaemonStarts() throws Exception {
    create("squares", 2);

    assertThat(pool().map("square", Long.class, numbers(100))).isEqualTo(squares(100));

    assertThat(pool().apply("pid", Long.class)).isNotEqualTo(ProcessHandle.current().pid());
    pool().shutdownForAll();
    assertThat(pool().join(30, TimeUnit.SECONDS)).isTrue();
    assertThat(pool().info().getPresentWorkersCount()).isZero();
    assertThat(pool().info().getTotals().getWorkersLost()).isZero();
  }

  @Test
  void shouldTakeWorkersThatDialIn() throws Exception {
    created = polyproc.pool("dialled");
    Process first = start(TaskWorker.class, "2");
    Process second = start(TaskWorker.class);
    Await.until(() -> pool().info().getPresentWorkersCount() == 2);

    assertThat(pool().map("square", Long.class, numbers(100))).isEqualTo(squares(100));

    pool().shutdownForAll();
    for (Process each : List.of(first, second)) {
      assertThat(each.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(each.exitValue()).isZero();
    }
  }

  @Test
  void shouldSayHowTheWorkersEndedThatATaskKills() throws Exception {
    create("poisoned", 2, PoolOptions.DEFAULTS.attempts(2));
    CompletableFuture<Object> poison = pool().applyAsync("exit", Object.class, 7);
    CompletableFuture<List<Long>> others =
        pool().mapAsync("square", Codec.LONG, numbers(100), MapOptions.DEFAULTS.chunk(1));

    Throwable failure = Failure.of(waited(poison));

    assertThat(failure)
        .isInstanceOfSatisfying(
            WorkerLostException.class,
            lost -> {
              assertThat(lost.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_WORKER_LOST);
              assertThat(lost.exit())
                  .contains(new ProcessExit(OptionalInt.of(7), OptionalInt.empty()));
              assertThat(lost.output()).contains("ends with 7");
              assertThat(lost.outOfMemory()).isFalse();
              assertThat(lost.attempts()).isEqualTo(2);
              assertThat(lost.call().getFunction()).isEqualTo("exit");
              assertThat(lost).hasMessageStartingWith("Expected ");
            });
    assertThat(others.get(60, TimeUnit.SECONDS)).isEqualTo(squares(100));
  }

  /** The same, once it is done: JVMs take their time to start. */
  private static <T> CompletableFuture<T> waited(CompletableFuture<T> future) {
    boolean unused =
        future.handle((result, failure) -> true).orTimeout(90, TimeUnit.SECONDS).join();
    return future;
  }

  @Test
  void shouldGoOnFromWhereTheAttemptBeforeWas() throws Exception {
    create("resumed", 1);

    assertThat(pool().apply("resume", String.class)).isEqualTo("half way");
  }

  @Test
  void shouldEndTheWorkerThatHeedsNoCancelAndNoOther() throws Exception {
    create("hanging", 2, PoolOptions.DEFAULTS.grace(Duration.ofMillis(100)));
    CompletableFuture<Object> spinning = pool().applyAsync("spin", Object.class);
    Await.until(() -> pool().info().getRunning() == 1);
    long other = pool().apply("pid", Long.class);

    spinning.cancel(true);

    Await.until(() -> pool().info().getRunning() == 0);
    assertThat(pool().map("square", Long.class, numbers(100))).isEqualTo(squares(100));
    assertThat(pool().apply("square", Long.class, 7)).isEqualTo(49);
    Await.until(
        () ->
            pool().info().getTotals().getWorkersStarted() == 3
                && pool().info().getPresentWorkersList().stream()
                        .filter(PoolWorker::getReady)
                        .count()
                    == 2);
    assertThat(ProcessHandle.of(other).map(ProcessHandle::isAlive)).contains(true);
  }

  @Test
  void shouldEndTheWorkerWhoseTaskTakesTooLong() throws Exception {
    create("timed", 1, PoolOptions.DEFAULTS.taskTimeout(Duration.ofMillis(200)).attempts(1));

    TaskFailedException failed =
        catchThrowableOfType(TaskFailedException.class, () -> pool().apply("spin", Object.class));

    assertThat(failed.outcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_TIMED_OUT);
    assertThat(pool().apply("square", Long.class, 7)).isEqualTo(49);
  }

  @Test
  void shouldSayWhyWorkersDoNotStart() {
    create("broken", 1, PoolOptions.DEFAULTS.initializer("fail", "no licence").maxFailedStarts(2));
    CompletableFuture<Long> square = pool().applyAsync("square", Long.class, 7);

    assertThat(Failure.of(waited(square)))
        .isInstanceOf(PolyprocException.class)
        .hasMessageContaining("no licence");
    assertThat(Failure.reasonOf(() -> pool().job("too-late")))
        .isEqualTo(ErrorReason.ERROR_REASON_POOL_BROKEN);
  }

  @Test
  void shouldReplaceWorkersAfterSoManyTasks() throws Exception {
    create("replaced", 1, PoolOptions.DEFAULTS.tasksPerWorker(2));
    Set<Long> pids = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      pids.add(pool().apply("pid", Long.class));
    }

    assertThat(pids).hasSize(3);
  }

  @Test
  void shouldKeepEachResultWhileWorkersAreKilled() throws Exception {
    create("killed", 2, PoolOptions.DEFAULTS.attempts(20));
    PolyJob job = pool().job("killed-tasks");
    List<Task<Long>> tasks = new ArrayList<>();
    for (long x = 0; x < (KILLS + 1L) * TASKS_FOR_A_KILL; x++) {
      boolean slow = x % (TASKS_FOR_A_KILL / 2) == 0;
      tasks.add(Task.of(slow ? "wait" : "square", Long.class, slow ? 50 : x));
    }
    job.submit(tasks);
    int kills = 0;
    Set<Long> done = new HashSet<>();
    while (done.size() < tasks.size()) {
      TaskResults<Long> some = job.takeResults(Long.class);
      assertThat(some).isNotEmpty();
      for (TaskResult<Long> result : some) {
        assertThat(done.add(result.task())).isTrue();
        long x = result.task() - 1;
        assertThat(result.value()).isEqualTo(x % (TASKS_FOR_A_KILL / 2) == 0 ? 50 : x * x);
      }
      if (kills < KILLS && done.size() > kills * TASKS_FOR_A_KILL && killOne()) {
        kills++;
      }
    }

    // Above are killed those that are found to run something; here one is for certain.
    long last = job.submit(Task.of("hang-at-first", Long.class));
    Await.until(this::killOne);
    assertThat(job.takeResults(Long.class))
        .extracting(TaskResult::task, TaskResult::value)
        .containsExactly(tuple(last, 2L));
    assertThat(job.takeResults(Long.class)).isEmpty();
    assertThat(job.info().getSucceeded()).isEqualTo(tasks.size() + 1);
    assertThat(pool().info().getTotals().getWorkersLost()).isPositive();
    polyproc.delete("killed-tasks");
  }

  /** Kills a worker that runs something, if there is one. */
  private boolean killOne() {
    for (PoolWorker worker : pool().info().getPresentWorkersList()) {
      if (worker.getRunning() > 0 && isKilled(worker.getProcess().getName())) {
        return true;
      }
    }
    return false;
  }

  /** False where it has ended before. */
  private boolean isKilled(String process) {
    try {
      polyproc.process(process).kill();
      return true;
    } catch (PolyprocException e) {
      assertThat(e.reason())
          .isIn(ErrorReason.ERROR_REASON_PROCESS_ENDED, ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
      return false;
    }
  }

  @Test
  void shouldHandWhatAKilledClientHasNotCollectedToTheNext() throws Exception {
    create("collected", 2);
    int tasks = 2_000;
    int printed = 200;
    Process first =
        start(
            JobClient.class,
            "collected",
            "collected-job",
            Integer.toString(tasks),
            Integer.toString(printed));
    List<Long> seen = new ArrayList<>();
    long place = 0;
    BufferedReader lines = first.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] numbers = line.split(" ", -1);
      place = Long.parseLong(numbers[0]);
      seen.add(Long.parseLong(numbers[1]));
      if (seen.size() == printed) {
        DaemonProcess.signal(first.pid(), "KILL");
      }
    }

    PolyJob job = polyproc.existingJob("collected-job");
    for (TaskResult<Long> result : job.resultsAsTheyCome(Codec.LONG, place)) {
      seen.add(result.task());
    }

    assertThat(first.waitFor()).isEqualTo(128 + 9);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(oneTo(tasks));
    polyproc.delete("collected-job");
  }

  @Test
  void shouldGiveBackResultsThatNobodyHasSeen() throws Exception {
    create("taken", 1);
    pool().job("taken-job").submit(Task.of("wait", Long.class, 1));
    Polyproc other = DAEMON.connect();
    CompletableFuture<TaskResults<Long>> taken =
        other.existingJob("taken-job").takeResultsAsync(Codec.LONG);
    taken.cancel(false);

    assertThat(polyproc.existingJob("taken-job").takeResults(Long.class)).hasSize(1);
    polyproc.delete("taken-job");
  }

  private static List<Long> oneTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void shouldMapManyTinyTasks() throws Exception {
    create("tiny", 2);
    int count = TINY_TASKS;

    assertThat(pool().map("square", Long.class, numbers(count))).isEqualTo(squares(count));
    assertThat(pool().info().getTotals().getSubmitted()).isEqualTo(8);

    List<CompletableFuture<Long>> each = new ArrayList<>();
    IntStream.range(0, count).forEach(x -> each.add(pool().applyAsync("square", Long.class, x)));
    for (int x = 0; x < count; x++) {
      assertThat(each.get(x).get()).isEqualTo((long) x * x);
    }
  }
}
