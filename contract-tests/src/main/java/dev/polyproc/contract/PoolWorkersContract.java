package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolWorker;
import dev.polyproc.v1.PoolWorkerEnd;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * PoolService, with workers that the daemon starts: processes of the operating system, which say
 * their credential and do nothing more, while the test speaks for them.
 */
public abstract class PoolWorkersContract extends PoolSuite {
  private static final int SIGKILL = 9;
  private static final String WORKER =
      "echo $POLYPROC_PROCESS_CREDENTIAL $POLYPROC_POOL; echo hello >&2; exec sleep 300";

  private final Set<Long> spokenFor = new TreeSet<>();

  @AfterEach
  void leaveNothingRunning() {
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  private static PoolCreateRequest.Builder workers(int number, String script) {
    return PoolCreateRequest.newBuilder()
        .setWorkers(number)
        .setCommand("sh")
        .addArguments("-c")
        .addArguments(script);
  }

  /** A worker for which the test does not speak yet, once it runs. */
  private Worker next() {
    await().until(() -> processes().stream().anyMatch(this::isNew));
    Ref process = processes().stream().filter(this::isNew).findFirst().orElseThrow();
    spokenFor.add(process.getIncarnation());
    List<String> words = List.of(firstLine(process).split(" ", -1));
    assertThat(words.get(1)).isEqualTo(name());
    String session =
        SessionServiceGrpc.newBlockingStub(channel())
            .open(
                SessionOpenRequest.newBuilder()
                    .setProcessCredential(words.get(0))
                    .setTimeToLive(Durations.fromMinutes(5))
                    .build())
            .getSession();
    return new Worker(process, in(session));
  }

  private record Worker(Ref process, Channel channel) {}

  private List<Ref> processes() {
    return now().getPresentWorkersList().stream().map(PoolWorker::getProcess).toList();
  }

  private boolean isNew(Ref process) {
    return !spokenFor.contains(process.getIncarnation());
  }

  private String firstLine(Ref process) {
    Iterator<ProcessOutputResponse> output =
        ProcessServiceGrpc.newBlockingStub(channel())
            .output(
                ProcessOutputRequest.newBuilder()
                    .setProcess(process.getName())
                    .setFollow(true)
                    .build());
    StringBuilder text = new StringBuilder();
    StringBuilder errors = new StringBuilder();
    while (text.indexOf("\n") < 0 || errors.indexOf("\n") < 0) {
      ProcessOutputResponse piece = output.next();
      (piece.getSourceValue() == 1 ? text : errors).append(piece.getData().toStringUtf8());
    }
    return text.substring(0, text.indexOf("\n"));
  }

  private void kill(Worker worker) {
    var unused =
        ProcessServiceGrpc.newBlockingStub(channel())
            .signal(
                ProcessSignalRequest.newBuilder()
                    .setProcess(worker.process.getName())
                    .setSignal(SIGKILL)
                    .build());
  }

  @Test
  void shouldRunTasksInProcessesThatTheDaemonStarts() {
    create(workers(2, WORKER));
    submit(2, 3);
    Worker first = next();
    Worker second = next();

    complete(first.channel, take(first.channel, 1));
    complete(second.channel, take(second.channel, 1));

    assertThat(numbers(results())).containsExactly(4L, 9L);
    assertThat(now().getPresentWorkersList()).allMatch(PoolWorker::getReady).hasSize(2);
  }

  @Test
  void shouldHandTheTaskOfAKilledWorkerToItsReplacement() {
    create(workers(1, WORKER));
    submit(5);
    Worker first = next();
    assertThat(take(first.channel, 1)).hasSize(1);

    kill(first);

    Worker second = next();
    List<PoolRun> again = take(second.channel, 1);
    assertThat(again).extracting(PoolRun::getAttempt).containsExactly(2);
    complete(second.channel, again);
    assertThat(numbers(results())).containsExactly(25L);
    assertThat(now().getTotals().getWorkersLost()).isEqualTo(1);
  }

  @Test
  void shouldSayHowTheWorkersOfALostTaskEnded() {
    create(workers(1, WORKER).setAttempts(1));
    submit(5);
    Worker worker = next();
    assertThat(take(worker.channel, 1)).hasSize(1);

    kill(worker);

    PoolResult lost = results().get(0);
    assertThat(lost.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_WORKER_LOST);
    PoolWorkerEnd end = lost.getWorkerEnd();
    assertThat(end.getSignal()).isEqualTo(SIGKILL);
    assertThat(end.getOutOfMemory()).isFalse();
    assertThat(end.getOutput().toStringUtf8()).isEqualTo("hello\n");
  }

  @Test
  void shouldReplaceTheWorkerOfATaskThatHangsAndNoOther() {
    create(workers(2, WORKER).setGrace(SHORT));
    submit(1, 2);
    Worker hanging = next();
    assertThat(take(hanging.channel, 1)).hasSize(1);
    Worker working = next();
    List<PoolRun> other = take(working.channel, 1);

    var unused = client().cancel(PoolCancelRequest.newBuilder().setJob(job()).addTasks(1).build());
    Worker replacement = next();
    complete(working.channel, other);

    assertThat(results())
        .extracting(PoolResult::getOutcome)
        .containsExactly(PoolOutcome.POOL_OUTCOME_CANCELLED, PoolOutcome.POOL_OUTCOME_SUCCEEDED);
    assertThat(processes()).containsExactlyInAnyOrder(working.process, replacement.process);
  }

  @Test
  void shouldSayThatACommandDoesNotExist() {
    create(
        PoolCreateRequest.newBuilder()
            .setWorkers(1)
            .setMaxFailedStarts(1)
            .setCommand("/there/is/no/such/program"));
    submit(1);

    PoolResult ended = results().get(0);

    assertThat(ended.getOutcome()).isEqualTo(PoolOutcome.POOL_OUTCOME_POOL_ENDED);
    assertThat(ended.getFailure().getMessage()).contains("/there/is/no/such/program");
    assertThat(reasonOf(() -> submit(2))).isEqualTo(ErrorReason.ERROR_REASON_POOL_BROKEN);
  }

  @Test
  void shouldSayThatACommandExitsAtOnce() {
    create(workers(1, "echo no such module >&2; exit 3").setMaxFailedStarts(2));
    submit(1);

    PoolResult ended = results().get(0);

    assertThat(ended.getFailure().getMessage()).contains("exited with code 3");
    PoolGetResponse broken = now();
    assertThat(broken.getBroken()).isEqualTo(ended.getFailure().getMessage());
    assertThat(broken.getFailure().getStack()).isEqualTo("no such module\n");
    assertThat(broken.getTotals().getWorkersStarted()).isEqualTo(3);
  }

  @Test
  void shouldSayThatACommandNeverTakesATask() {
    create(workers(1, "exec sleep 300").setStartTimeout(SHORT).setMaxFailedStarts(1));
    submit(1);

    assertThat(results().get(0).getFailure().getMessage()).contains("start_timeout");
    await().until(() -> processes().isEmpty());
  }

  @Test
  void shouldJoinWhenItsProcessesHaveEnded() {
    create(workers(2, WORKER).setGrace(SHORT));
    Worker worker = next();
    submit(3);
    complete(worker.channel, take(worker.channel, 1));
    var unused = client().shutdown(PoolShutdownRequest.newBuilder().setPool(name()).build());

    assertThat(client().join(PoolJoinRequest.newBuilder().setPool(name()).build()).getJoined())
        .isTrue();

    assertThat(processes()).isEmpty();
    assertThat(numbers(results())).containsExactly(9L);
  }
}
