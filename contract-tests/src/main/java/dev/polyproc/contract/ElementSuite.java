package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What values and arrays have in common: the lock that each names, how long they live, and calls
 * that are repeated.
 */
public abstract class ElementSuite extends ContractSuite {
  /** What a Create answered. */
  record Made(Ref ref, boolean isNew, String lock) {}

  /**
   * Creates the object of the test, of INT32.
   *
   * @param lock the lock that it is to name, or empty
   */
  abstract Made make(Channel channel, Lifetime lifetime, String lock);

  /** Adds one to the object's number, or to its first; answers the sum. */
  abstract long addOne(Channel channel);

  /** The object's number, or its first. */
  abstract long number(Channel channel);

  private Made make() {
    return make(channel(), Lifetime.LIFETIME_UNSPECIFIED, "");
  }

  private void end(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  private void delete() {
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  private static LockAcquireResponse acquireNow(Channel session, String lock) {
    return LockServiceGrpc.newBlockingStub(session)
        .acquire(acquireGuard(lock).toBuilder().setTimeout(NOW).build());
  }

  private static void release(Channel session, String lock, long token) {
    var unused =
        LockServiceGrpc.newBlockingStub(session)
            .release(LockReleaseRequest.newBuilder().setLock(lock).setToken(token).build());
  }

  private void assertIsGone() {
    assertThat(reasonOf(() -> number(channel())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  // The lock.

  @Test
  void shouldHaveALockThatItsFirstAcquireMakes() {
    String lock = make().lock();
    Channel a = in(openSession());
    Channel b = in(openSession());
    LockAcquireResponse first = acquireNow(a, lock);
    assertThat(acquireNow(a, lock).getToken()).as("reentrant").isEqualTo(first.getToken());

    assertThat(acquireNow(b, lock).getAcquired()).isFalse();
    assertThat(addOne(b)).as("its calls do not ask for the lock").isEqualTo(1);
    release(a, lock, first.getToken());
    release(a, lock, first.getToken());
    assertThat(acquireNow(b, lock).getAcquired()).isTrue();
  }

  @Test
  void shouldNameTheLockThatItIsToldAndKeepIt() {
    String lock = "locks/" + name();
    assertThat(make(channel(), Lifetime.LIFETIME_UNSPECIFIED, lock).lock()).isEqualTo(lock);
    Made again = make(channel(), Lifetime.LIFETIME_UNSPECIFIED, lock);
    assertThat(again.isNew()).isFalse();
    assertThat(again.lock()).isEqualTo(lock);
    assertThat(reasonOf(this::make)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(reasonOf(() -> make(channel(), Lifetime.LIFETIME_UNSPECIFIED, "not//a name")))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
  }

  @Test
  void shouldTellTheNextHolderThatTheLastOneDied() {
    String lock = make().lock();
    String holder = openSession();
    Channel next = in(openSession());
    assertThat(acquireNow(in(holder), lock).getPreviousOwnerDied()).isFalse();
    addOne(in(holder));
    Future<LockAcquireResponse> waiting =
        LockServiceGrpc.newFutureStub(next).acquire(acquireGuard(lock));
    end(holder);

    LockAcquireResponse told = get(waiting);
    assertThat(told.getPreviousOwnerDied()).isTrue();
    assertThat(number(channel())).as("what it did stays").isEqualTo(1);
    release(next, lock, told.getToken());
    LockAcquireResponse after = acquireNow(next, lock);
    assertThat(after.getPreviousOwnerDied()).isFalse();
    release(next, lock, after.getToken());
  }

  @Test
  void shouldTellTheNextHolderThoughNobodyWaited() {
    String lock = make().lock();
    String holder = openSession();
    acquireNow(in(holder), lock);
    end(holder);

    assertThat(acquireNow(in(openSession()), lock).getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldChangeUnderAGuardOnlyWhileTheLockIsHeld() {
    String lock = make().lock();
    String session = openSession();
    long token = acquireNow(in(session), lock).getToken();
    Channel guarded = with("polyproc-session", session, "polyproc-guard", lock + ":" + token);
    assertThat(addOne(guarded)).isEqualTo(1);
    release(in(session), lock, token);

    assertThat(reasonOf(() -> addOne(guarded))).isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(number(channel())).isEqualTo(1);
  }

  // Lifetimes.

  @Test
  void shouldOutliveItsSessionWhereItIsPersistent() {
    String session = openSession();
    make(in(session), Lifetime.LIFETIME_PERSISTENT, "");
    addOne(in(session));
    end(session);

    assertThat(number(channel())).isEqualTo(1);
    delete();
    assertIsGone();
  }

  @Test
  void shouldEndWithTheSessionWhoseItIs() {
    String session = openSession();
    make(in(session), Lifetime.LIFETIME_SESSION, "");
    assertThat(addOne(channel())).isEqualTo(1);
    end(session);

    assertIsGone();
    assertThat(reasonOf(() -> make(channel(), Lifetime.LIFETIME_SESSION, "")))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(make().isNew()).isTrue();
    assertThat(number(channel())).isZero();
  }

  @Test
  void shouldEndWhenNobodyRefersToItAnyMore() {
    Channel session = in(openSession());
    Ref ref = make(session, Lifetime.LIFETIME_REFERENCED, "").ref();
    assertThat(addOne(channel())).isEqualTo(1);
    var unused =
        SessionServiceGrpc.newBlockingStub(session)
            .drop(
                SessionDropRequest.newBuilder()
                    .addDrops(SessionDrop.newBuilder().setRef(ref))
                    .build());

    assertIsGone();
  }

  @Test
  void shouldNotLiveOnlyWhileItIsUsed() {
    assertThat(reasonOf(() -> make(in(openSession()), Lifetime.LIFETIME_WHILE_USED, "")))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldNotBeMeantByARefToAnEarlierOne() {
    long incarnation = make().ref().getIncarnation();
    Channel meant = with("polyproc-incarnation", Long.toString(incarnation));
    assertThat(addOne(meant)).isEqualTo(1);
    delete();
    assertThat(make().ref().getIncarnation()).isGreaterThan(incarnation);

    assertThat(reasonOf(() -> addOne(meant))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(number(channel())).isZero();
  }

  // Repeats.

  @Test
  void shouldAddOnceHoweverOftenTheCallIsRepeated() {
    make();
    String session = openSession();
    Channel first = with("polyproc-session", session, "polyproc-sequence", "1");
    assertThat(addOne(first)).isEqualTo(1);
    assertThat(addOne(channel())).isEqualTo(2);

    assertThat(addOne(first)).as("as it was answered first").isEqualTo(1);
    assertThat(addOne(with("polyproc-session", session, "polyproc-sequence", "2"))).isEqualTo(3);
    assertThat(number(channel())).isEqualTo(3);
  }
}
