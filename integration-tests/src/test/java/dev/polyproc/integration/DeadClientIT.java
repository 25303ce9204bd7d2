package dev.polyproc.integration;

import static dev.polyproc.integration.Actor.Deed.HOLD_LOCK;
import static dev.polyproc.integration.Actor.Deed.RESERVE_ITEM;
import static dev.polyproc.integration.Actor.Deed.TAKE_ITEM;
import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.QueueGetResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a client's things when it is killed or stopped: real processes, real signals. */
final class DeadClientIT {
  private static final int KILLS = LateInstallation.many(9, 5, 3);
  private static final long LONG_MILLIS = 60_000;
  private static final long SHORT_MILLIS = 1_000;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final List<Actor> actors = new ArrayList<>();
  private final Client client = daemon.client();

  @AfterEach
  void end() {
    actors.forEach(Actor::close);
    client.close();
  }

  private Actor actor(Actor.Way way, long timeToLive, Actor.Deed deed, String object) {
    Actor actor = Actor.start(daemon.get().socket(), way, timeToLive, deed, object);
    actors.add(actor);
    return actor;
  }

  @ParameterizedTest
  @EnumSource
  void shouldHandTheLockOfAKilledHolderOverAtOnce(Actor.Way way) {
    List<Actor> holders = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      client.locks().create(createLock(way + "/" + i));
      holders.add(actor(way, LONG_MILLIS, HOLD_LOCK, way + "/" + i));
    }
    holders.forEach(Actor::awaitDone);
    Client waiter = client.newSession();
    List<Double> millis = new ArrayList<>();

    for (int i = 0; i < KILLS; i++) {
      String lock = way + "/" + i;
      ListenableFuture<LockAcquireResponse> waiting = waiter.locksLater().acquire(acquire(lock));
      awaitWaiters(lock, 1);
      long start = System.nanoTime();
      holders.get(i).kill();
      LockAcquireResponse acquired = Later.get(waiting);
      millis.add((System.nanoTime() - start) / 1e6);

      assertThat(acquired.getAcquired()).isTrue();
      assertThat(acquired.getPreviousOwnerDied()).isTrue();
    }

    Collections.sort(millis);
    System.out.printf(
        "kill -9 of a lock's holder (%s): the next one has it after %.1f ms (median of %d;"
            + " slowest %.1f ms)%n",
        way, millis.get(KILLS / 2), KILLS, millis.get(KILLS - 1));
    assertThat(millis.get(KILLS / 2)).isLessThan(LONG_MILLIS / 20.0);
  }

  @ParameterizedTest
  @EnumSource
  void shouldHandTheLockOfAFrozenHolderOverAfterItsTimeToLive(Actor.Way way) {
    String lock = "frozen/" + way;
    client.locks().create(createLock(lock));
    Actor holder = actor(way, SHORT_MILLIS, HOLD_LOCK, lock).awaitDone();
    ListenableFuture<LockAcquireResponse> waiting =
        client.newSession().locksLater().acquire(acquire(lock));
    awaitWaiters(lock, 1);

    long start = System.nanoTime();
    holder.freeze();
    LockAcquireResponse acquired = Later.get(waiting);
    long millis = (System.nanoTime() - start) / 1_000_000;

    assertThat(acquired.getPreviousOwnerDied()).isTrue();
    // It said its last word up to a fifth of the time to live before it froze.
    assertThat(millis).isBetween(SHORT_MILLIS / 2, 10 * SHORT_MILLIS);
    holder.thaw();
    assertThat(holder.awaitExit()).as("the holder is told when it wakes up").isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveNothingToAClientThatWasKilledWhileItWaited(Actor.Way way) {
    String queue = "killed/" + way;
    client.queues().create(createQueue(queue));
    Actor getter = actor(way, LONG_MILLIS, TAKE_ITEM, queue);
    await().until(() -> client.queues().size(size(queue)).getWaitingGets() == 1);

    getter.kill();
    await().until(() -> client.queues().size(size(queue)).getWaitingGets() == 0);
    client.queues().put(put(queue, 7));
    QueueGetResponse next = client.queues().get(getNow(queue));

    assertThat(next.getItem().getInt()).isEqualTo(7);
    assertThat(next.getAttempt()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void shouldLeaveNoTraceOfAWaiterThatWasKilled(Actor.Way way) {
    String lock = "queued/" + way;
    client.locks().create(createLock(lock));
    Client holder = client.newSession();
    long token = holder.locks().acquire(acquire(lock)).getToken();
    Actor second = actor(way, LONG_MILLIS, HOLD_LOCK, lock);
    awaitWaiters(lock, 1);
    ListenableFuture<LockAcquireResponse> third =
        client.newSession().locksLater().acquire(acquire(lock));
    awaitWaiters(lock, 2);

    second.kill();
    awaitWaiters(lock, 1);
    holder.locks().release(Requests.release(lock, token));

    assertThat(Later.get(third).getAcquired()).isTrue();
    assertThat(Later.get(third).getPreviousOwnerDied()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void shouldDeliverAgainWhatAKilledClientHadReserved(Actor.Way way) {
    String queue = "reserved/" + way;
    client.queues().create(createQueue(queue));
    client.queues().put(put(queue, 1));
    client.queues().put(put(queue, 2));
    Actor worker = actor(way, LONG_MILLIS, RESERVE_ITEM, queue).awaitDone();

    worker.kill();
    await().until(() -> client.queues().size(size(queue)).getReserved() == 0);
    QueueGetResponse first = client.queues().get(get(queue));
    QueueGetResponse second = client.queues().get(get(queue));

    assertThat(first.getItem().getInt()).as("it is back at the head").isEqualTo(1);
    assertThat(first.getAttempt()).isEqualTo(2);
    assertThat(second.getAttempt()).isEqualTo(1);
  }

  private void awaitWaiters(String object, int count) {
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(object).build();
    await().until(() -> client.admin().describe(describe).getWaitersCount() == count);
  }
}
