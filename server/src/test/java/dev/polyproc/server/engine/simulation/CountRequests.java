package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.LatchCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.SemaphoreCalls;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreKind;

/** Random requests to semaphores and latches. */
final class CountRequests {
  private final Choices choices;

  CountRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> semaphore(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client.semaphore(name).create(shape(name));
    }
    SemaphoreCalls semaphore = choices.meaning(client, name).semaphore(name);
    return switch (choices.random.nextInt(10)) {
      case 0 -> semaphore.drain(drainRequest());
      case 1, 2, 3 -> semaphore.release(few(), choices.random.nextBoolean() ? 0 : token(name));
      default -> semaphore.acquire(acquireRequest());
    };
  }

  private SemaphoreCreateRequest.Builder shape(String name) {
    SemaphoreCreateRequest.Builder shape =
        SemaphoreCreateRequest.newBuilder()
            .setPermits(choices.random.nextInt(5))
            .setKind(
                choices.random.nextInt(3) == 0
                    ? SemaphoreKind.SEMAPHORE_KIND_OWNED
                    : SemaphoreKind.SEMAPHORE_KIND_PLAIN)
            .setOnOwnerEnd(OnOwnerEnd.forNumber(1 + choices.random.nextInt(3)))
            .setLifetime(choices.lifetime());
    if (name.equals("semaphore0")) {
      shape.setMaxPermits(3 + choices.random.nextInt(3));
    }
    return shape;
  }

  private int few() {
    return choices.random.nextInt(4);
  }

  private SemaphoreAcquireRequest.Builder acquireRequest() {
    SemaphoreAcquireRequest.Builder request =
        SemaphoreAcquireRequest.newBuilder().setByToken(choices.oneIn(3)).setPermits(few());
    if (choices.oneIn(10)) {
      request.setPermits(5);
    }
    Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    if (choices.oneIn(3)) {
      request.setLease(choices.positive());
    }
    return request;
  }

  private SemaphoreDrainRequest.Builder drainRequest() {
    SemaphoreDrainRequest.Builder request =
        SemaphoreDrainRequest.newBuilder().setByToken(choices.oneIn(3));
    return choices.oneIn(2) ? request.setLease(choices.positive()) : request;
  }

  /** The token of a present hold, or one that was or will be. */
  private long token(String name) {
    long token =
        choices.model.objects.get(name) instanceof ModelSemaphore semaphore
            ? semaphore.anyToken(choices.random.nextInt(10))
            : 0;
    return token != 0 && !choices.oneIn(5) ? token : 1 + choices.random.nextInt(50);
  }

  Pending<?> latch(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client
          .latch(name)
          .create(
              LatchCreateRequest.newBuilder()
                  .setCount(choices.random.nextInt(20))
                  .setLifetime(choices.lifetime()));
    }
    LatchCalls latch = choices.meaning(client, name).latch(name);
    if (choices.oneIn(3)) {
      return latch.countDown(few());
    }
    java.time.Duration timeout = choices.javaTimeout();
    return timeout == null ? latch.await() : latch.await(timeout);
  }
}
