package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockGetRequest;
import dev.polyproc.v1.ReadWriteLockGetResponse;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** ReadWriteLockService. */
public abstract class ReadWriteLockContract extends ContractSuite {
  private static final ReadWriteMode READ = ReadWriteMode.READ_WRITE_MODE_READ;
  private static final ReadWriteMode WRITE = ReadWriteMode.READ_WRITE_MODE_WRITE;

  private void create(OnOwnerEnd end) {
    var unused =
        ReadWriteLockServiceGrpc.newBlockingStub(channel())
            .create(
                ReadWriteLockCreateRequest.newBuilder().setLock(name()).setOnOwnerEnd(end).build());
  }

  private void create() {
    create(OnOwnerEnd.ON_OWNER_END_RELEASE);
  }

  private ReadWriteLockAcquireRequest.Builder to(ReadWriteMode mode) {
    return ReadWriteLockAcquireRequest.newBuilder().setLock(name()).setMode(mode);
  }

  private ReadWriteLockAcquireResponse now(Channel session, ReadWriteMode mode) {
    return ReadWriteLockServiceGrpc.newBlockingStub(session)
        .acquire(to(mode).setTimeout(NOW).build());
  }

  private Future<ReadWriteLockAcquireResponse> waiting(Channel session, ReadWriteMode mode) {
    int before = get().getWaiting();
    Future<ReadWriteLockAcquireResponse> waiter =
        ReadWriteLockServiceGrpc.newFutureStub(session).acquire(to(mode).build());
    await().until(() -> get().getWaiting() == before + 1);
    return waiter;
  }

  private int release(Channel session, ReadWriteMode mode) {
    return ReadWriteLockServiceGrpc.newBlockingStub(session)
        .release(ReadWriteLockReleaseRequest.newBuilder().setLock(name()).setMode(mode).build())
        .getHolds();
  }

  private ReadWriteLockGetResponse get() {
    return ReadWriteLockServiceGrpc.newBlockingStub(channel())
        .get(ReadWriteLockGetRequest.newBuilder().setLock(name()).build());
  }

  private void close(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  @Test
  void shouldLetManyReadOrOneWrite() {
    create();
    Channel a = in(openSession());
    Channel b = in(openSession());
    assertThat(now(a, READ).getAcquired()).isTrue();
    assertThat(now(b, READ).getAcquired()).isTrue();
    assertThat(get().getReading()).isEqualTo(2);
    assertThat(now(in(openSession()), WRITE).getAcquired()).isFalse();

    assertThat(release(a, READ)).isZero();
    assertThat(release(b, READ)).isZero();
    assertThat(now(a, WRITE).getAcquired()).isTrue();
    assertThat(now(b, READ).getAcquired()).isFalse();
    assertThat(get().hasWriter()).isTrue();
  }

  @Test
  void shouldNotLetAReaderPassAWriterThatWaits() {
    create();
    Channel a = in(openSession());
    Channel c = in(openSession());
    long first = now(a, READ).getToken();
    Future<ReadWriteLockAcquireResponse> writer = waiting(in(openSession()), WRITE);

    assertThat(now(c, READ).getAcquired()).isFalse();
    assertThat(now(a, READ).getToken()).isEqualTo(first);
    release(a, READ);
    release(a, READ);
    assertThat(get(writer).getToken()).isGreaterThan(first);
  }

  @Test
  void shouldGoOnReadingWhenTheWriteIsOver() {
    create();
    Channel a = in(openSession());
    assertThat(now(a, WRITE).getAcquired()).isTrue();
    assertThat(now(a, READ).getAcquired()).isTrue();
    assertThat(release(a, WRITE)).isZero();

    assertThat(now(in(openSession()), READ).getAcquired()).isTrue();
    assertThat(now(in(openSession()), WRITE).getAcquired()).isFalse();
  }

  @Test
  void shouldRefuseWhatWouldWaitForItself() {
    create();
    Channel a = in(openSession());
    assertThat(now(a, READ).getAcquired()).isTrue();

    assertThat(reasonOf(() -> now(a, WRITE))).isEqualTo(ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    assertThat(reasonOf(() -> release(a, WRITE))).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(reasonOf(() -> release(in(openSession()), READ)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
  }

  @Test
  void shouldServeTheNextWhenAWriterEnds() {
    create();
    String dying = openSession();
    assertThat(now(in(dying), WRITE).getAcquired()).isTrue();
    Future<ReadWriteLockAcquireResponse> first = waiting(in(openSession()), READ);
    Future<ReadWriteLockAcquireResponse> second = waiting(in(openSession()), READ);

    close(dying);

    assertThat(get(first).getPreviousOwnerDied()).isTrue();
    assertThat(get(second).getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldBreakWhenItsWriterEnds() {
    create(OnOwnerEnd.ON_OWNER_END_BREAK);
    String dying = openSession();
    assertThat(now(in(dying), WRITE).getAcquired()).isTrue();
    Future<ReadWriteLockAcquireResponse> waiter = waiting(in(openSession()), READ);

    close(dying);

    assertThat(reasonOf(() -> get(waiter))).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(get().getBroken()).isTrue();
  }
}
