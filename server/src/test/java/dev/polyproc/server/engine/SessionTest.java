package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.AdminListSessionsResponse;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionKeepAliveResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import org.junit.jupiter.api.Test;

/** How sessions open, live and end. */
final class SessionTest {
  private final EngineFixture world = new EngineFixture();

  @Test
  void shouldOpenASessionWithANumberAndASecret() {
    var first = world.open(SessionOpenRequest.getDefaultInstance()).response();
    var second = world.open(SessionOpenRequest.getDefaultInstance()).response();

    assertThat(first.getSession()).isEqualTo("secret-1");
    assertThat(second.getSession()).isEqualTo("secret-2");
    assertThat(second.getNumber()).isGreaterThan(first.getNumber());
    assertThat(first.getTimeToLive()).isEqualTo(EngineFixture.LIMITS.getDefaultTimeToLive());
    assertThat(first.getLimits()).isEqualTo(EngineFixture.LIMITS);
    assertThat(first.hasServer()).as("that is the node's to say").isFalse();
    assertThat(first.getIncompatibility()).isEmpty();
  }

  @Test
  void shouldSayWhatANewerClientMisses() {
    var open = world.open(SessionOpenRequest.newBuilder().setContractRevision(99).build());
    assertThat(open.response().getIncompatibility()).contains("revision 99", "UNKNOWN_METHOD");
  }

  @Test
  void shouldSayThatASessionIsNotTiedToTheProcessThatItNames() {
    Client untied = world.anonymous().untied("The session is not tied to process 7.");
    SessionOpenRequest request =
        SessionOpenRequest.newBuilder()
            .setProcess(ClientProcess.newBuilder().setPid(7))
            .setContractRevision(99)
            .build();

    var open =
        untied.call("SessionService/Open", request, SessionOpenResponse.getDefaultInstance());

    assertThat(open.response().getIncompatibility())
        .startsWith("The client was built for revision 99")
        .endsWith("fields are passed over. The session is not tied to process 7.");
  }

  @Test
  void shouldTakeOnlySaneTimesToLive() {
    assertThat(world.open(timeToLive(5, 0)).response().getTimeToLive().getSeconds()).isEqualTo(5);
    assertThat(world.open(timeToLive(0, 99_999_999)).sentence())
        .isEqualTo("Expected time_to_live to be at least 100 ms, but it is 0 s and 99999999 ns");
    assertThat(world.open(timeToLive(0, 0)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(world.open(timeToLive(-1, 0)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(world.open(timeToLive(Long.MAX_VALUE, 0)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  private static SessionOpenRequest timeToLive(long seconds, int nanos) {
    return SessionOpenRequest.newBuilder()
        .setTimeToLive(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
        .build();
  }

  private static SessionOpenRequest opened(String client) {
    return SessionOpenRequest.newBuilder().setClient(client).build();
  }

  @Test
  void shouldRefuseLongTextsAndUnknownCredentials() {
    String tooLong = "x".repeat(256);
    assertThat(world.open(opened(tooLong)).sentence())
        .isEqualTo("Expected client to have up to 255 characters, but it has 256");
    assertThat(world.open(opened("\uD83E\uDDF5".repeat(256))).sentence())
        .as("characters, not code units")
        .isEqualTo("Expected client to have up to 255 characters, but it has 256");
    assertThat(world.open(opened("\uD83E\uDDF5".repeat(255))).isRefused()).isFalse();
    assertThat(
            world
                .open(SessionOpenRequest.newBuilder().setProcessCredential("made up").build())
                .metadata())
        .containsEntry("field", "process_credential");
  }

  @Test
  void shouldEndASessionOnce() {
    Client a = world.session("a");
    a.end().response();
    assertThat(a.end().reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    a.dies();
    assertThat(a.queue("jobs").create().sentence())
        .isEqualTo(
            "Expected a live session, but the one that the call names is unknown or has ended;"
                + " open one by SessionService/Open");
    assertThat(a.queue("jobs").peek().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(a.attach(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(world.anonymous().end().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldTellTheNodeOfBeginningsAndEnds() {
    Client a = world.session("a");
    a.dies();

    assertThat(world.effects()).hasSize(2);
    assertThat(world.effects().get(0)).isEqualTo(new Effect.SessionOpened(a.id(), 10_000_000_000L));
    assertThat(world.effects().get(1))
        .isInstanceOfSatisfying(
            Effect.SessionEnded.class,
            ended -> {
              assertThat(ended.session()).isEqualTo(a.id());
              assertThat(ended.cause()).hasMessageContaining("its time to live ran out");
            });
  }

  @Test
  void shouldKeepASessionAlive() {
    Client a = world.session("a");
    var kept =
        a.call(
            "SessionService/KeepAlive",
            SessionKeepAliveRequest.getDefaultInstance(),
            SessionKeepAliveResponse.getDefaultInstance());
    assertThat(kept.response().getTimeToLive().getSeconds()).isEqualTo(10);
  }

  @Test
  void shouldListSessionsPageByPage() {
    world.session("a");
    Client b =
        world.session(
            SessionOpenRequest.newBuilder()
                .setClient("b")
                .setClientVersion("1.2")
                .setProcess(ClientProcess.newBuilder().setPid(77))
                .build());
    b.queue("jobs").create();
    b.queue("jobs").put(1);
    b.queue("jobs").reserve();
    b.queue("jobs").get();

    var first = list(1, "").response();
    assertThat(first.getSessions(0).getClient()).isEqualTo("a");
    var second = list(1, first.getNextPageToken()).response();
    assertThat(second.getSessions(0).getClient()).isEqualTo("b");
    assertThat(second.getSessions(0).getClientVersion()).isEqualTo("1.2");
    assertThat(second.getSessions(0).getPid()).isEqualTo(77);
    assertThat(second.getSessions(0).getHoldings()).isEqualTo(1);
    assertThat(second.getSessions(0).getWaiting()).isEqualTo(1);
    assertThat(second.getNextPageToken()).as("empty after the last").isEmpty();
  }

  private Pending<AdminListSessionsResponse> list(int size, String token) {
    return world
        .anonymous()
        .call(
            "AdminService/ListSessions",
            AdminListSessionsRequest.newBuilder().setPageSize(size).setPageToken(token).build(),
            AdminListSessionsResponse.getDefaultInstance());
  }

  @Test
  void shouldTellEverybodyWhoWaitsThatTheDaemonGoes() {
    Client a = world.session("a");
    Client b = world.session("b");
    a.queue("jobs").create(1).response();
    a.queue("jobs").put(1);
    var stream = a.queue("jobs").consume(1);
    var get = b.queue("jobs").get();
    a.queue("jobs").put(2);
    a.queue("jobs").put(3);
    var put = a.queue("jobs").put(4);

    world.drain();

    assertThat(stream.reason()).isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    assertThat(put.reason()).isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    assertThat(QueueCalls.item(get)).isEqualTo(2L);
    assertThat(a.queue("jobs").items()).containsExactly(1L, 3L);
    assertThat(a.repeat(put).reason())
        .as("a call that was sent away may come again, but may not wait")
        .isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    assertThat(world.open(SessionOpenRequest.getDefaultInstance()).reason())
        .as("a session would end with the daemon")
        .isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    assertThat(QueueCalls.item(b.queue("jobs").get())).as("what need not wait works").isEqualTo(1L);
  }
}
