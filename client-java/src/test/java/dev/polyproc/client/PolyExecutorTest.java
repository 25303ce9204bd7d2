package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.testing.DaemonProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class PolyExecutorTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();
  private PolyPool pool;
  private Worker worker;
  private PolyExecutor executor;

  @BeforeEach
  void create(TestInfo test) {
    pool = polyproc.pool(test.getTestMethod().orElseThrow().getName());
    worker = TaskWorker.functions().threads(2).pool(pool.name()).client(DAEMON.connect()).start();
    executor = pool.executor();
  }

  @AfterEach
  void end() throws Exception {
    worker.close();
    polyproc.delete(pool.name());
    worker.done().get(10, TimeUnit.SECONDS);
  }

  private static List<Task<Long>> squares(int... numbers) {
    return IntStream.of(numbers).mapToObj(n -> Task.of("square", Long.class, n)).toList();
  }

  @Test
  void shouldRunTasksInWorkers() throws Exception {
    Future<Long> square = executor.submit(Task.of("square", Long.class, 7));
    Future<Object> failing = executor.submit(Task.of("fail", Object.class, "no paper"));

    assertThat(square.get()).isEqualTo(49);
    assertThatThrownBy(failing::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TaskFailedException.class)
        .hasMessageContaining("no paper");
  }

  @Test
  void shouldInvokeAllAndAny() throws Exception {
    List<Long> results = new ArrayList<>();
    for (Future<Long> future : executor.invokeAll(squares(1, 2, 3))) {
      results.add(future.get());
    }

    assertThat(results).containsExactly(1L, 4L, 9L);
    assertThat(executor.invokeAny(squares(4))).isEqualTo(16);
    assertThat(
            executor.invokeAny(
                List.of(
                    Task.of("fail", Long.class, "no paper"),
                    Task.of("wait", Long.class, 600_000),
                    Task.of("square", Long.class, 5))))
        .isEqualTo(25);
    // what hung is cancelled
    Await.until(() -> pool.info().getRunning() == 0);
  }

  @Test
  void shouldCancelWhatIsNotDoneInTime() throws Exception {
    List<Future<Long>> futures =
        executor.invokeAll(
            List.of(Task.of("square", Long.class, 2), Task.of("wait", Long.class, 600_000)),
            1,
            TimeUnit.SECONDS);

    assertThat(futures.get(1).isCancelled()).isTrue();
    Await.until(() -> pool.info().getRunning() == 0);
  }

  @Test
  void shouldCompleteInTheOrderOfTheResults() throws Exception {
    CompletionService<Long> completed = new ExecutorCompletionService<>(executor);
    Future<Long> slow = completed.submit(Task.of("wait", Long.class, 600_000));
    Future<Long> quick = completed.submit(Task.of("square", Long.class, 3));

    Future<Long> first = completed.take();
    assertThat(first).isSameAs(quick);
    assertThat(first.get()).isEqualTo(9);
    assertThat(completed.poll()).isNull();

    slow.cancel(true);
    assertThat(completed.take()).isSameAs(slow);
    assertThatThrownBy(slow::get).isInstanceOf(CancellationException.class);
  }

  @Test
  void shouldRejectWhatWorkersDoNotHave() {
    assertThatThrownBy(() -> executor.submit(() -> 7))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageStartingWith("Expected a Task, which names a function that workers have, but");
    assertThatThrownBy(() -> executor.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> executor.submit(() -> {}, "done"))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void shouldTerminateWhenAllIsDoneAndLeaveThePool() throws Exception {
    Future<Long> square = executor.submit(Task.of("square", Long.class, 7));
    assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
    executor.shutdown();

    assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();

    assertThat(square.isDone()).isTrue();
    assertThat(executor.isTerminated()).isTrue();
    assertThatThrownBy(() -> executor.submit(Task.of("square", Long.class, 7)))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("was shut down");
    assertThat(executor).hasToString("PolyExecutor of pool '" + pool.name() + "', terminated");
    assertThat(pool.apply("square", Long.class, 8)).isEqualTo(64);
  }

  @Test
  void shouldCancelAllWhenItIsShutDownNow() throws Exception {
    List<Future<Long>> hanging = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      hanging.add(executor.submit(Task.of("wait", Long.class, 600_000)));
    }
    Await.until(() -> pool.info().getRunning() == 2 && pool.info().getWaiting() == 2);

    assertThat(executor.shutdownNow()).hasSize(4);

    assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(hanging).allMatch(Future::isCancelled);
    assertThat(pool.info().getRunning()).isZero();
  }

  @Test
  void shouldReturnAlsoWhatIsOnItsWayWhenItIsShutDownNow() throws Exception {
    PolyPool full = polyproc.pool("full", PoolOptions.DEFAULTS.maxTasks(1));
    PolyExecutor its = full.executor();
    List<Future<Long>> futures = new ArrayList<>();
    for (Task<Long> square : squares(1, 2, 3)) {
      futures.add(its.submit(square));
    }
    Await.until(() -> full.info().getWaitingSubmits() == 1); // the second one

    assertThat(its.shutdownNow()).containsExactlyElementsOf(runnables(futures));

    assertThat(its.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(futures).allMatch(Future::isCancelled);
    assertThat(full.info().getWaiting()).isZero();
    polyproc.delete("full");
  }

  private static List<Runnable> runnables(List<? extends Future<?>> futures) {
    return futures.stream().map(Runnable.class::cast).toList();
  }

  @Test
  void shouldGoOnAskingForResultsAfterARefusal() throws Exception {
    try (DaemonProcess small = new DaemonProcess("--limit", "waiters=3").start();
        Polyproc client = Polyproc.connect(small.address());
        Polyproc other = Polyproc.connect(small.address())) {
      PolyPool its = client.pool("few-waits");
      PolyExecutor asking = its.executor();
      List<CompletableFuture<?>> waits = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waits.add(other.event("never").awaitAsync());
      }
      assertThat(other.event("never").isSet()).isFalse(); // the waits have begun
      CompletableFuture<Long> square = asking.submit(Task.of("square", Long.class, 7));
      assertThat(its.info().getWaiting()).isEqualTo(1); // what asks for its result was refused

      waits.forEach(wait -> wait.cancel(true));
      Worker late = TaskWorker.functions().pool(its.name()).client(other).start();

      assertThat(square.get()).isEqualTo(49);
      late.close();
      late.done().get(10, TimeUnit.SECONDS);
    }
  }
}
