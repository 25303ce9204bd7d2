package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolServiceGrpc.PoolServiceBlockingStub;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.PoolWorker;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.Value;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What becomes of tasks when workers, clients and the daemon are killed: real processes, and {@code
 * kill -9}.
 *
 * <p>{@code -Dpolyproc.pool.kills=N} chooses how many workers are.
 */
@Timeout(240)
final class PoolKillIT {
  private static final int KILLS = Integer.getInteger("polyproc.pool.kills", 3);
  private static final int TASKS_FOR_A_KILL = 300;
  private static final int PAGE = 500;
  private static final int SIGKILL = 9;
  private static final String POOL = "pool";
  private static final String JOB = "job";

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private DaemonProcess daemon;
  private Client connection;
  private PoolServiceBlockingStub pools;

  @BeforeEach
  void start() {
    daemon = daemons.start(Launch.inPrivateFolder());
    connection = Client.over(daemon.socket());
    pools = PoolServiceGrpc.newBlockingStub(connection.channel());
  }

  @AfterEach
  void end() {
    connection.close();
  }

  private void create(PoolCreateRequest.Builder shape, int workers) {
    var unused =
        pools.create(
            shape
                .setPool(POOL)
                .setWorkers(workers)
                .setCommand(Path.of(System.getProperty("java.home"), "bin", "java").toString())
                .addAllArguments(
                    List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PoolWorkerMain.class.getName()))
                .build());
    var unusedJob =
        pools.createJob(PoolCreateJobRequest.newBuilder().setPool(POOL).setJob(JOB).build());
  }

  private static void submit(PoolServiceBlockingStub pools, LongStream numbers) {
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder().setJob(JOB);
    numbers.forEach(
        number ->
            request.addTasks(
                PoolTask.newBuilder()
                    .setCall(
                        PoolCall.newBuilder()
                            .setFunction("square")
                            .setPayload(Value.newBuilder().setInt(number)))));
    var unused = pools.submit(request.build());
  }

  private static PoolResultsResponse take(PoolServiceBlockingStub pools, int max) {
    return pools.results(
        PoolResultsRequest.newBuilder().setJob(JOB).setTake(true).setMax(max).build());
  }

  private PoolGetResponse now() {
    return pools.get(PoolGetRequest.newBuilder().setPool(POOL).build());
  }

  /** Kills a worker that runs something, if there is one. */
  private boolean killOne() {
    for (PoolWorker worker : now().getPresentWorkersList()) {
      if (worker.getRunning() > 0 && isKilled(worker.getProcess().getName())) {
        return true;
      }
    }
    return false;
  }

  /** False where it has ended before. */
  private boolean isKilled(String process) {
    try {
      var unused =
          ProcessServiceGrpc.newBlockingStub(connection.channel())
              .signal(
                  ProcessSignalRequest.newBuilder().setProcess(process).setSignal(SIGKILL).build());
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(Refusal.of(e).reason())
          .isIn(ErrorReason.ERROR_REASON_PROCESS_ENDED, ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
      return false;
    }
  }

  private static void note(Map<Long, PoolResult> all, List<PoolResult> some) {
    for (PoolResult result : some) {
      assertThat(all.put(result.getTask(), result))
          .as("an earlier result of task %s", result.getTask())
          .isNull();
    }
  }

  private static void requireSquares(Map<Long, PoolResult> results, int count) {
    assertThat(results).hasSize(count);
    results.forEach(
        (task, result) -> {
          assertThat(result.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_SUCCEEDED);
          assertThat(result.getValue().getInt()).isEqualTo(task * task);
        });
  }

  private static PoolResult taskOne(Map<Long, PoolResult> results) {
    return Objects.requireNonNull(results.remove(1L), "a result of task 1");
  }

  private void join() {
    var unused = pools.shutdown(PoolShutdownRequest.newBuilder().setPool(POOL).build());
    assertThat(
            pools
                .join(
                    PoolJoinRequest.newBuilder()
                        .setPool(POOL)
                        .setTimeout(Durations.fromSeconds(60))
                        .build())
                .getJoined())
        .isTrue();
    assertThat(now().getPresentWorkersList()).isEmpty();
  }

  @Test
  void shouldGiveEveryTaskOneResultThoughWorkersAreKilled() {
    create(PoolCreateRequest.newBuilder().setAttempts(20), 2);
    int tasks = (KILLS + 1) * TASKS_FOR_A_KILL;
    for (int from = 1; from <= tasks; from += PAGE) {
      submit(pools, LongStream.range(from, Math.min(from + PAGE, tasks + 1L)));
    }
    Map<Long, PoolResult> results = new TreeMap<>();
    int killed = 0;

    for (boolean finished = false; !finished; ) {
      PoolResultsResponse some = take(pools, PAGE);
      note(results, some.getResultsList());
      finished = some.getFinished();
      if (killed < KILLS && results.size() > killed * TASKS_FOR_A_KILL && killOne()) {
        killed++;
      }
    }

    requireSquares(results, tasks);
    // Above are killed those that are found to run something; here one is for certain.
    submit(pools, LongStream.of(-3));
    await().until(this::killOne);
    assertThat(take(pools, 1).getResultsList())
        .extracting(PoolResult::getAttempts)
        .containsExactly(2);
    assertThat(now().getTotals().getWorkersLost()).isBetween(1L, killed + 1L);
    join();
  }

  @Test
  void shouldLetAnotherClientCollectWhatAKilledOneLeft() {
    create(PoolCreateRequest.newBuilder(), 2);
    Map<Long, PoolResult> results = new TreeMap<>();
    try (Mortal mortal = Mortal.of(connection)) {
      PoolServiceBlockingStub theirs = PoolServiceGrpc.newBlockingStub(mortal.client().channel());
      submit(theirs, LongStream.rangeClosed(1, PAGE));
      var unconfirmed =
          PoolServiceGrpc.newBlockingStub(
                  mortal.client().with(Envelope.none().with("polyproc-sequence", "1")).channel())
              .results(PoolResultsRequest.newBuilder().setJob(JOB).setTake(true).build());
      assertThat(unconfirmed.getResultsCount()).isPositive();
      mortal.kill();
    }

    // What it had not confirmed comes again when its session has ended, which may be a little
    // later.
    await()
        .until(
            () -> {
              note(results, take(pools, PAGE).getResultsList());
              return results.size() == PAGE;
            });

    requireSquares(results, PAGE);
    join();
  }

  @Test
  void shouldLoseAPoisonedTaskAloneAndSayHow() {
    create(PoolCreateRequest.newBuilder().setAttempts(2), 2);
    submit(pools, LongStream.concat(LongStream.of(-1), LongStream.rangeClosed(2, 100)));
    Map<Long, PoolResult> results = new TreeMap<>();
    for (boolean finished = false; !finished; ) {
      PoolResultsResponse some = take(pools, PAGE);
      note(results, some.getResultsList());
      finished = some.getFinished();
    }

    PoolResult lost = taskOne(results);
    assertThat(lost.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_WORKER_LOST);
    assertThat(lost.getAttempts()).isEqualTo(2);
    assertThat(lost.getWorkerEnd().getSignal()).isEqualTo(SIGKILL);
    assertThat(lost.getWorkerEnd().getOutput().toStringUtf8()).contains("poisoned");
    requireSquares(results, 99);
    join();
  }

  @Test
  void shouldEndOnlyTheTaskThatHangs() {
    create(PoolCreateRequest.newBuilder().setGrace(Durations.fromMillis(50)), 2);
    submit(pools, LongStream.concat(LongStream.of(-2), LongStream.rangeClosed(2, 100)));
    await().until(() -> now().getRunning() > 0 && isTaken(1));

    var unused = pools.cancel(PoolCancelRequest.newBuilder().setJob(JOB).addTasks(1).build());
    Map<Long, PoolResult> results = new TreeMap<>();
    for (boolean finished = false; !finished; ) {
      PoolResultsResponse some = take(pools, PAGE);
      note(results, some.getResultsList());
      finished = some.getFinished();
    }

    assertThat(taskOne(results).getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_CANCELLED);
    requireSquares(results, 99);
    join();
  }

  /** Whether a task is run. */
  private boolean isTaken(long task) {
    return AdminServiceGrpc.newBlockingStub(connection.channel())
        .describe(AdminDescribeRequest.newBuilder().setObject(POOL).build())
        .getHoldersList()
        .stream()
        .anyMatch(holder -> holder.getDetail().contains(" of task " + task + " "));
  }

  @Test
  void shouldLeaveNoWorkerBehindADaemonThatIsKilled() {
    create(PoolCreateRequest.newBuilder(), 2);
    submit(pools, LongStream.rangeClosed(1, 10));
    await()
        .until(
            () -> now().getPresentWorkersList().stream().filter(PoolWorker::getReady).count() == 2);
    List<ProcessHandle> workers =
        now().getPresentWorkersList().stream().map(this::pid).map(PoolKillIT::handle).toList();
    assertThat(workers).hasSize(2).allMatch(ProcessHandle::isAlive);

    daemon.kill();

    await().until(() -> workers.stream().noneMatch(ProcessHandle::isAlive));
  }

  private long pid(PoolWorker worker) {
    return ProcessServiceGrpc.newBlockingStub(connection.channel())
        .get(ProcessGetRequest.newBuilder().setProcess(worker.getProcess().getName()).build())
        .getProcess()
        .getPid();
  }

  private static ProcessHandle handle(long pid) {
    return ProcessHandle.of(pid).orElseThrow();
  }

  @Test
  void shouldEndItsWorkersWithThePool() {
    create(PoolCreateRequest.newBuilder(), 2);
    await()
        .until(
            () -> now().getPresentWorkersList().stream().filter(PoolWorker::getReady).count() == 2);
    List<ProcessHandle> workers =
        IntStream.range(0, 2).mapToObj(i -> handle(pid(now().getPresentWorkers(i)))).toList();

    var unused =
        AdminServiceGrpc.newBlockingStub(connection.channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(POOL).build());

    await().until(() -> workers.stream().noneMatch(ProcessHandle::isAlive));
  }
}
