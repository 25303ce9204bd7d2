package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.Boot;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.session.Secrets;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminCloseSessionResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListExtendResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A daemon that keeps nothing is restarted: what clients hold of before means nothing else now. */
final class NumbersTest {
  /** Beyond this JavaScript knows not every number. */
  private static final long MOST = 1L << 53;

  private final EngineFixture before = new EngineFixture();
  private final EngineFixture after =
      new EngineFixture(
          boot().toBuilder()
              .setTime(EngineFixture.STARTED + Duration.ofMillis(1).toNanos())
              .build(),
          Care.FULL);

  private static Boot boot() {
    return EngineFixture.boot(EngineFixture.LIMITS);
  }

  @Test
  void shouldNotTakeAnIncarnationOfBeforeForTheNewObject() {
    Ref old = before.anonymous().queue("jobs").create().response().getRef();
    Ref now = after.anonymous().queue("jobs").create().response().getRef();
    assertThat(now.getIncarnation()).isGreaterThan(old.getIncarnation()).isLessThan(MOST);

    var put = after.anonymous().meaning(old.getIncarnation()).queue("jobs").put(1);

    assertThat(put.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(put.sentence())
        .isEqualTo(
            "Expected 'jobs' to stay, but the daemon was restarted, and what it had before is gone;"
                + " an object that has its name now is another one");
    assertThat(after.session("a").retain(old).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldNotEndTheReservationOfAnother() {
    long old = reservation(before);
    long now = reservation(after);
    assertThat(now).isNotEqualTo(old).isLessThan(MOST);

    var acknowledge = after.anonymous().queue("jobs").acknowledge(old);

    assertThat(acknowledge.reason()).isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(acknowledge.metadata()).containsEntry("state", "ENDED");
    assertThat(acknowledge.sentence())
        .contains("the daemon was restarted since it gave that number out");
    assertThat(after.anonymous().queue("jobs").size().getReserved()).isEqualTo(1);
  }

  private static long reservation(EngineFixture world) {
    world.anonymous().queue("jobs").create();
    world.anonymous().queue("jobs").put("item");
    return world
        .anonymous()
        .queue("jobs")
        .reserve(Duration.ofMinutes(1))
        .response()
        .getReservation();
  }

  @Test
  void shouldNotRemoveWhatHasThePlaceOfAnother() {
    long old = place(before);
    assertThat(place(after)).isNotEqualTo(old).isLessThan(MOST);

    assertThat(after.anonymous().queue("jobs").removePlace(old).response().getRemoved()).isFalse();
  }

  private static long place(EngineFixture world) {
    world.anonymous().queue("jobs").create();
    world.anonymous().queue("jobs").put("item");
    return world.anonymous().queue("jobs").places().get(0);
  }

  @Test
  void shouldNotGoOnFromAPageOfBefore() {
    String old = queuePage(before);
    queuePage(after);

    var page = after.anonymous().queue("jobs").list(1, old);

    assertThat(page.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(page.sentence()).contains("the daemon was restarted since");
  }

  private static String queuePage(EngineFixture world) {
    world.anonymous().queue("jobs").create();
    world.anonymous().queue("jobs").putMany(List.of(1, 2, 3));
    return world.anonymous().queue("jobs").list(1, "").response().getNextPageToken();
  }

  @Test
  void shouldNotGoOnFromAPositionInAListOfBefore() {
    String old = listPage(before, "list");
    String other = listPage(after, "other");
    String now = listPage(after, "list");

    assertThat(slice(after, "list", old).sentence()).contains("the daemon was restarted since");
    assertThat(slice(after, "list", other).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(slice(after, "list", now).response().getValuesList())
        .containsExactly(Plain.value(2));
  }

  private static String listPage(EngineFixture world, String list) {
    world
        .anonymous()
        .call(
            "ListService/Create",
            ListCreateRequest.newBuilder().setList(list).build(),
            ListCreateResponse.getDefaultInstance());
    world
        .anonymous()
        .call(
            "ListService/Extend",
            ListExtendRequest.newBuilder()
                .setList(list)
                .addAllValues(List.of(Plain.value(1), Plain.value(2), Plain.value(3)))
                .build(),
            ListExtendResponse.getDefaultInstance());
    return slice(world, list, "").response().getNextPageToken();
  }

  private static Pending<ListSliceResponse> slice(EngineFixture world, String list, String token) {
    return world
        .anonymous()
        .call(
            "ListService/Slice",
            ListSliceRequest.newBuilder().setList(list).setPageSize(1).setPageToken(token).build(),
            ListSliceResponse.getDefaultInstance());
  }

  @Test
  void shouldSayOfASessionOfBeforeThatTheDaemonWasRestarted() {
    SessionOpenResponse old = before.open(SessionOpenRequest.getDefaultInstance()).response();
    after.open(SessionOpenRequest.getDefaultInstance()).response();
    String secret = Secrets.of(boot(), "chance");

    assertThat(new Client(after, secret).queue("jobs").create().sentence())
        .isEqualTo(
            "Expected a live session, but the daemon was restarted since it opened the one that the"
                + " call names; open one by SessionService/Open");
    assertThat(new Client(after, "unheard.of").queue("jobs").create().sentence())
        .contains("is unknown or has ended");
    var close =
        after
            .anonymous()
            .call(
                "AdminService/CloseSession",
                AdminCloseSessionRequest.newBuilder().setSession(old.getNumber()).build(),
                AdminCloseSessionResponse.getDefaultInstance());
    assertThat(close.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(close.sentence()).contains("the daemon was restarted since one had number");
  }

  @Test
  void shouldGoOnWithItsNumbersWhereTheStateIsKept() {
    Ref old = before.anonymous().queue("jobs").create().response().getRef();
    String token = queuePage(before);
    before.restart();

    Client meaning = before.anonymous().meaning(old.getIncarnation());
    assertThat(meaning.queue("jobs").list(1, token).response().getItemsList())
        .containsExactly(Plain.value(2));
    assertThat(before.anonymous().queue("more").create().response().getRef().getIncarnation())
        .isGreaterThan(old.getIncarnation());
  }
}
