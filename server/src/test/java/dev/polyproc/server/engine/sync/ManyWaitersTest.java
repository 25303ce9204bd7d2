package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One entry serves as many as there are, whoever they are. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ManyWaitersTest {
  /** So many that each served within the one before overflowed the stack. */
  private static final int MANY = 4_000;

  /** Where answers alone are looked at: what so many take is AbuseIT's to see. */
  private static final int SOME = 1_000;

  private final EngineFixture world =
      new EngineFixture(
          EngineFixture.LIMITS.toBuilder()
              .setWaiters(100_000)
              .setWindowCalls(100_000)
              .setWindowBytes(1L << 28)
              .setStoredBytes(1L << 30)
              .build(),
          Care.INVARIANTS);
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private Pending<LockAcquireAllResponse> all(List<String> locks) {
    return b.call(
        "LockService/AcquireAll",
        LockAcquireAllRequest.newBuilder().addAllLocks(locks).build(),
        LockAcquireAllResponse.getDefaultInstance());
  }

  @Test
  void shouldServeAllThatAnOwnerWantsOfSeveralLocks() {
    a.lock("x").createReentrant().response();
    a.lock("y").createReentrant().response();
    a.lock("x").acquire();
    List<Pending<LockAcquireAllResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(all(List.of("x", "y")));
    }

    a.lock("x").release();

    assertThat(waiting).allMatch(call -> call.response().getAcquired());
    assertThat(b.lock("y").get().getHolds()).isEqualTo(MANY);
  }

  @Test
  void shouldServeReadersOfOneSession() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var waiting =
        IntStream.range(0, SOME).mapToObj(i -> b.as("t" + i).readWriteLock("l").read()).toList();

    a.readWriteLock("l").releaseWrite();

    assertThat(waiting).allMatch(call -> call.response().getAcquired());
    assertThat(a.readWriteLock("l").get().getReading()).isEqualTo(SOME);
  }

  @Test
  void shouldWakeWaitersOfOneOwner() {
    a.lock("x").createReentrant().response();
    a.condition("c").create("x").response();
    List<Pending<ConditionWaitResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < SOME; i++) {
      b.lock("x").acquire();
      waiting.add(b.condition("c").await());
    }
    a.lock("x").acquire();
    a.condition("c").wakeAll();

    a.lock("x").release();

    assertThat(waiting).allMatch(call -> call.response().getNotified());
  }

  @Test
  void shouldLetManyCallsForManyLocksGiveUp() {
    List<String> locks = IntStream.range(0, 64).mapToObj(i -> "l" + i).toList();
    locks.forEach(lock -> a.lock(lock).create().response());
    a.lock("l63").acquire();
    List<Pending<LockAcquireAllResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < SOME / 4; i++) {
      waiting.add(
          b.call(
              "LockService/AcquireAll",
              LockAcquireAllRequest.newBuilder()
                  .addAllLocks(locks)
                  .setTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(1))
                  .build(),
              LockAcquireAllResponse.getDefaultInstance()));
    }

    world.advance(Duration.ofSeconds(2));

    assertThat(waiting).allMatch(call -> !call.response().getAcquired());
  }
}
