package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierServiceGrpc;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionServiceGrpc;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchServiceGrpc;
import dev.polyproc.v1.LatchWaitRequest;
import dev.polyproc.v1.LatchWaitResponse;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreServiceGrpc;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueAddResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of those who wait for each other when a process among them is killed: everybody else
 * is told or goes on, and nothing is left over. Real processes, and {@code kill -9}.
 *
 * <p>{@code -Dpolyproc.kills=N} chooses how often.
 */
final class KilledClientIT {
  private static final int KILLS = Integer.getInteger("polyproc.kills", 20);

  /** Notifications that race with a kill. */
  private static final int RACES = 5 * KILLS;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final List<Mortal> mortals = new ArrayList<>();
  private final Client connection = daemon.client();
  private Client living;

  @BeforeEach
  void open() {
    living = connection.newSession();
  }

  @AfterEach
  void end() {
    mortals.forEach(Mortal::close);
    connection.close();
  }

  private Mortal mortal() {
    Mortal mortal = Mortal.of(connection);
    mortals.add(mortal);
    return mortal;
  }

  private void awaitWaiters(String object, int count) {
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(object).build();
    await()
        .pollDelay(0, TimeUnit.MILLISECONDS)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(() -> connection.admin().describe(describe).getWaitersCount() == count);
  }

  private static ErrorReason reasonOf(ListenableFuture<?> call) {
    return Refusal.reasonOf(() -> Later.get(call));
  }

  // Semaphores.

  private void createSemaphore(String semaphore, int permits) {
    var unused =
        SemaphoreServiceGrpc.newBlockingStub(connection.channel())
            .create(
                SemaphoreCreateRequest.newBuilder()
                    .setSemaphore(semaphore)
                    .setPermits(permits)
                    .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED)
                    .build());
  }

  private static ListenableFuture<SemaphoreAcquireResponse> acquire(
      Client client, String semaphore, int permits) {
    return SemaphoreServiceGrpc.newFutureStub(client.channel())
        .acquire(
            SemaphoreAcquireRequest.newBuilder()
                .setSemaphore(semaphore)
                .setPermits(permits)
                .build());
  }

  private void release(String semaphore, SemaphoreAcquireResponse acquired, int permits) {
    var unused =
        SemaphoreServiceGrpc.newBlockingStub(living.channel())
            .release(
                SemaphoreReleaseRequest.newBuilder()
                    .setSemaphore(semaphore)
                    .setToken(acquired.getToken())
                    .setPermits(permits)
                    .build());
  }

  private int permits(String semaphore) {
    return SemaphoreServiceGrpc.newBlockingStub(connection.channel())
        .get(SemaphoreGetRequest.newBuilder().setSemaphore(semaphore).build())
        .getPermits();
  }

  @Test
  void shouldGiveThePermitsOfAKilledHolderToWhoWaits() {
    createSemaphore("permits/held", 3);
    for (int i = 0; i < KILLS; i++) {
      Mortal holder = mortal();
      Later.get(acquire(holder.client(), "permits/held", 2));
      ListenableFuture<SemaphoreAcquireResponse> waiting = acquire(living, "permits/held", 3);
      awaitWaiters("permits/held", 1);

      holder.kill();

      assertThat(Later.get(waiting).getPreviousOwnerDied()).isTrue();
      assertThat(permits("permits/held")).isZero();
      release("permits/held", Later.get(waiting), 3);
    }
    assertThat(permits("permits/held")).isEqualTo(3);
  }

  @Test
  void shouldLetThoseGoOnWhoStandBehindAKilledAcquire() {
    createSemaphore("permits/waited", 3);
    for (int i = 0; i < KILLS; i++) {
      SemaphoreAcquireResponse held = Later.get(acquire(living, "permits/waited", 1));
      Mortal large = mortal();
      ListenableFuture<SemaphoreAcquireResponse> dying =
          acquire(large.client(), "permits/waited", 3);
      awaitWaiters("permits/waited", 1);
      ListenableFuture<SemaphoreAcquireResponse> behind = acquire(living, "permits/waited", 2);
      awaitWaiters("permits/waited", 2);

      large.kill();

      assertThat(Later.get(behind).getPreviousOwnerDied()).isFalse();
      assertThat(reasonOf(dying)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
      release("permits/waited", Later.get(behind), 2);
      release("permits/waited", held, 1);
    }
    assertThat(permits("permits/waited")).isEqualTo(3);
  }

  // Conditions.

  private void createCondition(String lock) {
    connection.locks().create(Requests.createLock(lock));
    var unused =
        ConditionServiceGrpc.newBlockingStub(connection.channel())
            .create(
                ConditionCreateRequest.newBuilder()
                    .setCondition(lock + "/condition")
                    .setLock(lock)
                    .build());
  }

  private static ListenableFuture<ConditionWaitResponse> sleep(Client client, String lock) {
    return sleep(client, client.locks().acquire(Requests.acquire(lock)), lock);
  }

  private static ListenableFuture<ConditionWaitResponse> sleep(
      Client client, LockAcquireResponse acquired, String lock) {
    return ConditionServiceGrpc.newFutureStub(client.channel())
        .wait(
            ConditionWaitRequest.newBuilder()
                .setCondition(lock + "/condition")
                .setToken(acquired.getToken())
                .build());
  }

  private static int wake(Client client, String lock, int count) {
    return ConditionServiceGrpc.newBlockingStub(client.channel())
        .notify(
            ConditionNotifyRequest.newBuilder()
                .setCondition(lock + "/condition")
                .setCount(count)
                .build())
        .getNotified();
  }

  /**
   * The one that sleeps longest is killed about when it is notified. What it is told by a numbered
   * call it has not confirmed, so that the notification always goes on to the second; what it is
   * told by another call, it knows.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldWakeALivingWaiterByEachNotificationThatRacesWithAKill(boolean numbered) {
    String lock = "notified/" + numbered;
    createCondition(lock);
    Random random = new Random(1);
    Client notifier = connection.newSession();
    int told = 0;
    for (int i = 0; i < RACES; i++) {
      Mortal oldest = mortal();
      Client asking =
          numbered ? oldest.client().with(Envelope.none().sequence(1)) : oldest.client();
      ListenableFuture<ConditionWaitResponse> dying =
          sleep(asking, oldest.client().locks().acquire(Requests.acquire(lock)), lock);
      ListenableFuture<ConditionWaitResponse> second = sleep(living, lock);
      awaitWaiters(lock + "/condition", 2);
      LockAcquireResponse held = notifier.locks().acquire(Requests.acquire(lock));
      int pause = random.nextInt(3_000_000);
      Thread killer =
          new Thread(
              () -> {
                LockSupport.parkNanos(pause);
                oldest.kill();
              });
      killer.start();
      LockSupport.parkNanos(random.nextInt(2_000_000));

      assertThat(wake(notifier, lock, 1)).isEqualTo(1);
      notifier.locks().release(Requests.release(lock, held.getToken()));

      boolean knew = wasNotified(dying);
      told += knew ? 1 : 0;
      if (knew && !numbered) {
        LockAcquireResponse next = notifier.locks().acquire(Requests.acquire(lock));
        assertThat(next.getPreviousOwnerDied()).isTrue();
        assertThat(wake(notifier, lock, 1)).isEqualTo(1);
        notifier.locks().release(Requests.release(lock, next.getToken()));
      }
      ConditionWaitResponse woken = Later.get(second);
      assertThat(woken.getNotified()).isTrue();
      living.locks().release(Requests.release(lock, woken.getToken()));
      awaitWaiters(lock + "/condition", 0);
    }
    System.out.printf(
        "%d kills of a waiter that was notified; %d of them were told before%n", RACES, told);
  }

  /** Whether a call was told; otherwise its session has ended. */
  private static boolean wasNotified(ListenableFuture<ConditionWaitResponse> call) {
    try {
      return Later.get(call).getNotified();
    } catch (StatusRuntimeException e) {
      assertThat(Refusal.of(e).reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
      return false;
    }
  }

  @Test
  void shouldHandTheLockOnThatAWokenWaiterHadWhenItWasKilled() {
    String lock = "woken";
    createCondition(lock);
    for (int i = 0; i < KILLS; i++) {
      Mortal sleeper = mortal();
      ListenableFuture<ConditionWaitResponse> sleeping = sleep(sleeper.client(), lock);
      awaitWaiters(lock + "/condition", 1);
      LockAcquireResponse held = living.locks().acquire(Requests.acquire(lock));
      assertThat(wake(living, lock, 1)).isEqualTo(1);
      living.locks().release(Requests.release(lock, held.getToken()));
      assertThat(Later.get(sleeping).getNotified()).isTrue();
      ListenableFuture<LockAcquireResponse> next =
          living.locksLater().acquire(Requests.acquire(lock));

      sleeper.kill();

      assertThat(Later.get(next).getPreviousOwnerDied()).isTrue();
      living.locks().release(Requests.release(lock, Later.get(next).getToken()));
    }
  }

  // Latches.

  @Test
  void shouldOpenALatchForThoseWhoLiveWhenOneWhoWaitedIsKilled() {
    for (int i = 0; i < KILLS; i++) {
      String latch = "latch/" + i;
      var created =
          LatchServiceGrpc.newBlockingStub(connection.channel())
              .create(LatchCreateRequest.newBuilder().setLatch(latch).setCount(1).build());
      Mortal first = mortal();
      LatchWaitRequest wait = LatchWaitRequest.newBuilder().setLatch(latch).build();
      ListenableFuture<LatchWaitResponse> dying =
          LatchServiceGrpc.newFutureStub(first.client().channel()).wait(wait);
      ListenableFuture<LatchWaitResponse> waiting =
          LatchServiceGrpc.newFutureStub(living.channel()).wait(wait);
      awaitWaiters(latch, 2);

      first.kill();
      awaitWaiters(latch, 1);
      var opened =
          LatchServiceGrpc.newBlockingStub(living.channel())
              .countDown(LatchCountDownRequest.newBuilder().setLatch(latch).build());

      assertThat(Later.get(waiting).getOpen()).isTrue();
      assertThat(reasonOf(dying)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    }
  }

  // Barriers.

  private void createBarrier(String barrier, int parties, boolean action) {
    var unused =
        BarrierServiceGrpc.newBlockingStub(connection.channel())
            .create(
                BarrierCreateRequest.newBuilder()
                    .setBarrier(barrier)
                    .setParties(parties)
                    .setAction(action)
                    .build());
  }

  private static ListenableFuture<BarrierWaitResponse> arrive(Client client, String barrier) {
    return BarrierServiceGrpc.newFutureStub(client.channel())
        .wait(BarrierWaitRequest.newBuilder().setBarrier(barrier).build());
  }

  private void reset(String barrier) {
    boolean broken =
        BarrierServiceGrpc.newBlockingStub(living.channel())
            .reset(BarrierResetRequest.newBuilder().setBarrier(barrier).build())
            .getWasBroken();
    assertThat(broken).isTrue();
  }

  @Test
  void shouldTellTheOtherPartiesWhenOneIsKilledAtTheBarrier() {
    String barrier = "barrier";
    createBarrier(barrier, 3, false);
    for (int i = 0; i < KILLS; i++) {
      Mortal party = mortal();
      var dying = arrive(party.client(), barrier);
      awaitWaiters(barrier, 1);
      ListenableFuture<BarrierWaitResponse> other = arrive(living, barrier);
      awaitWaiters(barrier, 2);

      party.kill();

      assertThat(reasonOf(other)).isEqualTo(ErrorReason.ERROR_REASON_BARRIER_BROKEN);
      assertThat(reasonOf(dying)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
      reset(barrier);
    }
  }

  @Test
  void shouldTellTheOtherPartiesWhenTheOneIsKilledThatRunsTheAction() {
    String barrier = "action";
    createBarrier(barrier, 2, true);
    for (int i = 0; i < KILLS; i++) {
      ListenableFuture<BarrierWaitResponse> other = arrive(living, barrier);
      awaitWaiters(barrier, 1);
      Mortal runner = mortal();
      BarrierWaitResponse told = Later.get(arrive(runner.client(), barrier));
      assertThat(told.getRunAction()).isTrue();

      runner.kill();

      assertThat(reasonOf(other)).isEqualTo(ErrorReason.ERROR_REASON_BARRIER_BROKEN);
      assertThat(
              Refusal.reasonOf(
                  () ->
                      BarrierServiceGrpc.newBlockingStub(living.channel())
                          .actionDone(
                              BarrierActionDoneRequest.newBuilder()
                                  .setBarrier(barrier)
                                  .setRound(told.getRound())
                                  .build())))
          .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
      reset(barrier);
    }
  }

  // Read-write locks.

  private static ListenableFuture<ReadWriteLockAcquireResponse> acquire(
      Client client, String lock, ReadWriteMode mode) {
    return ReadWriteLockServiceGrpc.newFutureStub(client.channel())
        .acquire(ReadWriteLockAcquireRequest.newBuilder().setLock(lock).setMode(mode).build());
  }

  private void release(String lock, ReadWriteMode mode) {
    var unused =
        ReadWriteLockServiceGrpc.newBlockingStub(living.channel())
            .release(ReadWriteLockReleaseRequest.newBuilder().setLock(lock).setMode(mode).build());
  }

  private void createReadWriteLock(String lock) {
    var unused =
        ReadWriteLockServiceGrpc.newBlockingStub(connection.channel())
            .create(ReadWriteLockCreateRequest.newBuilder().setLock(lock).build());
  }

  @ParameterizedTest
  @EnumSource(names = {"READ_WRITE_MODE_READ", "READ_WRITE_MODE_WRITE"})
  void shouldHandTheReadWriteLockOfAKilledHolderOn(ReadWriteMode mode) {
    String lock = "held/" + mode;
    createReadWriteLock(lock);
    for (int i = 0; i < KILLS; i++) {
      Mortal holder = mortal();
      Later.get(acquire(holder.client(), lock, mode));
      ListenableFuture<ReadWriteLockAcquireResponse> next =
          acquire(living, lock, ReadWriteMode.READ_WRITE_MODE_WRITE);
      awaitWaiters(lock, 1);

      holder.kill();

      assertThat(Later.get(next).getPreviousOwnerDied())
          .isEqualTo(mode == ReadWriteMode.READ_WRITE_MODE_WRITE);
      release(lock, ReadWriteMode.READ_WRITE_MODE_WRITE);
    }
  }

  @Test
  void shouldLetThoseReadWhoStandBehindAKilledWriter() {
    String lock = "behind";
    createReadWriteLock(lock);
    Client other = connection.newSession();
    for (int i = 0; i < KILLS; i++) {
      Later.get(acquire(living, lock, ReadWriteMode.READ_WRITE_MODE_READ));
      Mortal writer = mortal();
      var dying = acquire(writer.client(), lock, ReadWriteMode.READ_WRITE_MODE_WRITE);
      awaitWaiters(lock, 1);
      ListenableFuture<ReadWriteLockAcquireResponse> behind =
          acquire(other, lock, ReadWriteMode.READ_WRITE_MODE_READ);
      awaitWaiters(lock, 2);

      writer.kill();

      assertThat(Later.get(behind).getPreviousOwnerDied()).isFalse();
      assertThat(reasonOf(dying)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
      release(lock, ReadWriteMode.READ_WRITE_MODE_READ);
      var released =
          ReadWriteLockServiceGrpc.newBlockingStub(other.channel())
              .release(
                  ReadWriteLockReleaseRequest.newBuilder()
                      .setLock(lock)
                      .setMode(ReadWriteMode.READ_WRITE_MODE_READ)
                      .build());
    }
  }

  // Several locks.

  private static ListenableFuture<LockAcquireAllResponse> acquireAll(
      Client client, String... locks) {
    return client
        .locksLater()
        .acquireAll(LockAcquireAllRequest.newBuilder().addAllLocks(List.of(locks)).build());
  }

  @Test
  void shouldFreeAllLocksOfAKilledHolder() {
    connection.locks().create(Requests.createLock("all/a"));
    connection.locks().create(Requests.createLock("all/b"));
    for (int i = 0; i < KILLS; i++) {
      Mortal holder = mortal();
      Later.get(acquireAll(holder.client(), "all/a", "all/b"));
      ListenableFuture<LockAcquireAllResponse> next = acquireAll(living, "all/b", "all/a");
      awaitWaiters("all/a", 1);

      holder.kill();

      List<LockAcquireResponse> holds = Later.get(next).getHoldsList();
      assertThat(holds).allMatch(LockAcquireResponse::getPreviousOwnerDied).hasSize(2);
      living.locks().release(Requests.release("all/b", holds.get(0).getToken()));
      living.locks().release(Requests.release("all/a", holds.get(1).getToken()));
    }
  }

  @Test
  void shouldLetThoseGoOnWhoStandBehindAKilledCallForSeveralLocks() {
    connection.locks().create(Requests.createLock("some/a"));
    connection.locks().create(Requests.createLock("some/b"));
    for (int i = 0; i < KILLS; i++) {
      long held = living.locks().acquire(Requests.acquire("some/a")).getToken();
      Mortal waiter = mortal();
      var dying = acquireAll(waiter.client(), "some/a", "some/b");
      awaitWaiters("some/b", 1);
      ListenableFuture<LockAcquireResponse> behind =
          connection.newSession().locksLater().acquire(Requests.acquire("some/b"));
      awaitWaiters("some/b", 2);

      waiter.kill();

      LockAcquireResponse got = Later.get(behind);
      assertThat(got.getPreviousOwnerDied()).isFalse();
      assertThat(reasonOf(dying)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
      living.locks().release(Requests.release("some/a", held));
      connection.locks().release(Requests.release("some/b", got.getToken()));
    }
  }

  // Values.

  private static final int ADDS = 100;

  private String createValue(String value) {
    return ValueServiceGrpc.newBlockingStub(connection.channel())
        .create(
            ValueCreateRequest.newBuilder()
                .setValue(value)
                .setType(ElementType.ELEMENT_TYPE_INT64)
                .build())
        .getLock();
  }

  private static ListenableFuture<ValueAddResponse> add(Client client, String value) {
    return ValueServiceGrpc.newFutureStub(client.channel())
        .add(ValueAddRequest.newBuilder().setValue(value).build());
  }

  private long content(String value) {
    return ValueServiceGrpc.newBlockingStub(connection.channel())
        .get(ValueGetRequest.newBuilder().setValue(value).build())
        .getContent()
        .getInt();
  }

  /** The sums that were answered, each once; the other calls were refused as others say. */
  private static Set<Long> sums(
      List<ListenableFuture<ValueAddResponse>> adds, Set<ErrorReason> others) {
    Set<Long> sums = new TreeSet<>();
    for (ListenableFuture<ValueAddResponse> add : adds) {
      try {
        sums.add(Later.get(add).getContent().getInt());
      } catch (StatusRuntimeException e) {
        assertThat(Refusal.of(e).reason()).isIn(others);
      }
    }
    return sums;
  }

  /** Each addition is sent twice, as by a client that has heard nothing of the first. */
  @Test
  void shouldCountOnceWhatAClientAddedThatIsKilledMeanwhile() {
    Random random = new Random(2);
    String value = "counted";
    createValue(value);
    long before = 0;
    int cut = 0;
    for (int i = 0; i < KILLS; i++) {
      Mortal adding = mortal();
      int last = random.nextInt(ADDS);
      List<ListenableFuture<ValueAddResponse>> adds = new ArrayList<>();
      for (int number = 1; number <= ADDS; number++) {
        Client numbered = adding.client().with(Envelope.none().sequence(number));
        adds.add(add(numbered, value));
        adds.add(add(numbered, value));
        if (number == last) {
          adding.kill();
        }
      }
      adding.kill();
      Set<Long> sums =
          sums(
              adds,
              Set.of(
                  ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
                  ErrorReason.ERROR_REASON_SESSION_ENDED));

      long after = content(value);
      assertThat(after - before).isEqualTo(sums.size());
      assertThat(sums.stream().mapToLong(sum -> sum).max().orElse(after)).isEqualTo(after);
      cut += sums.size() < ADDS ? 1 : 0;
      before = after;
    }
    System.out.printf("%d kills of a client that adds; %d of them in the middle%n", KILLS, cut);
  }

  @Test
  void shouldHandTheLockOfAValueOnWhenItsHolderIsKilledAndLetItAddNoMore() {
    String value = "guarded";
    String lock = createValue(value);
    LockAcquireRequest acquire = Requests.acquireGuard(lock);
    for (int i = 0; i < KILLS; i++) {
      Mortal holder = mortal();
      long token = holder.client().locks().acquire(acquire).getToken();
      Client guarded = holder.client().with(Envelope.none().guard(lock, token));
      long before = content(value);
      assertThat(Later.get(add(guarded, value)).getContent().getInt()).isEqualTo(before + 1);
      ListenableFuture<LockAcquireResponse> next = living.locksLater().acquire(acquire);
      awaitWaiters(lock, 1);
      List<ListenableFuture<ValueAddResponse>> adds = new ArrayList<>();
      holder.kill();
      while (!next.isDone()) {
        ListenableFuture<ValueAddResponse> add = add(guarded, value);
        adds.add(add);
        await()
            .pollDelay(0, TimeUnit.MILLISECONDS)
            .pollInterval(1, TimeUnit.MILLISECONDS)
            .until(add::isDone);
      }

      LockAcquireResponse held = Later.get(next);
      assertThat(held.getPreviousOwnerDied()).isTrue();
      long left = content(value);
      adds.add(add(guarded, value));
      Set<Long> sums =
          sums(
              adds,
              Set.of(
                  ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
                  ErrorReason.ERROR_REASON_SESSION_ENDED,
                  ErrorReason.ERROR_REASON_GUARD_FAILED));
      assertThat(left).isEqualTo(before + 1 + sums.size());
      assertThat(content(value)).as("what its holder left stays").isEqualTo(left);
      living.locks().release(Requests.release(lock, held.getToken()));
    }
  }
}
