package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.PoolState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Who takes tasks of a pool, or has said that it will, or was started so that it does. */
final class Workers {
  private final Pool pool;
  private final TreeMap<Long, Worker> all = new TreeMap<>();
  private final TreeMap<Long, Worker> bySession = new TreeMap<>();
  private final TreeMap<Long, Worker> living = new TreeMap<>();

  Workers(Pool pool) {
    this.pool = pool;
  }

  void restore(PoolState state, Restored restored) {
    state
        .getWorkersList()
        .forEach(
            saved -> {
              Worker worker = Worker.restored(pool, saved, restored);
              all.put(worker.number(), worker);
              if (worker.process() != null && !saved.hasEnd()) {
                living.put(worker.number(), worker);
              }
              if (worker.session() != null) {
                bySession.put(saved.getSession(), worker);
              }
            });
  }

  void save(PoolState.Builder state) {
    all.values().forEach(worker -> state.addWorkers(worker.save()));
  }

  /** The daemon has started one, which has so long to ask for its first task. */
  void started(Ref process, long nanos) {
    Worker worker = new Worker(pool);
    worker.runsAs(process).start(nanos);
    all.put(worker.number(), worker);
    living.put(worker.number(), worker);
  }

  /** Who has a session, from now on where it was not; null for none. */
  @Nullable Worker of(@Nullable Caller session) {
    if (session == null) {
      return null;
    }
    Worker known = bySession.get(session.number());
    if (known != null) {
      return known;
    }
    Worker worker = startedAs(session);
    if (worker == null) {
      worker = new Worker(pool);
      all.put(worker.number(), worker);
    }
    worker.adopt(session);
    bySession.put(session.number(), worker);
    return worker;
  }

  private @Nullable Worker startedAs(Caller session) {
    Worker found = pool.pools().find(session.process());
    return found != null && all.get(found.number()) == found && found.awaitsSession()
        ? found
        : null;
  }

  /** Who has a session; null where nobody is known. */
  @Nullable Worker known(@Nullable Caller session) {
    return session == null ? null : bySession.get(session.number());
  }

  /** Who has a session, or will where it calls; null where that is nobody who is known. */
  @Nullable Worker expected(@Nullable Caller session) {
    Worker known = known(session);
    return known == null && session != null ? startedAs(session) : known;
  }

  /** The one of a number; null where it is not there. */
  @Nullable Worker numbered(long number) {
    return all.get(number);
  }

  /** Its session has ended. */
  void leaves(Worker worker, Caller session) {
    bySession.remove(session.number(), worker);
  }

  void remove(Worker worker) {
    if (all.remove(worker.number(), worker)) {
      if (worker.session() != null) {
        bySession.remove(worker.session().number(), worker);
      }
      living.remove(worker.number());
      worker.end();
    }
  }

  /** None is known any more: the pool is gone. */
  void removeAll() {
    new ArrayList<>(all.values()).forEach(this::remove);
  }

  /** Those whose processes live, the oldest first. */
  List<Worker> withProcess() {
    return new ArrayList<>(living.values());
  }

  /** How many those are. */
  int processes() {
    return living.size();
  }

  /** Its process lives no more. */
  void processEnded(Worker worker) {
    living.remove(worker.number());
  }

  int size() {
    return all.size();
  }

  Collection<Worker> all() {
    return Collections.unmodifiableCollection(all.values());
  }
}
