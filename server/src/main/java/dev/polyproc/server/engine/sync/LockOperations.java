package dev.polyproc.server.engine.sync;

import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory;
import dev.polyproc.server.engine.object.Directory.Created;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** LockService. */
public final class LockOperations implements Family {
  private static final int MOST_LOCKS = 64;

  private final World world;

  public LockOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(LockProto.getDescriptor())
        .on("Create", LockCreateRequest.getDefaultInstance(), this::create)
        .on("Acquire", LockAcquireRequest.getDefaultInstance(), this::acquire)
        .on("AcquireAll", LockAcquireAllRequest.getDefaultInstance(), this::acquireAll)
        .on("Release", LockReleaseRequest.getDefaultInstance(), this::release)
        .on("Get", LockGetRequest.getDefaultInstance(), this::get)
        .waiting(WantsCase.ACQUIRER, (call, state, lock) -> SingleAcquirer.restored(call, state))
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
    LockKind kind = kind(request.getKind());
    OnOwnerEnd onOwnerEnd = Held.onOwnerEnd(request.getOnOwnerEnd());
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
    findWhileUsed(request.getLock(), kind, onOwnerEnd, call);
    Ref ref = Ref.newBuilder().setKind(Lock.KIND.kind()).setName(request.getLock()).build();
    return Answer.of(LockCreateResponse.newBuilder().setRef(ref).build());
  }

  /** The lock of that name and shape; null when there is none. */
  private @Nullable Lock findWhileUsed(
      String name, LockKind kind, OnOwnerEnd onOwnerEnd, Invocation call) {
    if (world.objects().isAbsent(name, call)) {
      return null;
    }
    Lock lock = lock(name, call);
    if (lock.lifetime() != Lifetime.LIFETIME_WHILE_USED || !lock.hasShape(kind, onOwnerEnd)) {
      throw Directory.exists(lock, Lifetime.LIFETIME_WHILE_USED, Lock.shape(kind, onOwnerEnd));
    }
    return lock;
  }

  private static LockKind kind(LockKind kind) {
    return switch (kind) {
      case LOCK_KIND_UNSPECIFIED, LOCK_KIND_PLAIN -> LockKind.LOCK_KIND_PLAIN;
      case LOCK_KIND_REENTRANT -> LockKind.LOCK_KIND_REENTRANT;
      case UNRECOGNIZED ->
          throw Refusal.argument(
              "kind", "Expected kind to be PLAIN or REENTRANT, but it is another");
    };
  }

  private Answer acquire(LockAcquireRequest request, Invocation call) {
    Lock lock =
        request.hasCreate()
            ? whileUsed(request.getLock(), request.getCreate(), call)
            : lock(request.getLock(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease = lease(world, "a lock", request.hasLease(), request.getLease(), call);
    return (lock == null ? makeToHold(request, call) : lock).acquire(call, lease, timeout);
  }

  private Answer acquireAll(LockAcquireAllRequest request, Invocation call) {
    List<String> names = request.getLocksList();
    if (names.isEmpty() || names.size() > MOST_LOCKS) {
      throw Refusal.argument(
          "locks", "Expected 1 to " + MOST_LOCKS + " locks, but there are " + names.size());
    }
    Set<String> once = new HashSet<>();
    for (String name : names) {
      if (!once.add(name)) {
        throw Refusal.argument(
            "locks", "Expected each lock once, but '" + name + "' is there twice");
      }
    }
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease = lease(world, "a lock", request.hasLease(), request.getLease(), call);
    Map<String, @Nullable Lock> there = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      there.put(names.get(i), lockToAcquire(i, request, call));
    }
    boolean free = true;
    for (Lock lock : there.values()) {
      free &= lock == null || lock.isFreeFor(call);
    }
    if (!free && timeout == 0) {
      return new AllAcquirer(call, lease, names.size()).expired();
    }
    if (!free) {
      world.waiting().requireRoom(call, AllAcquirer.furtherBytes(names.size()), names.size());
    }
    List<Lock> locks = makeMissing(there, request.getCreate(), call);
    return free
        ? AllAcquirer.grant(locks, call, lease)
        : world
            .waiting()
            .park(
                new AllAcquirer(call, lease, locks.size()),
                timeout,
                locks.stream().map(Lock::line).toList());
  }

  /** One of several; null when it has to be made. */
  private @Nullable Lock lockToAcquire(int index, LockAcquireAllRequest request, Invocation call) {
    String name = request.getLocks(index);
    if (request.hasCreate()) {
      return whileUsed(name, request.getCreate(), call);
    }
    long named = index == 0 ? call.incarnation() : 0;
    long incarnation =
        index < request.getIncarnationsCount() ? request.getIncarnations(index) : named;
    return world.objects().find(Lock.KIND, name, incarnation);
  }

  /** All locks: those that are not there are made, when there is room for all of them. */
  private List<Lock> makeMissing(
      Map<String, @Nullable Lock> there, LockCreateRequest shape, Invocation call) {
    int missing = 0;
    long bytes = 0;
    for (Map.Entry<String, @Nullable Lock> entry : there.entrySet()) {
      bytes += Hold.footprint(call);
      if (entry.getValue() == null) {
        missing++;
        bytes += Directory.footprint(entry.getKey(), call);
      }
    }
    world.budget().require(bytes);
    if (missing > 0) {
      world.objects().requireRoomFor(missing, "", call);
    }
    List<Lock> locks = new ArrayList<>();
    there.forEach((name, lock) -> locks.add(lock == null ? make(name, shape, call) : lock));
    return locks;
  }

  /**
   * How long a call is to hold something at most. What is held without a session has a lease, or
   * nobody could be sure that it ends.
   */
  static long lease(World world, String what, boolean present, Duration lease, Invocation call) {
    long time = world.durations().positive("lease", present, lease);
    if (!present && call.session() == null) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_SESSION_REQUIRED,
          "Expected a session or a lease for "
              + what
              + ", but the call has neither; open a session by SessionService/Open and name it in"
              + " polyproc-session, or say lease");
    }
    return time;
  }

  /** The lock that a call would make; null when it has to be made. */
  private @Nullable Lock whileUsed(String name, LockCreateRequest shape, Invocation call) {
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
    return findWhileUsed(name, kind(shape.getKind()), Held.onOwnerEnd(shape.getOnOwnerEnd()), call);
  }

  /** Makes a lock that can be granted at once: the room for its hold is there. */
  private Lock makeToHold(LockAcquireRequest request, Invocation call) {
    world.budget().require(Directory.footprint(request.getLock(), call) + Hold.footprint(call));
    return make(request.getLock(), request.getCreate(), call);
  }

  private Lock make(String name, LockCreateRequest shape, Invocation call) {
    LockKind kind = kind(shape.getKind());
    OnOwnerEnd onOwnerEnd = Held.onOwnerEnd(shape.getOnOwnerEnd());
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
