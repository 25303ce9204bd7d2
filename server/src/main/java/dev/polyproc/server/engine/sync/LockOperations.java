package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.LockNotices;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockCreateResponse;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockProto;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockReleaseResponse;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.Ref;
import org.jspecify.annotations.Nullable;

/** LockService. */
public final class LockOperations implements Family {
  private final World world;
  private final LocksOnDemand onDemand;
  private final AcquireAll several;

  public LockOperations(World world) {
    this.world = world;
    this.onDemand = new LocksOnDemand(world);
    this.several = new AcquireAll(world, onDemand);
  }

  /** Tells by locks that writers of what they guard died. */
  public LockNotices notices() {
    return onDemand;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(LockProto.getDescriptor())
        .on("Create", LockCreateRequest.getDefaultInstance(), this::create)
        .on("Acquire", LockAcquireRequest.getDefaultInstance(), this::acquire)
        .on("AcquireAll", LockAcquireAllRequest.getDefaultInstance(), several::acquire)
        .on("Release", LockReleaseRequest.getDefaultInstance(), this::release)
        .on("Get", LockGetRequest.getDefaultInstance(), this::get)
        .waiting(
            WantsCase.SINGLE_ACQUIRER, (call, state, lock) -> SingleAcquirer.restored(call, state))
        .waiting(WantsCase.ALL_ACQUIRER, (call, state, lock) -> AllAcquirer.restored(call, state));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasLock() ? Lock.restored(header, state.getLock(), restored) : null;
  }

  private Lock lock(String name, Invocation call) {
    return world.objects().find(Lock.KIND, name, call);
  }

  private Answer create(LockCreateRequest request, Invocation call) {
    LockKind kind = LocksOnDemand.kind(request.getKind());
    OnOwnerEnd onOwnerEnd = HoldTerms.onOwnerEnd(request.getOnOwnerEnd());
    if (request.getLifetime() == Lifetime.LIFETIME_WHILE_USED) {
      return nameWhileUsed(request, kind, onOwnerEnd, call);
    }
    Created<Lock> created =
        world
            .objects()
            .create(
                Lock.KIND,
                request.getLock(),
                request.getLifetime(),
                call,
                () -> Lock.shape(kind, onOwnerEnd),
                header -> new Lock(header, kind, onOwnerEnd));
    return Answer.of(
        LockCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  /** Answers a ref to a name: the lock is made when it is acquired. */
  private Answer nameWhileUsed(
      LockCreateRequest request, LockKind kind, OnOwnerEnd onOwnerEnd, Invocation call) {
    if (request.getLock().isEmpty()) {
      throw Refusal.argument(
          "lock", "Expected a name for a lock of lifetime WHILE_USED, but it is empty");
    }
    onDemand.find(request.getLock(), kind, onOwnerEnd, call);
    Ref ref = Ref.newBuilder().setKind(Lock.KIND.kind()).setName(request.getLock()).build();
    return Answer.of(LockCreateResponse.newBuilder().setRef(ref).build());
  }

  private Answer acquire(LockAcquireRequest request, Invocation call) {
    Lock lock =
        request.hasCreate()
            ? onDemand.find(request.getLock(), request.getCreate(), call)
            : lock(request.getLock(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease = HoldTerms.lease(world, "a lock", request.hasLease(), request.getLease(), call);
    return (lock == null ? onDemand.makeToHold(request, call) : lock).acquire(call, lease, timeout);
  }

  private Answer release(LockReleaseRequest request, Invocation call) {
    if (request.getToken() != 0 && world.objects().isAbsent(request.getLock(), call)) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_STALE_TOKEN,
              "Expected '"
                  + request.getLock()
                  + "' to be held under token "
                  + Long.toUnsignedString(request.getToken())
                  + ", but there is no such lock any more: the hold of that token is over")
          .with("object", request.getLock());
    }
    int holds = lock(request.getLock(), call).release(call, request.getToken());
    return Answer.of(LockReleaseResponse.newBuilder().setHolds(holds).build());
  }

  private Answer get(LockGetRequest request, Invocation call) {
    return Answer.of(lock(request.getLock(), call).describe(call));
  }
}
