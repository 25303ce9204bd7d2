package dev.polyproc.server.engine.call;

import dev.polyproc.v1.Waiter;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
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

  /** Made for the first who waits: in front of most objects nobody ever does. */
  private Set<W> line = Collections.emptySet();

  private final @Nullable NavigableMap<Standing, W> byOwner;
  private boolean wasLong;

  /** Where somebody stands: those of one owner together, in their order. */
  private record Standing(Owner owner, long place) implements Comparable<Standing> {
    private static final Comparator<Standing> ORDER =
        Comparator.comparingLong((Standing standing) -> standing.owner.session())
            .thenComparing(standing -> standing.owner.name())
            .thenComparingLong(Standing::place);

    @Override
    public int compareTo(Standing other) {
      return ORDER.compare(this, other);
    }
  }

  public Waiters(Waited object) {
    this(object, false);
  }

  /**
   * A line.
   *
   * @param owned whether those {@link #of an owner} are asked for
   */
  public Waiters(Waited object, boolean owned) {
    this.object = object;
    byOwner = owned ? new TreeMap<>() : null;
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

  /** Those of an owner now, the oldest first; none of one that cannot be told from others. */
  public List<W> of(Owner owner) {
    if (!owner.isKnown() || byOwner == null || byOwner.isEmpty()) {
      return List.of();
    }
    return List.copyOf(
        byOwner.subMap(new Standing(owner, 0), new Standing(owner, Long.MAX_VALUE)).values());
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
    if (!(line instanceof LinkedHashSet)) {
      line = new LinkedHashSet<>();
    }
    line.add(cast(waiter));
    if (byOwner != null) {
      byOwner.put(new Standing(waiter.call().owner(), waiter.place()), cast(waiter));
    }
    wasLong |= line.size() > LONG;
  }

  @SuppressWarnings("unchecked") // whoever lets a call wait here says that it is of this kind
  private W cast(Parked waiter) {
    return (W) waiter;
  }

  void remove(Parked waiter) {
    if (!line.isEmpty()) {
      line.remove(waiter);
    }
    if (byOwner != null) {
      byOwner.remove(new Standing(waiter.call().owner(), waiter.place()));
    }
    if (wasLong && line.isEmpty()) {
      line = Collections.emptySet();
      wasLong = false;
    }
  }
}
