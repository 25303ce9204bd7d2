package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Directory;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockCreateRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** LockService/AcquireAll: several locks at once, all or none. */
final class AcquireAll {
  private static final int MOST_LOCKS = 64;

  private final World world;
  private final LocksOnDemand onDemand;

  AcquireAll(World world, LocksOnDemand onDemand) {
    this.world = world;
    this.onDemand = onDemand;
  }

  Answer acquire(LockAcquireAllRequest request, Invocation call) {
    List<String> names = request.getLocksList();
    if (names.isEmpty() || names.size() > MOST_LOCKS) {
      throw Refusal.argument(
          "locks", "Expected 1 to " + MOST_LOCKS + " locks, but there are " + names.size());
    }
    Set<String> once = new LinkedHashSet<>();
    for (String name : names) {
      if (!once.add(name)) {
        throw Refusal.argument(
            "locks", "Expected each lock once, but '" + name + "' is there twice");
      }
    }
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease = HoldTerms.lease(world, "a lock", request.hasLease(), request.getLease(), call);
    Map<String, @Nullable Lock> there = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      there.put(names.get(i), lockToAcquire(i, request, call));
    }
    boolean free = true;
    for (Lock lock : there.values()) {
      free &= lock == null || lock.makeWayFor(call);
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
      return onDemand.find(name, request.getCreate(), call);
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
    there.forEach(
        (name, lock) -> locks.add(lock == null ? onDemand.make(name, shape, call) : lock));
    return locks;
  }
}
