package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListDeleteResponse;
import dev.polyproc.v1.ListRemoveRequest;
import dev.polyproc.v1.ListRemoveResponse;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceCreateResponse;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.NamespaceSetResponse;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Refs that are stored say what they mean, and are compared with what is there. */
final class RefsToStoreTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  RefsToStoreTest() {
    a.queue("queue").create().response();
    a.dict("dict").create().response();
    a.pipe("pipe").create().response();
    list("Create", ListCreateRequest.newBuilder().setList("list").build(), LIST_CREATED).response();
    namespace(
            "Create",
            NamespaceCreateRequest.newBuilder().setNamespace("namespace").build(),
            NamespaceCreateResponse.getDefaultInstance())
        .response();
  }

  private static final ListCreateResponse LIST_CREATED = ListCreateResponse.getDefaultInstance();

  private <R extends Message> Pending<R> list(String method, Message request, R prototype) {
    return a.call("ListService/" + method, request, prototype);
  }

  private <R extends Message> Pending<R> namespace(String method, Message request, R prototype) {
    return a.call("NamespaceService/" + method, request, prototype);
  }

  private Pending<ListAppendResponse> append(Object value) {
    return list(
        "Append",
        ListAppendRequest.newBuilder().setList("list").setValue(Plain.value(value)).build(),
        ListAppendResponse.getDefaultInstance());
  }

  /** What stores a value, of every kind of object and at every place in one. */
  private Stream<Pending<?>> storing(Ref ref) {
    return Stream.of(
        a.queue("queue").put(ref),
        a.queue("queue").putMany(List.of(1, ref)),
        a.pipe("pipe/1").send(ref),
        a.dict("dict").set("key", ref),
        a.dict("dict").set(ref, 1),
        a.dict("dict").setDefault("new", ref),
        a.dict("dict").update(Map.of(ref, 1)),
        a.dict("dict")
            .compareAndSet(ref, DictCompareAndSetRequest.newBuilder().setValue(Plain.value(1))),
        append(ref),
        append(List.of(1, Map.of("deep", Plain.tuple(ref)))),
        append(Opaque.newBuilder().addRefs(ref).build()),
        namespace(
            "Set",
            NamespaceSetRequest.newBuilder()
                .setNamespace("namespace")
                .setAttribute("attribute")
                .setValue(Plain.value(ref))
                .build(),
            NamespaceSetResponse.getDefaultInstance()));
  }

  private static Ref lockNamed(String name) {
    return Ref.newBuilder().setKind(ObjectKind.OBJECT_KIND_LOCK).setName(name).build();
  }

  @Test
  void shouldRefuseWhatIsOfAnotherKindThanItSays() {
    Ref dict = a.dict("dict").create().response().getRef();

    for (Ref wrong :
        List.of(
            lockNamed("queue"),
            dict.toBuilder().setKind(ObjectKind.OBJECT_KIND_QUEUE).build(),
            dict.toBuilder().setKindValue(77).build())) {
      assertThat(storing(wrong))
          .allSatisfy(
              call -> {
                assertThat(call.reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
                assertThat(call.metadata()).containsEntry("object", wrong.getName());
                assertThat(call.sentence())
                    .matches("Expected '.+' to be (a|of) .+, but it is a .+");
              });
    }
    assertThat(storing(dict)).noneMatch(Pending::isRefused);
  }

  @Test
  void shouldRefuseALockOfAnotherLifetimeByItsNameAlone() {
    Ref lock = a.lock("lock").create().response().getRef();

    assertThat(storing(lockNamed("lock")))
        .allSatisfy(
            call -> {
              assertThat(call.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
              assertThat(call.sentence())
                  .contains("'lock'", "take incarnation " + lock.getIncarnation());
            });
    assertThat(storing(lock)).noneMatch(Pending::isRefused);
  }

  @Test
  void shouldTakeALockPerKeyByItsNameWhetherItIsThereOrNot() {
    assertThat(storing(lockNamed("key"))).noneMatch(Pending::isRefused);
    a.lock("other").acquireWhileUsed().response();
    assertThat(storing(lockNamed("other"))).noneMatch(Pending::isRefused);
  }

  /** Of a ref to what is gone nobody can say any more what it was. */
  @Test
  void shouldTakeARefToWhatIsGoneWhateverHasItsName() {
    Ref gone = a.lock("name").create().response().getRef();
    a.lock("other").create().response();
    a.delete("name").response();
    a.queue("name").create().response();

    assertThat(storing(gone)).noneMatch(Pending::isRefused);
  }

  @Test
  void shouldStillFindWhatWasStoredBeforeItsNameWasTaken() {
    Ref ref = lockNamed("key");
    a.queue("queue").put(ref).response();
    a.dict("dict").set(ref, ref).response();
    append(ref).response();
    append(ref).response();

    a.queue("key").create().response();

    assertThat(a.queue("queue").contains(ref).response().getContains()).isTrue();
    assertThat(a.queue("queue").remove(ref).response().getRemoved()).isTrue();
    ListDeleteRequest delete =
        ListDeleteRequest.newBuilder().setList("list").setExpected(Plain.value(ref)).build();
    assertThat(
            list("Delete", delete, ListDeleteResponse.getDefaultInstance()).response().getDeleted())
        .isTrue();
    ListRemoveRequest remove =
        ListRemoveRequest.newBuilder().setList("list").setValue(Plain.value(ref)).build();
    assertThat(
            list("Remove", remove, ListRemoveResponse.getDefaultInstance()).response().getRemoved())
        .isTrue();
    assertThat(a.dict("dict").contains(ref).response().getContains()).isTrue();
    DictCompareAndSetRequest.Builder gone =
        DictCompareAndSetRequest.newBuilder().setExpected(Plain.value(ref));
    assertThat(a.dict("dict").compareAndSet(ref, gone).response().getSwapped()).isTrue();
    assertThat(a.dict("dict").size()).isZero();
  }

  @Test
  void shouldDropNothingWhereOneIsOfAnotherKindThanItSays() {
    DictCreateRequest.Builder shape =
        DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED);
    Ref first = a.dict("first").create(shape).response().getRef();
    Ref second = a.dict("second").create(shape).response().getRef();
    SessionDropRequest drops =
        SessionDropRequest.newBuilder()
            .addDrops(SessionDrop.newBuilder().setRef(first))
            .addDrops(SessionDrop.newBuilder().setRef(lockNamed("second")))
            .build();

    assertThat(
            a.call("SessionService/Drop", drops, SessionDropResponse.getDefaultInstance()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(a.dict("first").size()).isZero();
    a.drop(second, 0);
    assertThat(a.dict("second").get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
