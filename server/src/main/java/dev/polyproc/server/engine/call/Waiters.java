package dev.polyproc.server.engine.call;

import dev.polyproc.v1.Waiter;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a kind that wait for one thing of one object, in line; the oldest first.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>First come, first served: the oldest is at the head.
 *   <li>One whose time is up, who was cancelled or whose session ended leaves no trace.
 * </ul>
 */
public final class Waiters<W extends Parked> implements Iterable<W> {
  private final Waited object;

  /** A line that was longer than this leaves a table behind that is worth replacing. */
  private static final int LONG = 256;

  private Set<W> line = new LinkedHashSet<>();
  private boolean wasLong;

  public Waiters(Waited object) {
    this.object = object;
  }

  public boolean isEmpty() {
    return line.isEmpty();
  }

  public int size() {
    return line.size();
  }

  /** The call that waits longest; null when nobody waits. */
  public @Nullable W oldest() {
    if (line.isEmpty()) {
      return null;
    }
    return line.iterator().next();
  }

  @Override
  public Iterator<W> iterator() {
    return line.iterator();
  }

  /** Those who wait now; they may leave meanwhile. */
  public List<W> all() {
    return List.copyOf(line);
  }

  /** Does something with each; each must leave the line meanwhile. */
  public void drain(Consumer<? super W> action) {
    for (W waiter = oldest(); waiter != null; waiter = oldest()) {
      action.accept(waiter);
      if (line.contains(waiter)) {
        throw new IllegalStateException("Expected a drained call to leave the line");
      }
    }
  }

  /** Who waits, for people: the first {@code max} in line. */
  public Stream<Waiter> describe(int max) {
    return line.stream().limit(max).map(waiter -> waiter.describe(object));
  }

  /** Those of a caller; in as many steps as the fewer of both have. */
  public List<W> of(Caller caller) {
    Collection<Parked> theirs = caller.waiting();
    return line.size() < theirs.size()
        ? line.stream().filter(waiter -> waiter.call().session() == caller).toList()
        : theirs.stream().filter(waiter -> waiter.isIn(this)).map(this::cast).toList();
  }

  /** Whether a call waits here. */
  public boolean has(W waiter) {
    return line.contains(waiter);
  }

  /**
   * Who waits elsewhere waits here from now on, behind all others, with no time limit of its
   * request.
   */
  public void join(W waiter) {
    waiter.standIn(this);
  }

  public Waited object() {
    return object;
  }

  void add(Parked waiter) {
    line.add(cast(waiter));
    wasLong |= line.size() > LONG;
  }

  @SuppressWarnings("unchecked") // whoever lets a call wait here says that it is of this kind
  private W cast(Parked waiter) {
    return (W) waiter;
  }

  void remove(Parked waiter) {
    line.remove(waiter);
    if (wasLong && line.isEmpty()) {
      line = new LinkedHashSet<>();
      wasLong = false;
    }
  }
}
