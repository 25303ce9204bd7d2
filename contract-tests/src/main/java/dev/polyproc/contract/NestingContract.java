package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.ListSizeRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Refs: objects that live in others, and as long as somebody refers to them. */
public abstract class NestingContract extends ContractSuite {
  private String a;
  private String b;

  @BeforeEach
  void openSessions() {
    a = openSession();
    b = openSession();
    var unused =
        DictServiceGrpc.newBlockingStub(channel())
            .create(DictCreateRequest.newBuilder().setDict(name()).build());
  }

  private String inner() {
    return name() + "/inner";
  }

  private Ref createList() {
    return ListServiceGrpc.newBlockingStub(in(a))
        .create(
            ListCreateRequest.newBuilder()
                .setList(inner())
                .setLifetime(Lifetime.LIFETIME_REFERENCED)
                .build())
        .getRef();
  }

  private void put(Ref ref) {
    var unused =
        DictServiceGrpc.newBlockingStub(channel())
            .set(
                DictSetRequest.newBuilder()
                    .setDict(name())
                    .setKey(text("list"))
                    .setValue(Value.newBuilder().setRef(ref))
                    .build());
  }

  private void drop(String session, Ref ref) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session))
            .drop(
                SessionDropRequest.newBuilder()
                    .addDrops(SessionDrop.newBuilder().setRef(ref))
                    .build());
  }

  private int size() {
    return (int)
        ListServiceGrpc.newBlockingStub(channel())
            .size(ListSizeRequest.newBuilder().setList(inner()).build())
            .getSize();
  }

  @Test
  void shouldReachAnObjectThroughAnother() {
    Ref list = createList();
    put(list);
    drop(a, list);
    Ref found =
        DictServiceGrpc.newBlockingStub(in(b))
            .get(DictGetRequest.newBuilder().setDict(name()).setKey(text("list")).build())
            .getValue()
            .getRef();
    assertThat(found).isEqualTo(list);
    var unused =
        ListServiceGrpc.newBlockingStub(in(b))
            .append(
                ListAppendRequest.newBuilder()
                    .setList(found.getName())
                    .setValue(number(1))
                    .build());
    var unusedDelete =
        DictServiceGrpc.newBlockingStub(channel())
            .delete(DictDeleteRequest.newBuilder().setDict(name()).setKey(text("list")).build());

    // b was handed the ref, and so retains the list.
    assertThat(size()).isEqualTo(1);
    var unusedClose =
        SessionServiceGrpc.newBlockingStub(in(b)).end(SessionEndRequest.getDefaultInstance());
    assertThat(reasonOf(this::size)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldLiveWhileASessionRetainsIt() {
    Ref list = createList();
    SessionRetainRequest retain =
        SessionRetainRequest.newBuilder().addRefs(Ref.newBuilder().setName(inner())).build();
    assertThat(SessionServiceGrpc.newBlockingStub(in(b)).retain(retain).getRefsList())
        .containsExactly(list);
    drop(a, list);
    assertThat(size()).isZero();
    drop(b, list);
    assertThat(reasonOf(this::size)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldTellALaterObjectFromAnEarlierOne() {
    Ref first = createList();
    drop(a, first);
    Ref second = createList();
    ListSizeRequest size = ListSizeRequest.newBuilder().setList(inner()).build();
    assertThat(
            reasonOf(
                () ->
                    ListServiceGrpc.newBlockingStub(
                            with("polyproc-incarnation", first.getIncarnation() + ""))
                        .size(size)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(
            ListServiceGrpc.newBlockingStub(
                    with("polyproc-incarnation", second.getIncarnation() + ""))
                .size(size)
                .getSize())
        .isZero();
  }

  @Test
  void shouldNeedASession() {
    ListCreateRequest create =
        ListCreateRequest.newBuilder()
            .setList(inner())
            .setLifetime(Lifetime.LIFETIME_REFERENCED)
            .build();
    assertThat(reasonOf(() -> ListServiceGrpc.newBlockingStub(channel()).create(create)))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }
}
