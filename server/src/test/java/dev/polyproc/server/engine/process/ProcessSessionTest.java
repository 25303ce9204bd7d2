package dev.polyproc.server.engine.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.ProcessCalls;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.SessionOpenRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Processes that end with sessions, and sessions that end with processes. */
final class ProcessSessionTest {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private static SessionOpenRequest with(String credential) {
    return SessionOpenRequest.newBuilder().setProcessCredential(credential).build();
  }

  // Daemonic processes.

  @Test
  void shouldAskForSessionOfDaemonicProcess() {
    assertThat(world.anonymous().process("p").startDaemonic().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldEndDaemonicProcessWithItsSession() {
    a.process("p").startDaemonic();
    a.process("p").runs(7);

    a.dies();
    assertThat(b.process("p").signals()).containsExactly(15);
    world.advance(GRACE.minusNanos(1));
    assertThat(b.process("p").signals()).containsExactly(15);
    world.advance(Duration.ofNanos(1));

    assertThat(b.process("p").signals()).containsExactly(15, 9);
    b.process("p").isKilled(9);
    assertThat(b.process("p").now().getDaemonic()).isTrue();
  }

  @Test
  void shouldNotKillProcessThatEndsWhenAsked() {
    a.process("p").startDaemonic();
    a.process("p").runs(7);
    a.end();

    b.process("p").isKilled(15);
    world.advance(GRACE);

    assertThat(b.process("p").signals()).containsExactly(15);
  }

  @Test
  void shouldEndDaemonicProcessThatIsStillBeingStarted() {
    a.unnumbered().process("p").startDaemonic();

    a.dies();
    b.process("p").runs(7);
    world.advance(GRACE);

    assertThat(b.process("p").signals()).containsExactly(15, 9);
  }

  @Test
  void shouldNotSignalWhatHasEndedOrIsDeleted() {
    a.process("p").startDaemonic();
    a.process("p").runs(7);
    a.process("p").exits(0);
    a.process("q").startDaemonic();
    a.process("q").runs(8);
    b.delete("q");
    int before = world.effects().size();

    a.dies();
    world.advance(GRACE);

    assertThat(world.effects()).hasSize(before + 1); // The session's end alone.
  }

  @Test
  void shouldLeaveOtherProcessesRunning() {
    a.process("p").running();
    var start = a.process("q").start();

    a.dies();
    world.advance(GRACE);

    assertThat(start.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(b.process("p").signals()).isEmpty();
    assertThat(b.process("q").signals()).isEmpty();
  }

  // Sessions of processes.

  @Test
  void shouldEndSessionWithItsProcess() {
    a.process("p").start();
    Client worker = world.session(with(a.process("p").credential()));
    a.process("p").runs(7);
    a.lock("l").create();
    worker.confirm(worker.lock("l").acquire());
    var next = b.lock("l").acquire();
    var waiting = worker.lock("l").acquire();

    a.process("p").exits(1);

    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(waiting.sentence()).endsWith("its process exited with code 1");
  }

  @Test
  void shouldSayWhichSignalEndedTheSession() {
    a.process("p").running();
    Client worker = world.session(with(a.process("p").credential()));
    a.event("e").create();
    var waiting = worker.event("e").await();

    a.process("p").isKilled(9);

    assertThat(waiting.sentence()).endsWith("its process was killed by signal 9");
  }

  @Test
  void shouldEndSessionOfProcessThatWasDeletedBefore() {
    a.process("p").running();
    long incarnation = a.process("p").incarnation();
    Client worker = world.session(with(a.process("p").credential()));
    a.delete("p");
    a.event("e").create();
    assertThat(worker.event("e").set().response().getWasSet()).isFalse();

    ProcessCalls.exits(world, incarnation, 0);

    assertThat(worker.event("e").set().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldHonourCredentialOnce() {
    a.process("p").running();
    String credential = a.process("p").credential();
    world.open(with(credential)).response();

    assertThat(world.open(with(credential)).metadata())
        .containsEntry("field", "process_credential");
    assertThat(world.open(with("made up")).metadata()).containsEntry("field", "process_credential");
  }

  @Test
  void shouldForgetCredentialOfProcessThatEndedOrIsDeleted() {
    a.process("p").running();
    String ended = a.process("p").credential();
    a.process("p").exits(0);
    a.process("q").running();
    String deleted = a.process("q").credential();
    a.delete("q");

    assertThat(world.open(with(ended)).metadata()).containsEntry("field", "process_credential");
    assertThat(world.open(with(deleted)).metadata()).containsEntry("field", "process_credential");
  }

  @Test
  void shouldEndOnlySessionsOfTheProcess() {
    a.process("p").running();
    a.process("q").running();
    Client worker = world.session(with(a.process("p").credential()));
    a.event("e").create();

    a.process("q").exits(0);

    assertThat(worker.event("e").set().response().getWasSet()).isFalse();
    assertThat(a.event("e").set().response().getWasSet()).isTrue();
  }

  @Test
  void shouldHandNothingFromOneSessionOfAProcessToAnother() {
    a.process("p").running();
    Client worker = world.session(with(a.process("p").credential()));
    Client second = world.session("second");
    b.queue("jobs").create().response();
    b.queue("jobs").put(1);
    b.queue("jobs").put(2);
    worker.queue("jobs").reserve().response();
    second.queue("jobs").reserve().response();
    Pending<QueueGetResponse> one = worker.queue("jobs").reserve();
    Pending<QueueGetResponse> other = second.queue("jobs").reserve();
    Pending<QueueGetResponse> next = b.queue("jobs").reserve();

    b.process("p").isKilled(9, second);

    assertThat(one.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(other.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(next.response().getAttempt()).isEqualTo(2);
  }
}
