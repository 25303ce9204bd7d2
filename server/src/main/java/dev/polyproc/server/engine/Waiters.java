package dev.polyproc.server.engine;

import dev.polyproc.v1.Waiter;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for one thing of one object, in line.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>First come, first served: the oldest is at the head.
 *   <li>One whose time is up, who was cancelled or whose session ended leaves no trace.
 * </ul>
 */
public final class Waiters {
  private final ManagedObject object;

  /** A line that was longer than this leaves a table behind that is worth replacing. */
  private static final int LONG = 256;

  private Set<Parked> line = new LinkedHashSet<>();
  private boolean wasLong;

  public Waiters(ManagedObject object) {
    this.object = object;
  }

  public boolean isEmpty() {
    return line.isEmpty();
  }

  public int size() {
    return line.size();
  }

  /** The call that waits longest; null when nobody waits. */
  public @Nullable Parked oldest() {
    if (line.isEmpty()) {
      return null;
    }
    return line.iterator().next();
  }

  /** All who wait, the oldest first. */
  public Iterator<Parked> iterator() {
    return line.iterator();
  }

  /** Does something with each, the oldest first; each may leave the line meanwhile. */
  public void drain(Consumer<Parked> action) {
    for (Parked parked = oldest(); parked != null; parked = oldest()) {
      action.accept(parked);
      if (line.contains(parked)) {
        throw new IllegalStateException("Expected a drained call to leave the line");
      }
    }
  }

  /** Who waits, for people: the first {@code max} in line. */
  public Stream<Waiter> describe(int max) {
    return line.stream().limit(max).map(Parked::describe);
  }

  ManagedObject object() {
    return object;
  }

  Stream<Parked> stream() {
    return line.stream();
  }

  void add(Parked parked) {
    line.add(parked);
    wasLong |= line.size() > LONG;
  }

  void remove(Parked parked) {
    line.remove(parked);
    if (wasLong && line.isEmpty()) {
      line = new LinkedHashSet<>();
      wasLong = false;
    }
  }
}
