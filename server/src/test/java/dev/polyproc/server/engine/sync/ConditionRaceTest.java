package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Notifications race with deaths, cancels and timeouts of waiters: each wakes one that lives and
 * comes to know it, or nobody waits any more.
 */
final class ConditionRaceTest {
  private static final int RUNS = Integer.getInteger("polyproc.condition.races", 3_000);
  private static final int WAITERS = 6;
  private static final int STEPS = 12;

  /** Some waits end by themselves within a run. */
  private static final Duration LONG = Duration.ofMillis(40);

  @Test
  void shouldWakeALivingWaiterWithEachNotification() {
    for (int seed = 0; seed < RUNS; seed++) {
      new Race(seed).run();
    }
  }

  private static final class Race {
    private final int seed;
    private final Random random;
    private final EngineFixture world;
    private final Client notifier;
    private final List<Waiter> waiters = new ArrayList<>();
    private int notified;

    private static final class Waiter {
      final Client client;
      final Pending<ConditionWaitResponse> call;
      boolean gone;
      boolean knows;

      Waiter(Client client, Pending<ConditionWaitResponse> call) {
        this.client = client;
        this.call = call;
      }

      boolean isBack() {
        return !gone && !call.isWaiting() && !call.isRefused();
      }
    }

    Race(int seed) {
      this.seed = seed;
      random = new Random(seed);
      int piece = seed % 2 == 0 ? 1_000 : 1;
      world = new EngineFixture(EngineFixture.boot(EngineFixture.LIMITS), Care.INVARIANTS, piece);
      notifier = world.session("notifier");
    }

    void run() {
      notifier.lock("l").create();
      notifier.condition("n").create("l");
      for (int i = 0; i < WAITERS; i++) {
        waiters.add(sleep(world.session("waiter " + i)));
      }
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      finish();
      long known =
          waiters.stream()
              .filter(waiter -> waiter.knows && waiter.call.response().getNotified())
              .count();
      int left = notifier.condition("n").get().getWaiting();
      assertThat(known).as("seed %s", seed).isLessThanOrEqualTo(notified);
      if (left > 0) {
        assertThat(known).as("seed %s, while %s wait", seed, left).isEqualTo(notified);
      }
    }

    private Waiter sleep(Client client) {
      client.lock("l").acquire().response();
      ConditionWaitRequest.Builder how = ConditionWaitRequest.newBuilder();
      if (random.nextInt(3) == 0) {
        how.setTimeout(com.google.protobuf.Duration.newBuilder().setNanos(20_000_000));
      }
      if (random.nextInt(3) == 0) {
        how.setLease(com.google.protobuf.Duration.newBuilder().setNanos(15_000_000));
      }
      return new Waiter(client, client.condition("n").await(how));
    }

    private void step() {
      Waiter any = waiters.get(random.nextInt(WAITERS));
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> notifyOne();
        case 3 -> die(any);
        case 4 -> giveUp(any);
        case 5 -> abandon(any);
        case 6 -> release(any);
        default -> world.advance(LONG.dividedBy(1 + random.nextInt(8)));
      }
      if (random.nextBoolean()) {
        world.settle();
      }
    }

    /** Wakes one, if the lock can be had; and lets go of it now or later. */
    private void notifyOne() {
      if (!notifier.lock("l").acquire(Duration.ZERO).response().getAcquired()) {
        return;
      }
      notified += notifier.condition("n").wake();
      if (random.nextBoolean()) {
        giveUp(waiters.get(random.nextInt(WAITERS)));
        die(waiters.get(random.nextInt(WAITERS)));
      }
      notifier.lock("l").release().response();
    }

    private void die(Waiter waiter) {
      if (!waiter.gone) {
        waiter.gone = true;
        waiter.client.dies();
      }
    }

    /** Cancels and undoes it, so that it has no effect, unless the caller knew of its answer. */
    private void giveUp(Waiter waiter) {
      if (!waiter.gone && !waiter.knows) {
        waiter.gone = true;
        var unused = waiter.client.undo(waiter.call).response();
      }
    }

    private void abandon(Waiter waiter) {
      if (!waiter.gone && waiter.call.isWaiting()) {
        waiter.gone = true;
        world.abandon(waiter.call);
      }
    }

    /** Knows that it is back, and confirms it or releases the lock. */
    private void release(Waiter waiter) {
      if (waiter.isBack() && !waiter.knows) {
        waiter.knows = true;
        waiter.client.confirm(waiter.call);
        var unused = waiter.client.lock("l").release(waiter.call.response().getToken());
      }
    }

    /** All that are on their way back come back. */
    private void finish() {
      world.settle();
      for (int i = 0; i < WAITERS; i++) {
        waiters.forEach(this::release);
        world.settle();
      }
    }
  }
}
