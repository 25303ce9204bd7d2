package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.State;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A daemon goes without a word, and another one starts on its state. */
final class RestartTest {
  private static final int SIGTERM = 15;
  private static final int SIGUSR1 = 10;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  @Test
  void shouldWatchEverySessionAnew() {
    Client b =
        world.session(
            SessionOpenRequest.newBuilder()
                .setTimeToLive(Times.duration(Duration.ofSeconds(30).toNanos()))
                .build());
    world.effects().clear();

    world.restart();

    assertThat(world.effects())
        .containsExactly(
            new Effect.SessionOpened(a.id(), Duration.ofSeconds(10).toNanos()),
            new Effect.SessionOpened(b.id(), Duration.ofSeconds(30).toNanos()));
  }

  @Test
  void shouldGiveNothingToCallsThatNobodyCanComeBackFor() {
    a.queue("jobs").create();
    world.anonymous().queue("jobs").get();
    a.unnumbered().queue("jobs").get();
    a.queue("jobs").consume(3);

    world.restart();
    a.queue("jobs").put("item");

    assertThat(world.anonymous().queue("jobs").items()).containsExactly("item");
  }

  @Test
  void shouldGiveBackWhatAConsumerOfBeforeHad() {
    a.queue("jobs").create();
    a.queue("jobs").consume(1);
    a.queue("jobs").put("item");

    world.restart();

    assertThat(world.anonymous().queue("jobs").items()).containsExactly("item");
  }

  @Test
  void shouldKeepACallWithANumberForItsRepeat() {
    a.queue("jobs").create();
    var get = a.queue("jobs").get();

    world.restart();
    var again = a.repeat(get);
    assertThat(again.isWaiting()).isTrue();
    world.anonymous().queue("jobs").put("item");

    assertThat(QueueCalls.item(again)).isEqualTo("item");
    assertThat(get.isWaiting()).as("its caller of before is gone").isTrue();
  }

  @Test
  void shouldRememberWhatWasDoneBefore() {
    a.queue("jobs").create();
    var put = a.queue("jobs").put("item");

    world.restart();

    assertThat(a.repeat(put).response().getAccepted()).isTrue();
    assertThat(world.anonymous().queue("jobs").items()).hasSize(1);
  }

  @Test
  void shouldTellItsTicketsFromThoseOfBefore() {
    a.queue("jobs").create();
    EngineFixture other = new EngineFixture();
    Client c = other.session("c");
    c.queue("jobs").create();
    other.restart();
    var before = c.queue("jobs").get(); // its ticket is 1

    other.restart();
    var after = other.anonymous().queue("jobs").get(); // and so is this one's
    assertThat(after.envelope().getTicket()).isEqualTo(before.envelope().getTicket());
    other.abandon(after);
    other.anonymous().queue("jobs").put("first");
    other.anonymous().queue("jobs").put("second");

    assertThat(QueueCalls.item(c.repeat(before))).isEqualTo("first");
    assertThat(other.anonymous().queue("jobs").items()).containsExactly("second");
  }

  @Test
  void shouldWaitAgainAfterTheDaemonWentDown() {
    a.queue("jobs").create();
    var before = a.queue("jobs").get();
    world.drain();
    assertThat(before.reason()).isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    assertThat(a.queue("jobs").get().reason()).isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);

    world.restart();

    assertThat(a.queue("jobs").get().isWaiting()).isTrue();
  }

  @Test
  void shouldStartWhatWasStillToBeStarted() {
    ProcessCalls process = a.process("worker");
    var start = process.start();
    process.signal(SIGTERM);
    process.signal(SIGUSR1);
    String credential = process.credential();
    world.effects().clear();

    world.restart();

    assertThat(process.effects()).hasSize(3);
    assertThat(process.credential()).isEqualTo(credential);
    assertThat(process.signals()).containsExactly(SIGUSR1, SIGTERM);
    process.runs(7);
    assertThat(a.repeat(start).response().getProcess().getPid()).isEqualTo(7);
  }

  @Test
  void shouldSayThatWhatRanEndedWithItsDaemon() {
    ProcessCalls process = world.anonymous().process("worker").running();
    var wait = a.process("worker").await();
    world.effects().clear();

    world.restart();

    assertThat(process.now().getState()).isEqualTo(ProcessState.PROCESS_STATE_ENDED);
    assertThat(process.now().hasExitCode()).isFalse();
    assertThat(process.now().hasSignal()).isFalse();
    assertThat(process.effects()).isEmpty();
    assertThat(a.repeat(wait).response().getEnded()).isTrue();
    assertThat(process.signal(SIGTERM).sentence())
        .isEqualTo(
            "Expected 'worker' to run, but it has ended: it ended with the daemon that ran it,"
                + " which was restarted");
  }

  @Test
  void shouldNotStartAgainWhatHasShownItsCredential() {
    ProcessCalls process = world.anonymous().process("worker");
    process.start();
    Client inside =
        world.session(
            SessionOpenRequest.newBuilder().setProcessCredential(process.credential()).build());
    world.effects().clear();

    world.restart();

    assertThat(process.effects()).isEmpty();
    assertThat(process.now().getState()).isEqualTo(ProcessState.PROCESS_STATE_ENDED);
    assertThat(inside.queue("jobs").create().sentence())
        .isEqualTo(
            "Expected a live session, but the one that the call names has ended: its process ended"
                + " with the daemon that ran it, which was restarted");
  }

  @Test
  void shouldEndTheSessionOfAProcessThatWasDeletedBefore() {
    ProcessCalls process = world.anonymous().process("worker");
    process.start();
    Client inside =
        world.session(
            SessionOpenRequest.newBuilder().setProcessCredential(process.credential()).build());
    a.delete("worker");
    inside.queue("jobs").create().response();

    world.restart();

    assertThat(inside.queue("jobs").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldNotTakeTheReportOfADaemonThatIsGone() {
    ProcessCalls process = world.anonymous().process("worker");
    process.start();
    ProcessExited.Builder late =
        ProcessExited.newBuilder()
            .setProcess(process.incarnation())
            .setOrigin(world.origin())
            .setExitCode(1);
    world.restart();
    process.runs(8);

    world.observe(NodeEvent.newBuilder().setProcessExited(late).build());

    assertThat(process.now().getState()).isEqualTo(ProcessState.PROCESS_STATE_RUNNING);
  }

  @Test
  void shouldKeepToTheLimitsOfTheNewDaemon() {
    a.queue("one").create();

    world.restart(EngineFixture.LIMITS.toBuilder().setObjects(1).build());

    a.queue("one").put(1).response();
    assertThat(a.queue("two").create().reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(info().getLimits().getObjects()).isEqualTo(1);
  }

  @Test
  void shouldHandNothingToASessionThatGoesTooAsItsProcessIsGone() {
    Client first = ofProcess("first");
    Client second = ofProcess("second");
    a.queue("jobs").create();
    a.queue("jobs").put("item");
    first.confirm(first.queue("jobs").reserve());
    second.queue("jobs").get();
    var lock = a.lock("lock");
    lock.create();
    first.confirm(first.lock("lock").acquire());
    second.lock("lock").acquire();
    var third = a.lock("lock").acquire();

    world.restart();

    assertThat(a.repeat(third).response().getPreviousOwnerDied()).isTrue();
    assertThat(a.queue("jobs").reserve().response().getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldNotSignalWhatIsGoneForASessionThatGoesToo() {
    Client first = ofProcess("first");
    first.process("second").startDaemonic();
    first.process("second").runs(8);

    world.restart();

    assertThat(a.process("second").signals()).isEmpty();
    assertThat(a.process("second").now().getState()).isEqualTo(ProcessState.PROCESS_STATE_ENDED);
  }

  /** A session of a process that runs. */
  private Client ofProcess(String process) {
    a.process(process).running();
    return world.session(
        SessionOpenRequest.newBuilder()
            .setProcessCredential(a.process(process).credential())
            .build());
  }

  private AdminServerInfoResponse info() {
    return world
        .anonymous()
        .call(
            "AdminService/ServerInfo",
            AdminServerInfoRequest.getDefaultInstance(),
            AdminServerInfoResponse.getDefaultInstance())
        .response();
  }

  @Test
  void shouldHaveNothingOfItsNodeInTheState() {
    a.queue("jobs").create();
    State state = world.engine().snapshot().toState();
    Boot other =
        EngineFixture.boot(EngineFixture.LIMITS).toBuilder().setPid(4_711).setVersion("2").build();

    assertThat(Engine.restore(state, other).snapshot().toState()).isEqualTo(state);
    assertThat(state.toString()).doesNotContain("4711");
  }

  @Test
  void shouldKeepNothingOfItsNodeInAReplyThatIsRecorded() {
    var open =
        a.call(
            "SessionService/Open",
            SessionOpenRequest.getDefaultInstance(),
            SessionOpenResponse.getDefaultInstance());
    assertThat(open.response().hasServer()).as("that is the node's to say").isFalse();

    byte[] state = world.engine().snapshot().toState().toByteArray();
    assertThat(new String(state, StandardCharsets.ISO_8859_1)).doesNotContain("test");
    world.restart();
    assertThat(a.repeat(open).response().getSession()).isEqualTo(open.response().getSession());
  }

  @Test
  void shouldLetWhatIsDueHappenWhenItStarts() {
    a.queue("jobs").create();
    a.queue("jobs").put("item");
    a.queue("jobs").reserve(Duration.ofSeconds(1)).response();
    world.stall(Duration.ofSeconds(2));

    world.restart();

    assertThat(world.anonymous().queue("jobs").items()).isEqualTo(List.of("item"));
  }
}
