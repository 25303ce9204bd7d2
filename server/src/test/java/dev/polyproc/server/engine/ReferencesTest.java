package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Retained;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Objects that live as long as somebody refers to them. */
final class ReferencesTest {
  private static final int MANY = 100_000;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private static Ref dict(Client client, String name) {
    DictCreateRequest.Builder shape =
        DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED);
    return client.dict(name).create(shape).response().getRef();
  }

  private boolean exists(Ref ref) {
    ManagedObject object = world.engine().world().objects().existing(ref.getName());
    return object != null && object.number() == ref.getIncarnation();
  }

  private AdminDescribeResponse inspect(Ref ref) {
    return world
        .anonymous()
        .call(
            "AdminService/Describe",
            AdminDescribeRequest.newBuilder().setObject(ref.getName()).build(),
            AdminDescribeResponse.getDefaultInstance())
        .response();
  }

  @Test
  void shouldEndWhenItsCreatorDropsIt() {
    Ref inner = dict(a, "inner");
    assertThat(exists(inner)).isTrue();
    a.drop(inner, 0);
    assertThat(exists(inner)).isFalse();
    assertThat(a.dict("inner").get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldNeedASession() {
    DictCreateRequest.Builder shape =
        DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED);
    assertThat(world.anonymous().dict("inner").create(shape).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    Ref inner = dict(a, "inner");
    assertThat(world.anonymous().dict("inner").create(shape).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(world.anonymous().retain(inner).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldLiveWhileAStoredValueRefersToIt() {
    a.dict("outer").create().response();
    Ref inner = dict(a, "inner");
    a.dict("outer").set("x", List.of(1, Map.of("deep", inner))).response();
    a.dict("outer").set(Plain.tuple(inner), 1).response();
    a.drop(inner, 0);

    assertThat(inspect(inner).getObject().getStoredRefs()).isEqualTo(2);
    assertThat(a.dict("outer").set("x", 5).response().hasPrevious()).isTrue();
    a.drop(inner, 0); // The reply had the value before in it.
    assertThat(exists(inner)).isTrue();
    a.dict("outer").delete(Plain.tuple(inner)).response();
    assertThat(exists(inner)).isFalse();
  }

  @Test
  void shouldRetainWhatAReplyHandsOut() {
    a.dict("outer").create().response();
    Ref inner = dict(a, "inner");
    a.dict("outer").set("x", inner).response();
    a.drop(inner, 0);

    assertThat(b.dict("outer").get("x").response().getValue().getRef()).isEqualTo(inner);
    b.dict("outer").get("x").response();
    world.anonymous().dict("outer").get("x").response();
    a.dict("outer").clear().response();

    assertThat(inspect(inner).getHoldersList())
        .extracting(Holder::getDetail)
        .containsExactly("retained 2 times");
    b.drop(inner, 1);
    assertThat(exists(inner)).isTrue();
    b.drop(inner, 1);
    assertThat(exists(inner)).isFalse();
    b.drop(inner, 1);
  }

  /** Retains objects of another session until there is no room, and one after the other. */
  @Test
  void shouldRefuseToRetainMoreThanThereIsRoomFor() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(150_000).build());
    Client owner = small.session("owner");
    Client other = small.session("other");
    owner.dict("outer").create().response();
    List<Ref> refs = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      refs.add(dict(owner, "inner" + i));
    }
    owner.dict("outer").set("x", refs).response();
    fill(small);

    assertThat(other.retain(refs.toArray(Ref[]::new)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(other.dict("outer").get("x").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(other.dict("outer").setDefault("x", 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(
            other.dict("outer").compareAndSet("x", DictCompareAndSetRequest.newBuilder()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(
            other
                .dict("inner0")
                .create(DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED))
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(owner.dict("outer").get("x").response().hasValue()).isTrue(); // It has them.

    small.anonymous().queue("filler").clear().response();
    long before = small.storedBytes();
    assertThat(other.retain(refs.toArray(Ref[]::new)).response().getRefsCount()).isEqualTo(60);
    assertThat(small.storedBytes()).isGreaterThanOrEqualTo(before + 60 * Retained.BYTES);
  }

  private static void fill(EngineFixture small) {
    QueueCalls filler = small.anonymous().queue("filler");
    filler.create().response();
    while (filler.put("x").replies().get(0).hasResponse()) {
      // Until it is refused.
    }
  }

  @Test
  void shouldEndWithTheLastSessionThatRetainsIt() {
    Ref inner = dict(a, "inner");
    assertThat(b.retain(inner).response().getRefsList()).containsExactly(inner);
    a.end().response();
    assertThat(exists(inner)).isTrue();
    b.end().response();
    assertThat(exists(inner)).isFalse();
    assertThat(world.isEmpty()).isTrue();
  }

  @Test
  void shouldRetainByNameAlone() {
    Ref inner = dict(a, "inner");
    Ref byName = Ref.newBuilder().setName("inner").build();
    assertThat(b.retain(byName).response().getRefsList()).containsExactly(inner);
    a.drop(inner, 0);
    assertThat(exists(inner)).isTrue();
    b.drop(byName, 0);
    assertThat(exists(inner)).isFalse();
    assertThat(b.retain(byName).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(b.retain(inner).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldRetainAllOrNone() {
    Ref inner = dict(a, "inner");
    Ref none = Ref.newBuilder().setName("none").build();
    assertThat(b.retain(inner, none).isRefused()).isTrue();
    a.drop(inner, 0);
    assertThat(exists(inner)).isFalse();
  }

  private static SessionOpenRequest retaining(Ref... refs) {
    return SessionOpenRequest.newBuilder().addAllRetained(List.of(refs)).build();
  }

  private static Pending<SessionOpenResponse> open(Client client, SessionOpenRequest request) {
    return client.call("SessionService/Open", request, SessionOpenResponse.getDefaultInstance());
  }

  private int sessions() {
    return world.engine().sessions().size();
  }

  @Test
  void shouldRetainFromTheBeginningOfASession() {
    Ref inner = dict(a, "inner");
    Ref other = dict(a, "other");
    Client child = world.client(open(a, retaining(inner, other, inner)));
    a.drop(inner, 0);
    a.drop(other, 0);

    assertThat(inspect(inner).getHoldersList())
        .extracting(Holder::getDetail)
        .containsExactly("retained 2 times");
    child.drop(inner, 1);
    assertThat(exists(inner)).isTrue();
    assertThat(exists(other)).isTrue();
    child.end().response();
    assertThat(exists(inner)).isFalse();
    assertThat(exists(other)).isFalse();
  }

  /** Refused as Retain is, and then there is no session. */
  @Test
  void shouldOpenASessionWithAllThatItIsToRetainOrNot() {
    Ref gone = dict(a, "inner");
    a.drop(gone, 0);
    Ref inner = dict(a, "inner");
    Ref none = Ref.newBuilder().setName("none").build();
    Ref pipe = inner.toBuilder().setKind(ObjectKind.OBJECT_KIND_PROCESS).build();
    Ref[] many = new Ref[EngineFixture.LIMITS.getPageSize() + 1];
    Arrays.fill(many, inner);

    assertThat(open(a, retaining(inner, none)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(open(a, retaining(inner, gone)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(open(a, retaining(inner, pipe)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(open(a, retaining(many)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);

    assertThat(sessions()).isEqualTo(2);
    a.drop(inner, 0);
    assertThat(exists(inner)).isFalse();
  }

  @Test
  void shouldOpenOneSessionHoweverOftenTheCommandIsSent() {
    Ref inner = dict(a, "inner");
    Pending<SessionOpenResponse> open = open(a, retaining(inner));
    Pending<SessionOpenResponse> again = a.repeat(open);

    assertThat(again.response()).isEqualTo(open.response());
    assertThat(sessions()).isEqualTo(3);
    assertThat(inspect(inner).getHoldersList())
        .extracting(Holder::getDetail)
        .containsExactly("retained", "retained");
    a.end().response();
    assertThat(exists(inner)).isTrue();
    world.client(open).end().response();
    assertThat(exists(inner)).isFalse();
  }

  /** Whoever gave the call up may have started a process already, which the session is for. */
  @Test
  void shouldLeaveASessionOpenWhoseCommandIsUndone() {
    Ref inner = dict(a, "inner");
    Pending<SessionOpenResponse> open = open(a, retaining(inner));

    assertThat(a.undo(open).response().getOutcome()).isEqualTo(CancelOutcome.CANCEL_OUTCOME_DONE);
    a.end().response();
    assertThat(exists(inner)).isTrue();
  }

  @Test
  void shouldOpenNoSessionWhereThereIsNoRoomForWhatItIsToRetain() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(150_000).build());
    Client owner = small.session("owner");
    List<Ref> refs = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      refs.add(dict(owner, "inner" + i));
    }
    SessionOpenRequest request = retaining(refs.toArray(Ref[]::new));
    fill(small);
    while (small.open(retaining()).isRefused()) {
      small.anonymous().queue("filler").get().response();
    }

    assertThat(small.open(request).reason()).isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);

    small.anonymous().queue("filler").clear().response();
    long before = small.storedBytes();
    assertThat(small.open(request).isRefused()).isFalse();
    assertThat(small.storedBytes()).isGreaterThanOrEqualTo(before + 60 * Retained.BYTES);
  }

  @Test
  void shouldEndWhatItHeldTogetherWithIt() {
    Ref bottom = dict(a, "bottom");
    Ref middle = dict(a, "middle");
    Ref top = dict(a, "top");
    a.dict("top").set(1, middle).response();
    a.dict("middle").set(1, bottom).response();
    a.drop(middle, 0);
    a.drop(bottom, 0);
    a.drop(top, 0);
    assertThat(List.of(exists(top), exists(middle), exists(bottom))).containsOnly(false);
    assertThat(a.dict("top").get(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldKeepACircleUntilItIsBroken() {
    Ref one = dict(a, "one");
    Ref other = dict(a, "other");
    a.dict("one").set("next", other).response();
    a.dict("other").set("next", one).response();
    a.end().response();
    assertThat(exists(one) && exists(other)).isTrue();
    b.dict("one").delete("next").response();
    assertThat(exists(one) || exists(other)).isFalse();
  }

  @Test
  void shouldBeReferredToByWhatTravelsThroughAQueue() {
    Ref inner = dict(a, "inner");
    a.queue("jobs").create(QueueCreateRequest.newBuilder().setMaxsize(1)).response();
    a.queue("jobs").put(inner).response();
    Pending<?> waiting = a.queue("jobs").put(List.of(inner));
    a.drop(inner, 0);
    assertThat(inspect(inner).getObject().getStoredRefs()).isEqualTo(2);

    assertThat(b.queue("jobs").get().response().getItem().getRef()).isEqualTo(inner);
    assertThat(waiting.isWaiting()).isFalse();
    assertThat(inspect(inner).getObject().getRetainingSessions()).isEqualTo(1);
    // b dies without having confirmed: the item goes back, and with it the ref.
    b.end().response();
    assertThat(inspect(inner).getObject().getStoredRefs()).isEqualTo(2);
    world.anonymous().queue("jobs").clear().response();
    assertThat(exists(inner)).isFalse();
  }

  @Test
  void shouldBeReferredToByAReservedItem() {
    Ref inner = dict(a, "inner");
    a.queue("jobs").create().response();
    a.queue("jobs").put(inner).response();
    a.drop(inner, 0);
    var reserved = b.queue("jobs").get(QueueGetRequest.newBuilder().setReserve(true)).response();
    b.drop(inner, 0);
    assertThat(exists(inner)).isTrue();
    b.queue("jobs").acknowledge(reserved.getReservation()).response();
    assertThat(exists(inner)).isFalse();
  }

  @Test
  void shouldBeReferredToByOpaqueValues() {
    Ref inner = dict(a, "inner");
    a.dict("outer").create().response();
    a.dict("outer")
        .set("pickle", Opaque.newBuilder().setContentType("x").addRefs(inner).build())
        .response();
    a.drop(inner, 0);
    assertThat(exists(inner)).isTrue();
    a.dict("outer").pop("pickle").response();
    assertThat(exists(inner)).isTrue();
    a.drop(inner, 0);
    assertThat(exists(inner)).isFalse();
  }

  @Test
  void shouldTellWhoeverWaitsForWhatEnds() {
    Ref inner =
        a.queue("inner")
            .create(QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED))
            .response()
            .getRef();
    Pending<?> waiting = b.queue("inner").get();
    a.drop(inner, 0);
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldForgetWhoRetainedWhatIsDeleted() {
    Ref inner = dict(a, "inner");
    world
        .anonymous()
        .call(
            "AdminService/Delete",
            AdminDeleteRequest.newBuilder().setObject("inner").build(),
            AdminDeleteResponse.getDefaultInstance())
        .response();
    a.drop(inner, 0);
    a.end().response();
    b.end().response();
    assertThat(world.isEmpty()).isTrue();
  }

  @Test
  void shouldNotTakeALaterObjectForAnEarlierOne() {
    Ref first = dict(a, "inner");
    a.drop(first, 0);
    Ref second = dict(a, "inner");
    Client meaningFirst = a.meaning(first.getIncarnation());
    assertThat(meaningFirst.dict("inner").get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(meaningFirst.dict("inner").set(1, 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    a.meaning(second.getIncarnation()).dict("inner").set(1, 1).response();
    assertThat(a.dict("inner").get(1).response().getValue().getInt()).isEqualTo(1);
    a.drop(first, 0);
    assertThat(exists(second)).isTrue();
  }

  @Test
  void shouldLeaveNothingOfAllThatCameAndWent() {
    Engine engine = new Engine(EngineFixture.boot(EngineFixture.LIMITS));
    Envelope session = Envelope.newBuilder().setSession("s").build();
    DictCreateRequest create =
        DictCreateRequest.newBuilder()
            .setDict("inner")
            .setLifetime(Lifetime.LIFETIME_REFERENCED)
            .build();
    SessionDropRequest drop =
        SessionDropRequest.newBuilder()
            .addDrops(SessionDrop.newBuilder().setRef(Ref.newBuilder().setName("inner")))
            .build();
    apply(
        engine,
        "SessionService/Open",
        session.toBuilder().clearSession().setSecret("s"),
        SessionOpenRequest.getDefaultInstance());
    long opened = engine.world().budget().used();
    for (int i = 0; i < MANY; i++) {
      apply(engine, "DictService/Create", session.toBuilder(), create);
      apply(engine, "SessionService/Drop", session.toBuilder(), drop);
    }
    assertThat(engine.world().clock().lastNumber()).isGreaterThan(MANY);
    assertThat(engine.world().objects().size()).isZero();
    assertThat(engine.world().budget().used()).as("the session is all").isEqualTo(opened);
    engine.checkInvariants();
    assertThat(engine.snapshot().toState().getSerializedSize()).isLessThan(1_000);
  }

  private static void apply(
      Engine engine, String method, Envelope.Builder envelope, Message request) {
    engine.apply(
        1,
        new Invocation(
            engine.operations().byName(method), request, envelope.build(), Recipient.NOBODY));
    assertThat(engine.takeTouched()).hasSize(1);
    engine.takeEffects();
  }
}
