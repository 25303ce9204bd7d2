package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.session.EndedSessions;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminCloseSessionResponse;
import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.AdminListSessionsResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionSummary;
import org.junit.jupiter.api.Test;

/** An operator ends a session. */
final class CloseSessionTest {
  private final EngineFixture world = new EngineFixture();
  private final Client operator = world.anonymous();

  private Pending<AdminCloseSessionResponse> close(Client by, long session, String reason) {
    return by.call(
        "AdminService/CloseSession",
        AdminCloseSessionRequest.newBuilder().setSession(session).setReason(reason).build(),
        AdminCloseSessionResponse.getDefaultInstance());
  }

  private long number(String client) {
    return operator
        .call(
            "AdminService/ListSessions",
            AdminListSessionsRequest.getDefaultInstance(),
            AdminListSessionsResponse.getDefaultInstance())
        .response()
        .getSessionsList()
        .stream()
        .filter(session -> session.getClient().equals(client))
        .findFirst()
        .orElseThrow()
        .getSession();
  }

  @Test
  void shouldEndASessionWithAllItHoldsAndTellItsClientWhy() {
    Client hung = world.session("hung");
    operator.lock("held").create().response();
    hung.lock("held").acquire().response();
    long session = number("hung");
    operator.queue("jobs").create().response();
    var waiting = hung.queue("jobs").get();
    var next = world.session("next").lock("held").acquire();

    SessionSummary closed = close(operator, session, "it hangs").response().getSession();

    assertThat(closed.getClient()).isEqualTo("hung");
    assertThat(closed.getWaiting()).isEqualTo(1);
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(waiting.sentence())
        .isEqualTo(
            "Expected the session to live, but it ended: it was closed by"
                + " AdminService/CloseSession: it hangs");
    assertThat(next.response().getPreviousOwnerDied()).isTrue();
    assertThat(world.effects())
        .anyMatch(
            effect ->
                effect instanceof Effect.SessionEnded ended
                    && ended.session().equals(hung.id())
                    && String.valueOf(ended.cause().getMessage()).endsWith("it hangs"));
    for (Pending<?> later : new Pending<?>[] {hung.queue("jobs").put(1), hung.attach(1)}) {
      assertThat(later.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(later.sentence())
          .isEqualTo(
              "Expected a live session, but the one that the call names has ended: it was closed by"
                  + " AdminService/CloseSession: it hangs");
    }
  }

  @Test
  void shouldCloseASessionOnce() {
    Client client = world.session("client");
    Client by = world.session("operator");
    long session = number("client");

    close(by.from(7), session, "").response();

    assertThat(close(by.from(7), session, "").response().getSession().getSession())
        .as("a repeat")
        .isEqualTo(session);
    assertThat(close(by, session, "").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(close(by, session + 1_000, "").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(close(by, -1, "").reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(close(by, 0, "").metadata()).containsEntry("field", "session");
    assertThat(close(by, session, "x".repeat(256)).metadata()).containsEntry("field", "reason");
  }

  @Test
  void shouldLetASessionCloseItself() {
    Client client = world.session("client");

    long itself = number("client");
    close(client.from(7), itself, "enough").response();

    assertThat(close(client.from(7), itself, "enough").reason())
        .as("a repeat: with the session went what it knows")
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(client.event("e").create().sentence()).endsWith("enough");
  }

  @Test
  void shouldTellASessionThatFellSilentThatItDid() {
    Client client = world.session("client");
    client.dies();

    assertThat(client.queue("jobs").create().sentence()).contains("has ended: ");
  }

  @Test
  void shouldRememberTheLatestEndsAndNoMore() {
    Client first = world.session("first");
    first.dies();
    for (int i = 1; i < EndedSessions.MOST; i++) {
      world.session("later").dies();
    }
    assertThat(first.event("e").create().sentence()).contains("has ended: ");

    world.session("last").dies();

    assertThat(first.event("e").create().sentence()).contains("unknown or has ended");
    assertThat(world.storedBytes()).isZero();
  }
}
