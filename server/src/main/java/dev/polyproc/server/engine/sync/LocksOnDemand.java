package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Directory;
import dev.polyproc.server.engine.object.LockNotices;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import org.jspecify.annotations.Nullable;

/** Locks of lifetime WHILE_USED, which are made by the call that acquires them. */
final class LocksOnDemand implements LockNotices {
  private final World world;

  LocksOnDemand(World world) {
    this.world = world;
  }

  /** The lock of that name and shape; null when there is none. */
  @Nullable Lock find(String name, LockKind kind, OnOwnerEnd onOwnerEnd, Invocation call) {
    if (world.objects().isAbsent(name, call)) {
      return null;
    }
    Lock lock = world.objects().find(Lock.KIND, name, call);
    if (lock.lifetime() != Lifetime.LIFETIME_WHILE_USED || !lock.hasShape(kind, onOwnerEnd)) {
      throw Directory.exists(lock, Lifetime.LIFETIME_WHILE_USED, Lock.shape(kind, onOwnerEnd));
    }
    return lock;
  }

  /** The lock that a call would make; null when it has to be made. */
  @Nullable Lock find(String name, LockCreateRequest shape, Invocation call) {
    if (shape.getLifetime() != Lifetime.LIFETIME_WHILE_USED) {
      throw Refusal.argument(
          "create.lifetime",
          "Expected lifetime WHILE_USED for a lock that Acquire makes, but it is another; create it"
              + " before");
    }
    if (!shape.getLock().isEmpty() && !shape.getLock().equals(name)) {
      throw Refusal.argument(
          "create.lock", "Expected no name in 'create', or that of the lock, but it is another");
    }
    return find(name, kind(shape.getKind()), HoldTerms.onOwnerEnd(shape.getOnOwnerEnd()), call);
  }

  /** Makes a lock that can be granted at once: the room for its hold is there. */
  Lock makeToHold(LockAcquireRequest request, Invocation call) {
    world.budget().require(Directory.footprint(request.getLock(), call) + Hold.footprint(call));
    return make(request.getLock(), request.getCreate(), call);
  }

  Lock make(String name, LockCreateRequest shape, Invocation call) {
    LockKind kind = kind(shape.getKind());
    OnOwnerEnd onOwnerEnd = HoldTerms.onOwnerEnd(shape.getOnOwnerEnd());
    return world
        .objects()
        .create(
            Lock.KIND,
            name,
            Lifetime.LIFETIME_WHILE_USED,
            call,
            () -> Lock.shape(kind, onOwnerEnd),
            header -> new Lock(header, kind, onOwnerEnd))
        .object();
  }

  /** Where there is no such lock, one with that to tell is as good as one that is used. */
  @Override
  public void writerDied(String lock) {
    ManagedObject there = world.objects().existing(lock);
    if (there instanceof Lock guard) {
      guard.noteWriterDied();
    } else if (there == null) {
      world
          .objects()
          .createUnasked(
              Lock.KIND,
              lock,
              Lifetime.LIFETIME_WHILE_USED,
              header ->
                  new Lock(header, LockKind.LOCK_KIND_REENTRANT, OnOwnerEnd.ON_OWNER_END_RELEASE))
          .noteWriterDied();
    }
  }

  @Override
  public void beginAnew(String lock) {
    if (world.objects().existing(lock) instanceof Lock guard) {
      guard.forgetDeaths();
    }
  }

  @Override
  public void forget(String lock) {
    if (world.objects().existing(lock) instanceof Lock guard) {
      guard.forgetWriter();
    }
  }

  static LockKind kind(LockKind kind) {
    return switch (kind) {
      case LOCK_KIND_UNSPECIFIED, LOCK_KIND_PLAIN -> LockKind.LOCK_KIND_PLAIN;
      case LOCK_KIND_REENTRANT -> LockKind.LOCK_KIND_REENTRANT;
      case UNRECOGNIZED ->
          throw Refusal.argument(
              "kind", "Expected kind to be PLAIN or REENTRANT, but it is another");
    };
  }
}
