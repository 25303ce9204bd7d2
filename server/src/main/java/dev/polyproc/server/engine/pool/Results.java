package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The results of a job that nobody has taken, by their places and by their tasks.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>They are charged to the budget, and their values are counted among the refs.
 * </ul>
 */
final class Results {
  private static final MessageFootprint FOOTPRINT = MessageFootprint.of(PoolResult.getDescriptor());

  private static final MessageFootprint FAILURES = MessageFootprint.of(PoolFailure.getDescriptor());

  /** For its places in both tables. */
  private static final long BYTES = 160;

  private final World world;
  private final NavigableMap<Long, PoolResult> byPlace = new TreeMap<>();
  private final NavigableMap<Long, PoolResult> byTask = new TreeMap<>();

  Results(World world) {
    this.world = world;
  }

  int size() {
    return byPlace.size();
  }

  boolean isEmpty() {
    return byPlace.isEmpty();
  }

  /** Adds one, which is new, or was restored or taken back: its values are counted elsewhere. */
  void add(PoolResult result) {
    byPlace.put(result.getPlace(), result);
    byTask.put(result.getTask(), result);
    world.budget().chargeAlways(cost(result));
  }

  void remove(PoolResult result) {
    byPlace.remove(result.getPlace());
    byTask.remove(result.getTask());
    world.budget().release(cost(result));
  }

  /** The one that came first; null when there is none. */
  @Nullable PoolResult first() {
    Map.Entry<Long, PoolResult> first = byPlace.firstEntry();
    return first == null ? null : first.getValue();
  }

  /**
   * Those that terms mean, in their order. Numbers have no sign, and none is so high that it would
   * be taken for one.
   *
   * @param open the lowest number of a task that has no result yet
   */
  Iterator<PoolResult> meant(Collector.Terms terms, long open) {
    if (!terms.ordered()) {
      return terms.after() < 0
          ? Collections.emptyIterator()
          : byPlace.tailMap(terms.after(), false).values().iterator();
    }
    return terms.after() < 0 || terms.after() >= open
        ? Collections.emptyIterator()
        : byTask.subMap(terms.after(), false, open, false).values().iterator();
  }

  Collection<PoolResult> all() {
    return byPlace.values();
  }

  /** The values of one. */
  static List<Value> values(PoolResult result) {
    List<Value> values = new ArrayList<>(1);
    if (result.hasValue()) {
      values.add(result.getValue());
    }
    if (result.getFailure().hasPayload()) {
      values.add(result.getFailure().getPayload());
    }
    if (result.getCall().hasPayload()) {
      values.add(result.getCall().getPayload());
    }
    return values;
  }

  /** What results take out of the budget: why a pool has ended is there once for all tasks. */
  static long cost(PoolResult result) {
    return BYTES
        + FOOTPRINT.of(result)
        - (hasSharedFailure(result) ? FAILURES.of(result.getFailure()) : 0);
  }

  private static boolean hasSharedFailure(PoolResult result) {
    return result.getOutcome() == PoolOutcome.POOL_OUTCOME_POOL_ENDED;
  }

  /** A result of a saved state, which shares with others what those that were saved did. */
  static PoolResult restored(PoolResult saved, Pools pools) {
    return hasSharedFailure(saved)
        ? saved.toBuilder().setFailure(pools.shared(saved.getFailure())).build()
        : saved;
  }

  void forEachValue(Consumer<Value> action) {
    byPlace.values().forEach(result -> values(result).forEach(action));
  }
}
