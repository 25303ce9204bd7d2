package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreGetResponse;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreServiceGrpc;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** SemaphoreService. */
public abstract class SemaphoreContract extends ContractSuite {
  private void create(SemaphoreCreateRequest.Builder shape) {
    var unused =
        SemaphoreServiceGrpc.newBlockingStub(channel()).create(shape.setSemaphore(name()).build());
  }

  private void create(int permits) {
    create(SemaphoreCreateRequest.newBuilder().setPermits(permits));
  }

  private SemaphoreAcquireRequest.Builder acquire(int permits) {
    return SemaphoreAcquireRequest.newBuilder().setSemaphore(name()).setPermits(permits);
  }

  private SemaphoreAcquireResponse acquireNow(Channel session, int permits) {
    return SemaphoreServiceGrpc.newBlockingStub(session)
        .acquire(acquire(permits).setTimeout(NOW).build());
  }

  private Future<SemaphoreAcquireResponse> waiter(int permits, int number) {
    Future<SemaphoreAcquireResponse> waiter =
        SemaphoreServiceGrpc.newFutureStub(in(openSession())).acquire(acquire(permits).build());
    await().until(() -> get().getWaiting() == number);
    return waiter;
  }

  private int release(Channel session, int permits, long token) {
    return SemaphoreServiceGrpc.newBlockingStub(session)
        .release(
            SemaphoreReleaseRequest.newBuilder()
                .setSemaphore(name())
                .setPermits(permits)
                .setToken(token)
                .build())
        .getPermits();
  }

  private SemaphoreGetResponse get() {
    return SemaphoreServiceGrpc.newBlockingStub(channel())
        .get(SemaphoreGetRequest.newBuilder().setSemaphore(name()).build());
  }

  private void end(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  @Test
  void shouldGrantAsManyAsThereAre() {
    create(2);
    Channel a = in(openSession());
    long token = acquireNow(a, 2).getToken();
    assertThat(acquireNow(a, 1).getAcquired()).isFalse();

    assertThat(release(a, 1, token)).isEqualTo(1);
    assertThat(reasonOf(() -> release(a, 2, token)))
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(acquireNow(a, 1).getToken()).isGreaterThan(token);
    assertThat(get().getHoldersCount()).isEqualTo(2);
  }

  @Test
  void shouldServeInOrder() {
    create(1);
    Future<SemaphoreAcquireResponse> large = waiter(2, 1);
    Future<SemaphoreAcquireResponse> small = waiter(1, 2);
    Channel a = in(openSession());
    assertThat(acquireNow(a, 1).getAcquired()).isFalse();
    assertThat(
            SemaphoreServiceGrpc.newBlockingStub(a)
                .drain(SemaphoreDrainRequest.newBuilder().setSemaphore(name()).build()))
        .isEqualTo(SemaphoreDrainResponse.getDefaultInstance());

    release(channel(), 1, 0);
    assertThat(get(large).getAcquired()).isTrue();
    assertThat(small.isDone()).isFalse();
    release(channel(), 1, 0);
    assertThat(get(small).getAcquired()).isTrue();
  }

  @Test
  void shouldDrainWhatIsThere() {
    create(5);
    SemaphoreDrainResponse drained =
        SemaphoreServiceGrpc.newBlockingStub(in(openSession()))
            .drain(SemaphoreDrainRequest.newBuilder().setSemaphore(name()).build());

    assertThat(drained.getPermits()).isEqualTo(5);
    assertThat(get().getPermits()).isZero();
    assertThat(release(channel(), 5, drained.getToken())).isEqualTo(5);
  }

  @Test
  void shouldKeepItsBound() {
    create(SemaphoreCreateRequest.newBuilder().setPermits(1).setMaxPermits(1));
    Channel a = in(openSession());

    assertThat(reasonOf(() -> release(a, 1, 0))).isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(reasonOf(() -> acquireNow(a, 2)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(get().getPermits()).isEqualTo(1);
  }

  @Test
  void shouldTakeBackUnderItsTokenAloneWhatIsHeldByIt() {
    create(SemaphoreCreateRequest.newBuilder().setPermits(2).setMaxPermits(2));
    Channel a = in(openSession());
    SemaphoreAcquireResponse held =
        SemaphoreServiceGrpc.newBlockingStub(a)
            .acquire(
                SemaphoreAcquireRequest.newBuilder().setSemaphore(name()).setByToken(true).build());

    assertThat(reasonOf(() -> release(a, 1, 0))).isEqualTo(ErrorReason.ERROR_REASON_OVER_RELEASED);
    assertThat(get().getHoldersCount()).isEqualTo(1);
    assertThat(release(channel(), 1, held.getToken())).isEqualTo(2);
  }

  @Test
  void shouldTakeBackOnlyWhatTheSessionHoldsWhereOwned() {
    create(
        SemaphoreCreateRequest.newBuilder()
            .setPermits(1)
            .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED));
    Channel a = in(openSession());
    acquireNow(a, 1);

    assertThat(reasonOf(() -> release(in(openSession()), 1, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(release(a, 1, 0)).isEqualTo(1);
  }

  @Test
  void shouldAskForASessionOrALease() {
    create(1);

    assertThat(reasonOf(() -> acquireNow(channel(), 1)))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldGivePermitsBackWhenTheirSessionEnds() {
    create(2);
    String session = openSession();
    acquireNow(in(session), 2);
    Future<SemaphoreAcquireResponse> next = waiter(1, 1);

    end(session);

    assertThat(get(next).getPreviousOwnerDied()).isTrue();
    assertThat(get().getPermits()).isEqualTo(1);
  }

  @Test
  void shouldGivePermitsBackWhenTheirLeaseEnds() {
    create(1);
    var unused =
        SemaphoreServiceGrpc.newBlockingStub(in(openSession()))
            .acquire(acquire(1).setLease(SHORT).build());

    Future<SemaphoreAcquireResponse> next =
        SemaphoreServiceGrpc.newFutureStub(in(openSession())).acquire(acquire(1).build());

    assertThat(get(next).getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldBreakWhenASessionEndsThatHoldsPermits() {
    create(
        SemaphoreCreateRequest.newBuilder()
            .setPermits(2)
            .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK));
    String session = openSession();
    acquireNow(in(session), 1);
    Future<SemaphoreAcquireResponse> waiting = waiter(2, 1);

    end(session);

    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(get().getBroken()).isTrue();
  }
}
