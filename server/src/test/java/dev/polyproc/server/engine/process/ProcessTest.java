package dev.polyproc.server.engine.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.ProcessCalls;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import dev.polyproc.v1.ProcessState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcessTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  // Starting.

  @Test
  void shouldAnswerStartWhenProcessRuns() {
    var start =
        a.process("p")
            .start(
                ProcessStartRequest.newBuilder()
                    .setCommand("worker")
                    .addArguments("-v")
                    .setInput(ByteString.copyFromUtf8("in"))
                    .addEnvironment(EnvironmentVariable.newBuilder().setName("N").setValue("="))
                    .setFolder("/tmp"));

    assertThat(start.isWaiting()).isTrue();
    Effect.StartProcess asked = (Effect.StartProcess) a.process("p").effects().get(0);
    assertThat(asked.name()).isEqualTo("p");
    assertThat(asked.credential()).isNotEmpty();
    assertThat(asked.request().getInput().toStringUtf8()).isEqualTo("in");
    assertThat(asked.request().getEnvironmentCount()).isEqualTo(1);
    assertThat(a.process("p").now().getState()).isEqualTo(ProcessState.PROCESS_STATE_STARTING);
    assertThat(a.inspect("p").getObject().getSummary()).isEqualTo("starting");

    a.process("p").runs(7);

    Process process = start.response().getProcess();
    assertThat(process.getState()).isEqualTo(ProcessState.PROCESS_STATE_RUNNING);
    assertThat(process.getPid()).isEqualTo(7);
    assertThat(process.getCommand()).isEqualTo("worker");
    assertThat(process.getArgumentsList()).containsExactly("-v");
    assertThat(process.getStarted().getSeconds()).isEqualTo(EngineFixture.STARTED / 1_000_000_000);
    assertThat(process.hasEnded()).isFalse();
    assertThat(a.inspect("p").getObject().getSummary()).isEqualTo("running, pid 7");
  }

  @Test
  void shouldTellWhyProcessCouldNotBeStarted() {
    var start = a.process("p").start();

    a.process("p").fails("Expected a command that can be executed, but worker: no such file");

    assertThat(start.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(start.sentence())
        .isEqualTo("Expected a command that can be executed, but worker: no such file");
  }

  @Test
  void shouldLeaveNothingOfAStartThatFailed() {
    long used = world.usedBytes();
    var start = a.unnumbered().process("p").startDaemonic();
    var waiting = b.unnumbered().process("p").await();
    long incarnation = a.process("p").incarnation();

    a.process("p").fails("Expected a command to start, but there is none");

    assertThat(start.metadata()).containsEntry("object", "p");
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(waiting.sentence()).isEqualTo(start.sentence());
    assertThat(a.process("p").get().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(a.process("").list(0, "").response().getProcessesList()).isEmpty();
    assertThat(world.effects()).contains(new Effect.ForgetProcess(incarnation));
    assertThat(world.usedBytes()).isEqualTo(used);
  }

  @Test
  void shouldStartUnderTheNameOfAStartThatFailed() {
    var first = a.process("p").start();
    a.process("p").fails("Expected a command to start, but there is none");

    var second = a.process("p").start();
    a.process("p").runs(7);

    assertThat(second.response().getProcess().getPid()).isEqualTo(7);
    assertThat(a.from(first.sequence()).process("p").start().reason())
        .as("a repeat of the first is told what the first was")
        .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
  }

  @Test
  void shouldGenerateNameWhereNoneIsGiven() {
    a.process("").start();

    var listed = a.process("").list(0, "").response();
    assertThat(listed.getProcesses(0).getRef().getName()).startsWith("process-");
  }

  @Test
  void shouldRefuseNameThatIsTaken() {
    a.process("p").start();
    a.event("e").create();

    assertThat(b.process("p").start().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.process("e").start().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(b.process("e").await().reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldRefuseWhatNoSystemCouldStart() {
    assertRefused("command", ProcessStartRequest.newBuilder());
    assertRefused("command", ProcessStartRequest.newBuilder().setCommand("a\0b"));
    assertRefused("arguments", worker().addArguments("ok").addArguments("\0"));
    assertRefused("environment", worker().addEnvironment(variable("", "x")));
    assertRefused("environment", worker().addEnvironment(variable("A=B", "x")));
    assertRefused("environment", worker().addEnvironment(variable("A\0", "x")));
    assertRefused("environment", worker().addEnvironment(variable("A", "\0")));
    assertRefused("folder", worker().setFolder("here"));
    assertRefused("folder", worker().setFolder("/\0"));
    assertThat(world.effects()).noneMatch(Effect.StartProcess.class::isInstance);
  }

  private static ProcessStartRequest.Builder worker() {
    return ProcessStartRequest.newBuilder().setCommand("worker");
  }

  private static EnvironmentVariable variable(String name, String value) {
    return EnvironmentVariable.newBuilder().setName(name).setValue(value).build();
  }

  private void assertRefused(String field, ProcessStartRequest.Builder request) {
    Pending<ProcessStartResponse> start = a.process("p").start(request);
    assertThat(start.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(start.metadata()).containsEntry("field", field);
  }

  @Test
  void shouldBoundProcessesThatRun() {
    Limits limits = EngineFixture.LIMITS.toBuilder().setProcesses(2).build();
    Client client = new EngineFixture(limits).session("client");
    client.process("p").start();
    client.process("q").running();

    assertThat(client.process("r").start().metadata()).containsEntry("limit", "processes");
    client.process("q").exits(0);
    assertThat(client.process("r").start().isWaiting()).isTrue();
  }

  @Test
  void shouldChangeNothingWhereNobodyMayWait() {
    Limits limits = EngineFixture.LIMITS.toBuilder().setWaiters(1).setStoredBytes(6_000).build();
    Client client = new EngineFixture(limits).session("client");

    assertThat(client.process("p").start(worker().addArguments("x".repeat(2_000))).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    client.process("p").start();
    assertThat(client.process("q").start().metadata()).containsEntry("limit", "waiters");
    assertThat(client.process("q").list(0, "").response().getProcessesCount()).isEqualTo(1);
  }

  @Test
  void shouldKeepNothingOfTheStartLongerThanNeeded() {
    Client client = world.anonymous();
    long before = world.storedBytes();
    client.process("p").start(worker().setInput(ByteString.copyFrom(new byte[10_000])));
    assertThat(world.storedBytes()).as("here, and in the call").isGreaterThan(before + 20_000);

    client.process("p").runs(7);
    assertThat(world.storedBytes()).isLessThan(before + 2_000);

    client.delete("p");
    assertThat(world.storedBytes()).isEqualTo(before);
  }

  @Test
  void shouldStartOnceHoweverOftenAsked() {
    var start = a.process("p").start();
    a.repeat(start);
    a.process("p").runs(7);

    assertThat(a.repeat(start).response().getProcess().getPid()).isEqualTo(7);
    assertThat(world.effects()).filteredOn(Effect.StartProcess.class::isInstance).hasSize(1);
  }

  @Test
  void shouldTakeProcessBackWithItsStart() {
    Pending<ProcessStartResponse> cancelled = a.process("p").start();
    long first = a.process("p").incarnation();
    Pending<ProcessStartResponse> late = a.within(SECOND).process("q").start();
    long second = a.process("q").incarnation();

    a.cancel(cancelled);
    world.advance(SECOND);

    assertThat(cancelled.reason()).isEqualTo(ErrorReason.ERROR_REASON_CANCELLED);
    assertThat(late.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    assertThat(world.effects())
        .contains(new Effect.ForgetProcess(first), new Effect.ForgetProcess(second));
    ProcessCalls.runs(world, first, 7);
    ProcessCalls.exits(world, first, 0);
    assertThat(a.process("p").get().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldLeaveProcessToItselfWhenCallerIsGone() {
    var start = world.anonymous().process("p").start();

    world.abandon(start);
    a.process("p").runs(7);

    assertThat(start.isWaiting()).isTrue();
    assertThat(a.process("p").now().getState()).isEqualTo(ProcessState.PROCESS_STATE_RUNNING);
  }

  // Ending.

  @Test
  void shouldAnswerAllWaitsOldestFirst() {
    a.process("p").running();
    var first = a.process("p").await();
    var second = world.anonymous().process("p").await(SECOND);
    assertThat(first.isWaiting()).isTrue();

    world.advance(SECOND.dividedBy(2));
    a.process("p").exits(3);

    Process process = first.response().getProcess();
    assertThat(first.response().getEnded()).isTrue();
    assertThat(process.getExitCode()).isEqualTo(3);
    assertThat(process.hasSignal()).isFalse();
    assertThat(process.getEnded().getNanos()).isEqualTo(500_000_000);
    assertThat(second.response()).isEqualTo(first.response());
    assertThat(a.process("p").await().response()).isEqualTo(first.response());
    assertThat(a.inspect("p").getObject().getSummary()).isEqualTo("exited with code 3");
  }

  @Test
  void shouldTellSignalFromCode() {
    a.process("p").running();

    a.process("p").isKilled(9);

    assertThat(a.process("p").now().getSignal()).isEqualTo(9);
    assertThat(a.process("p").now().hasExitCode()).isFalse();
    assertThat(a.inspect("p").getObject().getSummary()).isEqualTo("was killed by signal 9");
  }

  @Test
  void shouldShowProcessThatStillRunsAfterTheTimeout() {
    a.process("p").running();
    var waiting = a.process("p").await(SECOND);

    world.advance(SECOND);

    assertThat(waiting.response().getEnded()).isFalse();
    assertThat(waiting.response().getProcess()).isEqualTo(a.process("p").now());
    assertThat(a.process("p").await(Duration.ZERO).response().getEnded()).isFalse();
  }

  @Test
  void shouldPassSignalsOn() {
    a.process("p").running();

    b.process("p").signal(15).response();
    b.process("p").signal(64).response();

    assertThat(a.process("p").signals()).containsExactly(15, 64);
    for (int wrong : List.of(0, 65, -1)) {
      assertThat(b.process("p").signal(wrong).metadata()).containsEntry("field", "signal");
    }
    a.process("p").isKilled(15);
    assertThat(b.process("p").signal(9).reason()).isEqualTo(ErrorReason.ERROR_REASON_PROCESS_ENDED);
    assertThat(a.process("p").signals()).hasSize(2);
  }

  @Test
  void shouldForgetProcessThatIsDeleted() {
    a.process("p").running();
    long incarnation = a.process("p").incarnation();
    var waiting = a.process("p").await();

    b.delete("p");

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(world.effects()).contains(new Effect.ForgetProcess(incarnation));
    ProcessCalls.exits(world, incarnation, 0);
    a.process("p").start();
    assertThat(a.process("p").incarnation()).isNotEqualTo(incarnation);
  }

  @Test
  void shouldMakeRoomForThoseThatEndedLater() {
    Limits limits = EngineFixture.LIMITS.toBuilder().setEndedProcesses(2).build();
    EngineFixture small = new EngineFixture(limits);
    Client client = small.session("client");
    List.of("p", "q", "r", "s").forEach(name -> client.process(name).running());
    long r = client.process("r").incarnation();

    List.of("r", "p", "s").forEach(name -> client.process(name).exits(0));

    var page = client.process("").list(2, "").response();
    assertThat(page.getProcessesList())
        .extracting(process -> process.getRef().getName())
        .containsExactly("p", "q");
    var rest = client.process("").list(2, page.getNextPageToken()).response();
    assertThat(rest.getProcessesList())
        .extracting(process -> process.getRef().getName())
        .containsExactly("s");
    assertThat(rest.getNextPageToken()).isEmpty();
    assertThat(small.effects()).contains(new Effect.ForgetProcess(r));
  }

  @Test
  void shouldHearEachThingOnce() {
    a.process("p").running();
    a.process("p").runs(8);
    a.process("p").fails("Expected a start, but it is over");
    a.process("p").exits(1);
    a.process("p").exits(2);
    a.process("p").runs(9);

    Process process = a.process("p").now();
    assertThat(process.getPid()).isEqualTo(7);
    assertThat(process.getExitCode()).isEqualTo(1);
  }

  @Test
  void shouldAnswerStartOfProcessWhoseEndWasSeenFirst() {
    var start = a.process("p").start();

    a.process("p").exits(0);

    assertThat(start.response().getProcess().getState())
        .isEqualTo(ProcessState.PROCESS_STATE_ENDED);
  }
}
