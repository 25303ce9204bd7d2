package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The sessions that take tasks of a pool, or have said that they will. */
final class Workers {
  private final World world;

  /** By their sessions; those that came first have the lower numbers. */
  private final Map<Long, Worker> bySession = new TreeMap<>();

  Workers(World world) {
    this.world = world;
  }

  void restore(PoolState state, Restored restored) {
    state
        .getWorkersList()
        .forEach(
            saved -> {
              Caller session = Objects.requireNonNull(restored.session(saved.getSession()));
              add(new Worker(this, world, session, saved));
            });
  }

  void save(PoolState.Builder state) {
    bySession.values().forEach(worker -> state.addWorkers(worker.save()));
  }

  /** Who has a session, from now on where it was not; null for none. */
  @Nullable Worker of(@Nullable Caller session) {
    if (session == null) {
      return null;
    }
    Worker known = bySession.get(session.number());
    return known != null ? known : add(new Worker(this, world, session));
  }

  /** Who has a session; null where nobody is known. */
  @Nullable Worker known(@Nullable Caller session) {
    return session == null ? null : bySession.get(session.number());
  }

  private Worker add(Worker worker) {
    bySession.put(worker.session().number(), worker);
    worker.start();
    return worker;
  }

  void remove(Worker worker) {
    if (bySession.remove(worker.session().number(), worker)) {
      worker.end();
    }
  }

  /** All are gone: the pool is. */
  void removeAll() {
    new ArrayList<>(bySession.values()).forEach(this::remove);
  }

  Collection<Worker> all() {
    return Collections.unmodifiableCollection(bySession.values());
  }
}
