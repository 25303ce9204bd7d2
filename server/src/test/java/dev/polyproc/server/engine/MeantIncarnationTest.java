package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.QueueCreateRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The incarnation that a call means is that of the object which it names, and of no other. */
final class MeantIncarnationTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  private static QueueCreateRequest.Builder withDeadLetters() {
    return QueueCreateRequest.newBuilder().setMaxAttempts(3).setDeadLetterQueue("dead");
  }

  private static Map<String, String> details(Pending<?> refused) {
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    return refused.metadata();
  }

  @Test
  void shouldNotBlameTheDeadLetterQueueForTheQueue() {
    a.queue("dead").create().response();
    long gone = a.queue("jobs").create(withDeadLetters()).response().getRef().getIncarnation();
    a.queue("jobs").delete().response();

    var again = a.meaning(gone).queue("jobs").create(withDeadLetters());

    assertThat(details(again)).containsEntry("object", "jobs");
    a.queue("dead").delete().response();
    assertThat(details(a.meaning(gone).queue("jobs").create(withDeadLetters())))
        .containsEntry("object", "jobs");
    a.queue("dead").create().response();
    long there = a.queue("jobs").create(withDeadLetters()).response().getRef().getIncarnation();
    assertThat(a.meaning(there).queue("jobs").create(withDeadLetters()).response().getCreated())
        .isFalse();
  }

  @Test
  void shouldMeanTheFirstEndOfAPipe() {
    var made = pipe(a).response();

    var again = pipe(a.meaning(made.getFirst().getIncarnation()));

    assertThat(again.response().getCreated()).isFalse();
    assertThat(again.response().getSecond()).isEqualTo(made.getSecond());
    assertThat(details(pipe(a.meaning(made.getSecond().getIncarnation()))))
        .containsEntry("object", "p/1");
  }

  private static Pending<PipeCreateResponse> pipe(Client client) {
    return client.call(
        "PipeService/Create",
        PipeCreateRequest.newBuilder().setPipe("p").build(),
        PipeCreateResponse.getDefaultInstance());
  }

  @Test
  void shouldNotAskTheLockOfAGuardForIt() {
    a.lock("l").create().response();
    long token = a.lock("l").acquire().response().getToken();
    long queue = a.queue("q").create().response().getRef().getIncarnation();

    assertThat(a.meaning(queue).guardedBy("l", token).queue("q").put(1).response().getAccepted())
        .isTrue();
  }
}
