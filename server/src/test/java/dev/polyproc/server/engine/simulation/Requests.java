package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.DictCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random requests to a handful of objects. */
final class Requests {
  private static final List<@Nullable Object> KEYS =
      java.util.Arrays.asList(
          1, 1.0, true, 0, -0.0, "1", "a", null, 0.25, Double.NaN, Plain.tuple(1, "x"), List.of());
  private static final List<Object> NUMBERS =
      List.of(1, -3, 0.5, true, Long.MAX_VALUE, java.math.BigInteger.TEN.pow(20), "no number");

  private final Random random;
  private final Model model;
  private int items;

  Requests(Random random, Model model) {
    this.random = random;
    this.model = model;
  }

  Pending<?> call(Client client) {
    int what = random.nextInt(100);
    if (what < 45) {
      return queue(client, "queue" + random.nextInt(3));
    } else if (what < 68) {
      return lock(client, "lock" + random.nextInt(3));
    } else if (what < 78) {
      return event(client, "event" + random.nextInt(2));
    } else if (what < 98) {
      return dict(client, "dict" + random.nextInt(2));
    }
    return random.nextBoolean()
        ? client.delete("lock" + random.nextInt(3))
        : client.queue("dict0").get(Duration.ZERO);
  }

  // Common.

  private Lifetime lifetime() {
    return random.nextInt(10) == 0 ? Lifetime.LIFETIME_SESSION : Lifetime.LIFETIME_PERSISTENT;
  }

  private com.google.protobuf.@Nullable Duration timeout() {
    return switch (random.nextInt(5)) {
      case 0 -> null;
      case 1 -> proto(0);
      default -> positive();
    };
  }

  private com.google.protobuf.Duration positive() {
    // Few different ones, so that several fall due at the same time.
    return proto(List.of(1, 50, 100, 1_000, 5_000).get(random.nextInt(5)));
  }

  private static com.google.protobuf.Duration proto(int millis) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos(millis % 1_000 * 1_000_000)
        .build();
  }

  private @Nullable Duration javaTimeout() {
    com.google.protobuf.Duration timeout = timeout();
    return timeout == null ? null : Duration.ofSeconds(timeout.getSeconds(), timeout.getNanos());
  }

  // Queues.

  private Pending<?> queue(Client client, String name) {
    QueueCalls queue = client.queue(name);
    if (!model.objects.containsKey(name) || random.nextInt(60) == 0) {
      return queue.create(queueShape(name));
    }
    if (name.equals("queue1") && random.nextInt(3) == 0) {
      return queue.putMany(someItems(), javaTimeout()); // It is short: they often have to wait.
    }
    return switch (random.nextInt(40)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> queue.put(++items, javaTimeout());
      case 10, 11, 12 -> queue.putMany(someItems(), javaTimeout());
      case 13, 14, 15, 16, 17, 18, 19, 20, 21 -> queue.get(getRequest());
      case 22, 23, 24 -> queue.getMany(getManyRequest());
      case 25, 26 -> queue.consume(consumeRequest());
      case 27, 28, 29, 30, 31 -> queue.acknowledge(reservation(name));
      case 32, 33 -> queue.reject(reservation(name));
      case 34 -> queue.giveUp(reservation(name));
      case 35, 36 -> queue.remove(items - random.nextInt(8));
      case 37 -> queue.clear();
      case 38 -> random.nextInt(8) == 0 ? queue.close() : queue.put(++items);
      default -> random.nextInt(4) == 0 ? queue.delete() : queue.get(getRequest());
    };
  }

  private List<Integer> someItems() {
    return random.ints(random.nextInt(4), 0, 1).mapToObj(zero -> ++items).toList();
  }

  private QueueCreateRequest.Builder queueShape(String name) {
    QueueCreateRequest.Builder shape = QueueCreateRequest.newBuilder().setLifetime(lifetime());
    if (name.equals("queue1")) {
      shape.setMaxsize(2 + random.nextInt(4));
    } else if (name.equals("queue2") && random.nextInt(4) > 0) {
      shape.setMaxAttempts(1 + random.nextInt(3)).setDeadLetterQueue("queue0");
    }
    return shape;
  }

  private QueueGetRequest.Builder getRequest() {
    QueueGetRequest.Builder request = QueueGetRequest.newBuilder();
    com.google.protobuf.Duration timeout = timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (random.nextBoolean()) {
      request.setReserve(true);
      if (random.nextBoolean()) {
        request.setReservationTimeout(positive());
      }
    }
    return request;
  }

  private QueueGetManyRequest.Builder getManyRequest() {
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setMax(random.nextInt(4));
    com.google.protobuf.Duration timeout = timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (random.nextBoolean()) {
      request.setReserve(true);
      if (random.nextBoolean()) {
        request.setReservationTimeout(positive());
      }
    }
    return request;
  }

  private QueueConsumeRequest.Builder consumeRequest() {
    QueueConsumeRequest.Builder request =
        QueueConsumeRequest.newBuilder().setMaxInFlight(1 + random.nextInt(3));
    if (random.nextBoolean()) {
      request.setReservationTimeout(positive());
    }
    return request;
  }

  /** A reservation that there is, mostly. */
  private long reservation(String name) {
    if (random.nextInt(10) > 0
        && model.objects.get(name) instanceof ModelQueue queue
        && !queue.reservations.isEmpty()) {
      return queue.reservations.get(random.nextInt(queue.reservations.size())).id.number();
    }
    return random.nextInt(2_000);
  }

  // Locks and events.

  private Pending<?> lock(Client client, String name) {
    if (!model.objects.containsKey(name) || random.nextInt(40) == 0) {
      return client
          .lock(name)
          .create(
              LockCreateRequest.newBuilder()
                  .setKind(name.equals("lock0") ? LockKind.LOCK_KIND_REENTRANT : anyKind())
                  .setOnOwnerEnd(OnOwnerEnd.forNumber(1 + random.nextInt(3)))
                  .setLifetime(lifetime()));
    }
    if (random.nextInt(5) < 3) {
      return client.lock(name).acquire(acquireRequest());
    }
    return client.lock(name).release(random.nextBoolean() ? 0 : token(name));
  }

  private LockKind anyKind() {
    return random.nextBoolean() ? LockKind.LOCK_KIND_PLAIN : LockKind.LOCK_KIND_REENTRANT;
  }

  private LockAcquireRequest.Builder acquireRequest() {
    LockAcquireRequest.Builder request = LockAcquireRequest.newBuilder();
    com.google.protobuf.Duration timeout = timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (random.nextInt(3) == 0) {
      request.setLease(positive());
    }
    return request;
  }

  /** The token of the present hold, or one that was or will be. */
  private long token(String name) {
    boolean isHeld = model.objects.get(name) instanceof ModelLock lock && lock.hold != null;
    if (isHeld && random.nextInt(5) > 0) {
      return java.util.Objects.requireNonNull(((ModelLock) model.objects.get(name)).hold)
          .token
          .number();
    }
    return 1 + random.nextInt(50);
  }

  Client guarded(Client client) {
    String lock = "lock" + random.nextInt(4);
    return client.guardedBy(lock, token(lock));
  }

  private Pending<?> event(Client client, String name) {
    if (!model.objects.containsKey(name) || random.nextInt(40) == 0) {
      return client.event(name).create(EventCreateRequest.newBuilder().setLifetime(lifetime()));
    }
    return switch (random.nextInt(6)) {
      case 0 -> client.event(name).set();
      case 1 -> client.event(name).clear();
      default -> {
        Duration timeout = javaTimeout();
        yield timeout == null ? client.event(name).await() : client.event(name).await(timeout);
      }
    };
  }

  // Dicts.

  private Pending<?> dict(Client client, String name) {
    DictCalls dict = client.dict(name);
    if (!model.objects.containsKey(name) || random.nextInt(60) == 0) {
      return dict.create(DictCreateRequest.newBuilder().setLifetime(lifetime()));
    }
    Object key = KEYS.get(random.nextInt(KEYS.size()));
    return switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4, 5 -> dict.set(key, number());
      case 6, 7 -> dict.delete(key);
      case 8, 9 -> dict.pop(key);
      case 10, 11, 12 -> dict.setDefault(key, number());
      case 13, 14, 15, 16 -> dict.compareAndSet(key, compareAndSet());
      case 17, 18, 19, 20 -> dict.add(key, addRequest());
      case 21, 22 -> dict.update(someEntries());
      default -> random.nextInt(4) == 0 ? dict.clear() : dict.set(key, "text");
    };
  }

  private Object number() {
    return NUMBERS.get(random.nextInt(NUMBERS.size()));
  }

  private DictCompareAndSetRequest.Builder compareAndSet() {
    DictCompareAndSetRequest.Builder request = DictCompareAndSetRequest.newBuilder();
    if (random.nextInt(3) > 0) {
      request.setExpected(Plain.value(number()));
    }
    if (random.nextInt(3) > 0) {
      request.setValue(Plain.value(number()));
    }
    return request;
  }

  private DictAddRequest.Builder addRequest() {
    DictAddRequest.Builder request = DictAddRequest.newBuilder();
    if (random.nextBoolean()) {
      request.setAmount(Plain.value(number()));
    }
    if (random.nextBoolean()) {
      request.setInitial(Plain.value(number()));
    }
    return request;
  }

  private Map<@Nullable Object, Object> someEntries() {
    Map<@Nullable Object, Object> entries = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      entries.put(KEYS.get(random.nextInt(KEYS.size())), number());
    }
    return entries;
  }
}
