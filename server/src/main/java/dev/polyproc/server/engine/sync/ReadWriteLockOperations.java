package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockCreateResponse;
import dev.polyproc.v1.ReadWriteLockGetRequest;
import dev.polyproc.v1.ReadWriteLockProto;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockReleaseResponse;
import dev.polyproc.v1.ReadWriteMode;
import org.jspecify.annotations.Nullable;

/** ReadWriteLockService. */
public final class ReadWriteLockOperations implements Family {
  private final World world;

  public ReadWriteLockOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(ReadWriteLockProto.getDescriptor())
        .on("Create", ReadWriteLockCreateRequest.getDefaultInstance(), this::create)
        .on("Acquire", ReadWriteLockAcquireRequest.getDefaultInstance(), this::acquire)
        .on("Release", ReadWriteLockReleaseRequest.getDefaultInstance(), this::release)
        .on("Get", ReadWriteLockGetRequest.getDefaultInstance(), this::get)
        .waiting(
            WantsCase.READ_WRITE_ACQUIRER,
            (call, state, lock) -> ReadWriteAcquirer.restored(call, state));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasReadWriteLock()
        ? ReadWriteLock.restored(header, state.getReadWriteLock(), restored)
        : null;
  }

  private ReadWriteLock lock(String name, Invocation call) {
    return world.objects().find(ReadWriteLock.KIND, name, call);
  }

  private Answer create(ReadWriteLockCreateRequest request, Invocation call) {
    OnOwnerEnd onOwnerEnd = HoldTerms.onOwnerEnd(request.getOnOwnerEnd());
    Created<ReadWriteLock> created =
        world
            .objects()
            .create(
                ReadWriteLock.KIND,
                request.getLock(),
                request.getLifetime(),
                call,
                () -> ReadWriteLock.shape(onOwnerEnd),
                header -> new ReadWriteLock(header, onOwnerEnd));
    return Answer.of(
        ReadWriteLockCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer acquire(ReadWriteLockAcquireRequest request, Invocation call) {
    ReadWriteLock lock = lock(request.getLock(), call);
    ReadWriteMode mode = mode(request.getMode());
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease =
        HoldTerms.lease(world, "a read-write lock", request.hasLease(), request.getLease(), call);
    return lock.acquire(call, mode, lease, timeout);
  }

  private static ReadWriteMode mode(ReadWriteMode mode) {
    return switch (mode) {
      case READ_WRITE_MODE_READ, READ_WRITE_MODE_WRITE -> mode;
      case READ_WRITE_MODE_UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.argument(
              "mode", "Expected mode to be READ or WRITE, but it is neither; say which");
    };
  }

  private Answer release(ReadWriteLockReleaseRequest request, Invocation call) {
    ReadWriteLock lock = lock(request.getLock(), call);
    int holds = lock.release(call, mode(request.getMode()), request.getToken());
    return Answer.of(ReadWriteLockReleaseResponse.newBuilder().setHolds(holds).build());
  }

  private Answer get(ReadWriteLockGetRequest request, Invocation call) {
    return Answer.of(lock(request.getLock(), call).describe(call));
  }
}
