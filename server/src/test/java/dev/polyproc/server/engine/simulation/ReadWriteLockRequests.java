package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.ReadWriteLockCalls;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteMode;

/** Random requests to read-write locks. */
final class ReadWriteLockRequests {
  private final Choices choices;

  ReadWriteLockRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client
          .readWriteLock(name)
          .create(
              ReadWriteLockCreateRequest.newBuilder()
                  .setOnOwnerEnd(OnOwnerEnd.forNumber(1 + choices.random.nextInt(3)))
                  .setLifetime(choices.lifetime()));
    }
    ReadWriteLockCalls lock = choices.meaning(client, name).readWriteLock(name);
    ReadWriteMode mode =
        choices.random.nextInt(3) == 0
            ? ReadWriteMode.READ_WRITE_MODE_WRITE
            : ReadWriteMode.READ_WRITE_MODE_READ;
    if (choices.random.nextInt(5) >= 3) {
      return lock.release(mode, choices.random.nextBoolean() ? 0 : token(name));
    }
    ReadWriteLockAcquireRequest.Builder acquire =
        ReadWriteLockAcquireRequest.newBuilder().setMode(mode);
    com.google.protobuf.Duration timeout = choices.timeout();
    if (timeout != null) {
      acquire.setTimeout(timeout);
    }
    if (choices.random.nextInt(3) == 0) {
      acquire.setLease(choices.positive());
    }
    return lock.acquire(acquire);
  }

  /** The token of a hold that lasts, or one that was or will be. */
  long token(String name) {
    if (choices.model.objects.get(name) instanceof ModelReadWriteLock lock
        && !lock.holds().isEmpty()
        && choices.random.nextInt(5) > 0) {
      return choices.any(lock.holds()).token.number();
    }
    return 1 + choices.random.nextInt(50);
  }
}
