package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.ConditionCalls;
import dev.polyproc.server.engine.EventCalls;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Random requests to locks, conditions and events. */
final class SyncRequests {
  /** Locks that mostly are there only while they are used. */
  private static final List<String> WHILE_USED = List.of("lock3", "lock4");

  private final Choices choices;

  SyncRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> lock(Client client, String name) {
    if (WHILE_USED.contains(name) && choices.random.nextInt(4) > 0) {
      return choices.oneIn(6) ? severalWhileUsed(client) : whileUsed(client, name);
    }
    if (choices.shouldCreate(name)) {
      return client
          .lock(name)
          .create(
              LockCreateRequest.newBuilder()
                  .setKind(name.equals("lock0") ? LockKind.LOCK_KIND_REENTRANT : anyKind())
                  .setOnOwnerEnd(OnOwnerEnd.forNumber(1 + choices.random.nextInt(3)))
                  .setLifetime(choices.lifetime()));
    }
    LockCalls lock = choices.meaning(client, name).lock(name);
    if (choices.oneIn(8)) {
      return several(client);
    }
    if (choices.random.nextInt(5) < 3) {
      return lock.acquire(acquireRequest());
    }
    return lock.release(choices.random.nextBoolean() ? 0 : token(name));
  }

  /** Two or three locks at once, in any order. */
  private Pending<?> several(Client client) {
    List<String> names = new ArrayList<>(List.of("lock0", "lock1", "lock2"));
    Collections.shuffle(names, choices.random);
    List<String> some = names.subList(0, 2 + choices.random.nextInt(2));
    LockAcquireAllRequest.Builder all = LockAcquireAllRequest.newBuilder();
    some.stream()
        .limit(choices.random.nextInt(4))
        .map(choices::meant)
        .forEach(all::addIncarnations);
    return several(client, some, all);
  }

  /**
   * Locks at once that are made when they are not there; seldom with one that is of another shape.
   */
  private Pending<?> severalWhileUsed(Client client) {
    List<String> names = new ArrayList<>(WHILE_USED);
    if (choices.oneIn(8)) {
      names.add("lock0");
    }
    Collections.shuffle(names, choices.random);
    return several(client, names, LockAcquireAllRequest.newBuilder().setCreate(whileUsed()));
  }

  private Pending<?> several(
      Client client, List<String> names, LockAcquireAllRequest.Builder request) {
    LockAcquireRequest.Builder how = acquireRequest();
    if (how.hasTimeout()) {
      request.setTimeout(how.getTimeout());
    }
    if (how.hasLease()) {
      request.setLease(how.getLease());
    }
    return client.call(
        "LockService/AcquireAll",
        request.addAllLocks(names).build(),
        LockAcquireAllResponse.getDefaultInstance());
  }

  /** A lock that is there only while it is used. */
  private Pending<?> whileUsed(Client client, String name) {
    LockCalls lock = choices.meaning(client, name).lock(name);
    return switch (choices.random.nextInt(8)) {
      case 0 -> lock.create(whileUsed());
      case 1, 2, 3 -> lock.release(choices.random.nextBoolean() ? 0 : token(name));
      default -> lock.acquire(acquireRequest().setCreate(whileUsed()));
    };
  }

  /** Mostly of one shape. */
  private LockCreateRequest.Builder whileUsed() {
    return LockCreateRequest.newBuilder()
        .setKind(choices.oneIn(8) ? LockKind.LOCK_KIND_REENTRANT : LockKind.LOCK_KIND_PLAIN)
        .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_RELEASE)
        .setLifetime(Lifetime.LIFETIME_WHILE_USED);
  }

  private LockKind anyKind() {
    return choices.random.nextBoolean() ? LockKind.LOCK_KIND_PLAIN : LockKind.LOCK_KIND_REENTRANT;
  }

  private LockAcquireRequest.Builder acquireRequest() {
    LockAcquireRequest.Builder request = LockAcquireRequest.newBuilder();
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (choices.random.nextInt(3) == 0) {
      request.setLease(choices.positive());
    }
    return request;
  }

  /** Mostly from a session and thread that holds its lock. */
  Pending<?> condition(Client client, String name) {
    String lock = "lock" + name.charAt(name.length() - 1);
    if (choices.shouldCreate(name)) {
      String of = choices.oneIn(20) ? "lock" + choices.random.nextInt(4) : lock;
      return client
          .condition(name)
          .create(
              ConditionCreateRequest.newBuilder()
                  .setLock(of)
                  .setLockIncarnation(choices.meant(of))
                  .setLifetime(choices.lifetime()));
    }
    long token = choices.oneIn(4) ? 0 : token(lock);
    if (choices.oneIn(8)) {
      return choices.meaning(client, lock).lock(lock).acquire(acquireRequest());
    }
    ConditionCalls condition = choices.meaning(client, name).condition(name);
    if (choices.oneIn(2)) {
      ConditionWaitRequest.Builder wait = ConditionWaitRequest.newBuilder().setToken(token);
      com.google.protobuf.Duration timeout = choices.timeout();
      if (timeout != null) {
        wait.setTimeout(timeout);
      }
      if (choices.oneIn(3)) {
        wait.setLease(choices.positive());
      }
      return condition.await(wait);
    }
    ConditionNotifyRequest.Builder whom =
        ConditionNotifyRequest.newBuilder().setToken(token).setCount(choices.random.nextInt(3));
    return condition.wake(whom.setAll(choices.oneIn(6)));
  }

  /** The token of the present hold, or one that was or will be. */
  private long token(String name) {
    ModelLock.Hold hold =
        choices.model.objects.get(name) instanceof ModelLock lock ? lock.hold : null;
    if (hold != null && choices.random.nextInt(5) > 0) {
      return hold.token.number();
    }
    return 1 + choices.random.nextInt(50);
  }

  Client guarded(Client client) {
    if (choices.oneIn(4)) {
      return client.guardedBy("rw0", new ReadWriteLockRequests(choices).token("rw0"));
    }
    String lock = "lock" + choices.random.nextInt(4);
    return client.guardedBy(lock, token(lock));
  }

  Pending<?> event(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client
          .event(name)
          .create(EventCreateRequest.newBuilder().setLifetime(choices.lifetime()));
    }
    EventCalls event = choices.meaning(client, name).event(name);
    return switch (choices.random.nextInt(6)) {
      case 0 -> event.set();
      case 1 -> event.clear();
      default -> {
        Duration timeout = choices.javaTimeout();
        yield timeout == null ? event.await() : event.await(timeout);
      }
    };
  }
}
