package dev.polyproc.server.engine;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.AdminListSessionsResponse;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.ObjectSummary;
import dev.polyproc.v1.SessionSummary;
import dev.polyproc.v1.ShapeField;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's view. */
final class AdminTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client anyone = world.anonymous();

  @BeforeEach
  void createObjects() {
    a.queue("team/jobs").create().response();
    a.lock("team/lock").create().response();
    a.event("other/start").create().response();
    a.dict("team/totals").create().response();
  }

  private AdminListResponse list(AdminListRequest.Builder request) {
    return anyone
        .call("AdminService/List", request.build(), AdminListResponse.getDefaultInstance())
        .response();
  }

  private static List<String> names(List<ObjectSummary> objects) {
    return objects.stream().map(object -> object.getRef().getName()).toList();
  }

  @Test
  void shouldListObjectsInTheOrderOfTheirCreation() {
    assertThat(names(list(AdminListRequest.newBuilder()).getObjectsList()))
        .containsExactly("team/jobs", "team/lock", "other/start", "team/totals");
    assertThat(names(list(AdminListRequest.newBuilder().setPrefix("team/")).getObjectsList()))
        .containsExactly("team/jobs", "team/lock", "team/totals");
    assertThat(
            names(
                list(AdminListRequest.newBuilder().setKind(ObjectKind.OBJECT_KIND_EVENT))
                    .getObjectsList()))
        .containsExactly("other/start");
  }

  @Test
  void shouldListPageByPage() {
    List<String> seen = new ArrayList<>();
    String token = "";
    int pages = 0;
    do {
      AdminListResponse page =
          list(AdminListRequest.newBuilder().setPrefix("team/").setPageSize(1).setPageToken(token));
      seen.addAll(names(page.getObjectsList()));
      token = page.getNextPageToken();
      pages++;
    } while (!token.isEmpty());
    assertThat(seen).containsExactly("team/jobs", "team/lock", "team/totals");
    assertThat(pages).as("there is no empty last page").isEqualTo(3);
  }

  /** Whoever asks for what is not there gets an empty page now and then, and nobody waits. */
  @Test
  void shouldLookAtSoManyObjectsForAPageAndNoMore() {
    EngineFixture full =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setObjects(40_000).build(),
            EngineFixture.Care.INVARIANTS);
    Engine engine = full.engine();
    for (int i = 0; i < 20_000; i++) {
      var create = DictCreateRequest.newBuilder().setDict("dict" + i).build();
      engine.apply(
          EngineFixture.STARTED,
          new Invocation(
              engine.operations().byName("DictService/Create"),
              create,
              Envelope.getDefaultInstance(),
              Recipient.NOBODY));
    }
    full.anonymous().event("last").create().response();

    AdminListResponse first = list(full, AdminListRequest.newBuilder().setPrefix("last"));
    assertThat(first.getObjectsList()).isEmpty();
    AdminListResponse second =
        list(
            full,
            AdminListRequest.newBuilder().setPrefix("last").setPageToken(first.getNextPageToken()));
    assertThat(names(second.getObjectsList())).containsExactly("last");
    assertThat(second.getNextPageToken()).isEmpty();
  }

  private static AdminListResponse list(EngineFixture world, AdminListRequest.Builder request) {
    return world
        .anonymous()
        .call("AdminService/List", request.build(), AdminListResponse.getDefaultInstance())
        .response();
  }

  @Test
  void shouldSayInALineWhatAnObjectIs() {
    a.queue("team/jobs").put(1);
    a.lock("team/lock").acquire();
    a.event("other/start").await();
    world.advance(Duration.ofSeconds(5));

    List<ObjectSummary> objects = list(AdminListRequest.newBuilder()).getObjectsList();

    assertThat(objects.stream().map(ObjectSummary::getSummary))
        .containsExactly("1 items", "held", "not set", "0 keys");
    assertThat(objects.stream().map(ObjectSummary::getWaiters)).containsExactly(0, 0, 1, 0);
    assertThat(objects.get(0).getLifetime()).isEqualTo(Lifetime.LIFETIME_PERSISTENT);
    assertThat(objects.get(0).getCreated().getSeconds())
        .isEqualTo(EngineFixture.STARTED / 1_000_000_000L);
  }

  @Test
  void shouldTellWhoHoldsAndWhoWaitsSinceWhen() {
    a.as("main").lock("team/lock").acquire();
    world.advance(Duration.ofSeconds(1));
    Client b = world.session("b");
    b.as("first").lock("team/lock").acquire(Duration.ofSeconds(9));
    b.as("second").lock("team/lock").acquire();

    var inspected = anyone.inspect("team/lock");

    long started = EngineFixture.STARTED / 1_000_000_000L;
    assertThat(inspected.getHolders(0).getParty().getOwner()).isEqualTo("main");
    assertThat(inspected.getHolders(0).getSince().getSeconds()).isEqualTo(started);
    assertThat(inspected.getCreator().getClient()).isEqualTo("a");
    assertThat(inspected.getWaitersList())
        .extracting(waiter -> waiter.getParty().getOwner())
        .containsExactly("first", "second");
    assertThat(inspected.getWaiters(0).getSince().getSeconds()).isEqualTo(started + 1);
    assertThat(inspected.getWaiters(0).getDeadline().getSeconds()).isEqualTo(started + 10);
    assertThat(inspected.getWaiters(1).hasDeadline()).isFalse();
    assertThat(inspected.getWaiters(1).getRpc()).isEqualTo("LockService/Acquire");
  }

  @Test
  void shouldDeleteObjectsOfEveryKind() {
    var waiting = world.session("b").event("other/start").await();
    for (String name : List.of("team/jobs", "team/lock", "other/start", "team/totals")) {
      assertThat(anyone.delete(name).response().getRef().getName()).isEqualTo(name);
      assertThat(anyone.delete(name).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    }
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(list(AdminListRequest.newBuilder()).getObjectsList()).isEmpty();
  }

  @Test
  void shouldTellHowFullTheDaemonIs() {
    a.unnumbered().queue("team/jobs").put(1);
    a.event("other/start").await();
    world.stall(Duration.ofSeconds(3));

    var info =
        anyone
            .call(
                "AdminService/ServerInfo",
                AdminServerInfoRequest.getDefaultInstance(),
                AdminServerInfoResponse.getDefaultInstance())
            .response();

    assertThat(info.getUsage().getObjects()).isEqualTo(4);
    assertThat(info.getUsage().getSessions()).isEqualTo(1);
    assertThat(info.getUsage().getWaiters()).isEqualTo(1);
    assertThat(info.getUsage().getStoredBytes()).isEqualTo(world.usedBytes());
    assertThat(info.getUsage().getEntries()).isEqualTo(7);
    assertThat(info.hasServer()).as("that is the node's to say").isFalse();
    assertThat(info.getLimits()).isEqualTo(EngineFixture.LIMITS);
  }

  /** What programs compare stays as it is: a lock's holder, and who holds it again. */
  @Test
  void shouldShowControlCharactersEscaped() {
    Client odd = world.session("odd\u001b[31m").as("own\ner");
    odd.lock("team/lock").acquire().response();
    world.session("later").as("wai\rter").lock("team/lock").acquire();

    var lock = anyone.inspect("team/lock");
    AdminListSessionsResponse sessions =
        anyone
            .call(
                "AdminService/ListSessions",
                AdminListSessionsRequest.getDefaultInstance(),
                AdminListSessionsResponse.getDefaultInstance())
            .response();

    assertThat(lock.getHolders(0).getParty().getOwner()).isEqualTo("own\\u{a}er");
    assertThat(lock.getHolders(0).getParty().getClient()).isEqualTo("odd\\u{1b}[31m");
    assertThat(lock.getWaiters(0).getParty().getOwner()).isEqualTo("wai\\u{d}ter");
    assertThat(sessions.getSessionsList())
        .extracting(SessionSummary::getClient)
        .containsExactly("a", "odd\\u{1b}[31m", "later");
    assertThat(anyone.lock("team/lock").get().getHolder().getParty().getOwner())
        .isEqualTo("own\ner");
  }

  private static final String FACE = "\uD83D\uDE00"; // two chars, one character

  @Test
  void shouldShowWhatAnObjectWasCreatedAs() {
    call("QueueService/Create", "queue: 'dead'");
    call(
        "QueueService/Create",
        "queue: 'q' maxsize: 5 max_attempts: 3 dead_letter_queue: 'dead' lifetime:"
            + " LIFETIME_PERSISTENT");
    call("LockService/Create", "lock: 'l' kind: LOCK_KIND_REENTRANT");
    call("PipeService/Create", "pipe: 'p' one_way: true lifetime: LIFETIME_PERSISTENT");
    call(
        "ProcessService/Start",
        "process: 'w' command: 'worker' folder: '/tmp' arguments: '-v' arguments: 'a\u001b'");
    call("ProcessService/Start", "process: 'long' command: 'c' arguments: '%s'", "x".repeat(5_000));

    assertThat(shape("q"))
        .isEqualTo(
            "maxsize=5, max_attempts=3, dead_letter_queue=dead, order=FIFO,"
                + " unfinished=NONE, unique_window=0s, max_out_per_key=0, fair=false,"
                + " dead_letter_expired=false");
    assertThat(shape("dead"))
        .isEqualTo(
            "maxsize=0, max_attempts=0, dead_letter_queue=, order=FIFO,"
                + " unfinished=NONE, unique_window=0s, max_out_per_key=0, fair=false,"
                + " dead_letter_expired=false");
    assertThat(shape("l")).isEqualTo("kind=REENTRANT, on_owner_end=RELEASE");
    assertThat(shape("p/1")).isEqualTo("number=1, one_way=true, maxsize=0, other=p/2");
    assertThat(shape("w"))
        .isEqualTo("command=worker, arguments=-v a\\u{1b}, folder=/tmp, daemonic=false");
    assertThat(shape("long")).contains("arguments=xxx").contains("…").hasSizeLessThan(400);
    call(
        "ProcessService/Start", "process: 'faces' command: 'c' arguments: 'x%s'", FACE.repeat(500));
    assertThat(shape("faces")).contains("x" + FACE.repeat(99)).doesNotContain("\\u{");
    assertThat(shape("other/start")).isEmpty();
    anyone.delete("p/2").response();
    assertThat(shape("p/1")).endsWith("other=closed");
    assertThat(list(AdminListRequest.newBuilder().setPrefix("q")).getObjects(0).getShape(0))
        .isEqualTo(ShapeField.newBuilder().setField("maxsize").setValue("5").build());
  }

  @Test
  void shouldSayInWhatAnObjectDiffersFromTheOneAskedFor() {
    call("QueueService/Create", "queue: 'q' maxsize: 5");
    var queue = call("QueueService/Create", "queue: 'q' maxsize: 6 lifetime: LIFETIME_SESSION");
    call("PipeService/Create", "pipe: 'p' lifetime: LIFETIME_PERSISTENT");
    anyone.delete("p/2").response();

    assertThat(queue.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(queue.sentence())
        .isEqualTo(
            "Expected no object named 'q' or one of the same shape, but the one that is there has"
                + " maxsize '5', not '6' and lifetime 'PERSISTENT', not 'SESSION'; ask for it as it"
                + " is, give another name, or delete it by AdminService/Delete");
    assertThat(queue.metadata())
        .containsEntry("object", "q")
        .containsEntry("field", "maxsize")
        .containsEntry("there", "5")
        .containsEntry("asked", "6");
    var lock = call("LockService/Create", "lock: 'team/lock' on_owner_end: ON_OWNER_END_KEEP");
    assertThat(lock.sentence()).contains("on_owner_end 'RELEASE', not 'KEEP'");
    a.lock("key").acquireWhileUsed().response();
    var key =
        call(
            "LockService/Acquire",
            "lock: 'key' create { kind: LOCK_KIND_REENTRANT lifetime: LIFETIME_WHILE_USED }");
    assertThat(key.sentence()).contains("kind 'PLAIN', not 'REENTRANT'");
    assertThat(
            call("EventService/Create", "event: 'other/start' lifetime: LIFETIME_SESSION")
                .sentence())
        .contains("has lifetime 'PERSISTENT', not 'SESSION';");
    assertThat(call("PipeService/Create", "pipe: 'p' lifetime: LIFETIME_PERSISTENT").sentence())
        .contains("only 'p/1' is; give another name");
    assertThat(call("ProcessService/Start", "process: 'q' command: 'c'").sentence())
        .contains("but there is a queue of that name; give another");
  }

  private String shape(String object) {
    return anyone.inspect(object).getObject().getShapeList().stream()
        .map(field -> field.getField() + "=" + field.getValue())
        .collect(joining(", "));
  }

  private Pending<DynamicMessage> call(String method, String request, String... arguments) {
    return Texted.call(a, method, request.formatted((Object[]) arguments));
  }
}
