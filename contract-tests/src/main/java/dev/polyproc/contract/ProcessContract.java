package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessListRequest;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessServiceGrpc.ProcessServiceBlockingStub;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.ProcessWaitResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ProcessService, with processes of the operating system. */
public abstract class ProcessContract extends ContractSuite {
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  /** Runs until it is killed. */
  private static final String LASTING = "exec sleep 300";

  private ProcessServiceBlockingStub processes;

  @BeforeEach
  void call() {
    processes = ProcessServiceGrpc.newBlockingStub(channel());
  }

  @AfterEach
  void leaveNothingRunning() {
    for (Process process :
        processes.list(ProcessListRequest.getDefaultInstance()).getProcessesList()) {
      if (process.getRef().getName().startsWith(name())) {
        delete(process.getRef().getName());
      }
    }
  }

  private void delete(String process) {
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(process).build());
  }

  private ProcessStartRequest.Builder shell(String script) {
    return ProcessStartRequest.newBuilder()
        .setProcess(name())
        .setCommand("sh")
        .addArguments("-c")
        .addArguments(script);
  }

  private Process start(String script) {
    return processes.start(shell(script).build()).getProcess();
  }

  private ProcessWaitRequest toEnd() {
    return ProcessWaitRequest.newBuilder().setProcess(name()).build();
  }

  private Future<ProcessWaitResponse> waiter() {
    return ProcessServiceGrpc.newFutureStub(channel()).wait(toEnd());
  }

  private List<Future<ProcessWaitResponse>> waiters(int count) {
    List<Future<ProcessWaitResponse>> waiters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      waiters.add(waiter());
    }
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(name()).build();
    await()
        .until(
            () ->
                AdminServiceGrpc.newBlockingStub(channel()).describe(describe).getWaitersCount()
                    == count);
    return waiters;
  }

  private Process ended() {
    return get(waiter()).getProcess();
  }

  private void signal(int signal) {
    var unused =
        processes.signal(
            ProcessSignalRequest.newBuilder().setProcess(name()).setSignal(signal).build());
  }

  private Process now() {
    return processes.get(ProcessGetRequest.newBuilder().setProcess(name()).build()).getProcess();
  }

  // Starts and ends.

  @Test
  void shouldTellWithWhichCodeItExits() {
    Process started = start("exit 3");
    Process ended = ended();

    assertThat(started.getRef().getName()).isEqualTo(name());
    assertThat(started.getPid()).isPositive();
    assertThat(ended.getState()).isEqualTo(ProcessState.PROCESS_STATE_ENDED);
    assertThat(ended.getExitCode()).isEqualTo(3);
    assertThat(ended.hasSignal()).isFalse();
    assertThat(ended.hasEnded()).isTrue();
    assertThat(now()).isEqualTo(ended);
  }

  @Test
  void shouldTellBySignalItIsKilled() {
    assertThat(start(LASTING).getState()).isEqualTo(ProcessState.PROCESS_STATE_RUNNING);

    signal(SIGKILL);

    Process ended = ended();
    assertThat(ended.getSignal()).isEqualTo(SIGKILL);
    assertThat(ended.hasExitCode()).isFalse();
  }

  @Test
  void shouldLeaveNothingOfAStartThatFailed() {
    ProcessStartRequest missing =
        ProcessStartRequest.newBuilder()
            .setProcess(name())
            .setCommand("/there/is/no/such/program")
            .build();

    assertThat(reasonOf(() -> processes.start(missing)))
        .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(reasonOf(this::now)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    start("exit 0");
    assertThat(ended().getExitCode()).isZero();
  }

  @Test
  void shouldStartOneOfAName() {
    start(LASTING);

    assertThat(reasonOf(() -> start(LASTING))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldStartOnceWhatIsRepeated() {
    ProcessServiceBlockingStub numbered =
        ProcessServiceGrpc.newBlockingStub(
            with("polyproc-session", openSession(), "polyproc-sequence", "1"));
    ProcessStartRequest request = shell(LASTING).build();

    Process first = numbered.start(request).getProcess();

    assertThat(numbered.start(request).getProcess()).isEqualTo(first);
  }

  @Test
  void shouldNotSignalWhatHasEnded() {
    start("exit 0");
    ended();

    assertThat(reasonOf(() -> signal(SIGTERM))).isEqualTo(ErrorReason.ERROR_REASON_PROCESS_ENDED);
  }

  // Waits.

  @Test
  void shouldAnswerAllWhoWait() {
    start(LASTING);
    List<Future<ProcessWaitResponse>> waiters = waiters(3);

    signal(SIGTERM);

    for (Future<ProcessWaitResponse> waiter : waiters) {
      assertThat(get(waiter).getProcess().getSignal()).isEqualTo(SIGTERM);
    }
  }

  @Test
  void shouldGiveUpWaitingWhenTheTimeIsUp() {
    start(LASTING);

    ProcessWaitResponse waited = processes.wait(toEnd().toBuilder().setTimeout(SHORT).build());

    assertThat(waited.getEnded()).isFalse();
    assertThat(waited.getProcess().getState()).isEqualTo(ProcessState.PROCESS_STATE_RUNNING);
  }

  @Test
  void shouldTellWaitersThatItIsDeleted() {
    start(LASTING);
    Future<ProcessWaitResponse> waiter = waiters(1).get(0);

    delete(name());

    assertThat(reasonOf(() -> get(waiter))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  // Sessions.

  @Test
  void shouldAskForASessionForADaemonicProcess() {
    ProcessStartRequest daemonic = shell(LASTING).setDaemonic(true).build();

    assertThat(reasonOf(() -> processes.start(daemonic)))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldEndADaemonicProcessWithItsSession() {
    Channel session = in(openSession());
    var started =
        ProcessServiceGrpc.newBlockingStub(session).start(shell(LASTING).setDaemonic(true).build());
    assertThat(started.getProcess().getDaemonic()).isTrue();

    var unused =
        SessionServiceGrpc.newBlockingStub(session).end(SessionEndRequest.getDefaultInstance());

    assertThat(ended().getSignal()).isEqualTo(SIGTERM);
  }

  @Test
  void shouldEndTheSessionOfAProcessWithIt() {
    Channel worker = in(sessionOfProcess());
    lock(worker);
    Future<LockAcquireResponse> next =
        LockServiceGrpc.newFutureStub(in(openSession())).acquire(acquire());

    signal(SIGKILL);

    assertThat(get(next).getPreviousOwnerDied()).isTrue();
    assertThat(
            reasonOf(
                () ->
                    SessionServiceGrpc.newBlockingStub(worker)
                        .keepAlive(SessionKeepAliveRequest.getDefaultInstance())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldEndTheSessionOfAProcessThatWasDeletedWhenThatHasEnded() {
    lock(in(sessionOfProcess()));
    Future<LockAcquireResponse> next =
        LockServiceGrpc.newFutureStub(in(openSession())).acquire(acquire());

    delete(name());

    assertThat(get(next).getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldHonourACredentialOnce() {
    String credential = credential();
    openWith(credential);

    assertThat(reasonOf(() -> openWith(credential)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  private void lock(Channel owner) {
    String lock = name() + "/lock";
    var unused =
        LockServiceGrpc.newBlockingStub(channel())
            .create(LockCreateRequest.newBuilder().setLock(lock).build());
    assertThat(LockServiceGrpc.newBlockingStub(owner).acquire(acquire()).getAcquired()).isTrue();
  }

  private LockAcquireRequest acquire() {
    return LockAcquireRequest.newBuilder().setLock(name() + "/lock").build();
  }

  private String sessionOfProcess() {
    return openWith(credential());
  }

  private String openWith(String credential) {
    return SessionServiceGrpc.newBlockingStub(channel())
        .open(SessionOpenRequest.newBuilder().setProcessCredential(credential).build())
        .getSession();
  }

  /** What a process that runs was given, which it writes. */
  private String credential() {
    start("echo \"$POLYPROC_PROCESS_CREDENTIAL\"; " + LASTING);
    Iterator<ProcessOutputResponse> output =
        processes.output(
            ProcessOutputRequest.newBuilder().setProcess(name()).setFollow(true).build());
    StringBuilder written = new StringBuilder();
    while (written.indexOf("\n") < 0) {
      written.append(output.next().getData().toStringUtf8());
    }
    return written.toString().strip();
  }
}
