package dev.polyproc.integration.history;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a history is linearizable: there is an order of its operations, each at a moment between
 * its beginning and its end and those of one client as it asked, in which all answers are right
 * (Herlihy and Wing 1990). The search is that of Wing and Gong, with Lowe's memory of what was
 * tried; operations whose answer nobody knows are left out where nothing needs them.
 *
 * @param <S> what the object is in between
 */
public final class Linearizability<S> {
  private static final int MOST_STEPS = 200_000;

  private final Specification<S> specification;
  private final List<Operation> operations;
  private final int[] clients;
  private final int[] lastOfClient;
  private final BitSet done = new BitSet();
  private final Set<Tried<S>> tried = new HashSet<>();
  private final BitSet best = new BitSet();

  /** The search would take too long. */
  public static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    private TooLarge() {
      super("Expected a history that can be judged in " + MOST_STEPS + " steps");
    }
  }

  /** What needs not be done any more, and what the object is then. */
  private record Tried<S>(BitSet settled, S state) {}

  private Linearizability(Specification<S> specification, List<Operation> history) {
    this.specification = specification;
    this.operations = history.stream().sorted(Comparator.comparingLong(Operation::from)).toList();
    this.clients = new int[operations.size()];
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < clients.length; i++) {
      Integer known = numbers.putIfAbsent(operations.get(i).client(), numbers.size());
      clients[i] = known == null ? numbers.size() - 1 : known;
    }
    this.lastOfClient = new int[numbers.size()];
    Arrays.fill(lastOfClient, -1);
  }

  /**
   * Where the answers of a history cannot all be right.
   *
   * @param history those of one client that began at the same time in its order
   * @return the first operation that fits nowhere in the longest order that was found; null when
   *     the history is linearizable
   */
  public static <S> @Nullable Operation contradiction(
      Specification<S> specification, List<Operation> history) {
    Linearizability<S> search = new Linearizability<>(specification, history);
    if (search.goesOn(specification.initial(), Long.MIN_VALUE)) {
      return null;
    }
    return search.firstToEnd(search.best);
  }

  /** Whether the rest can be done. */
  private boolean goesOn(S state, long latest) {
    Operation first = firstToEnd(done);
    if (first == null) {
      return true;
    }
    if (!tried.add(new Tried<>(settled(first, latest), state))) {
      return false;
    }
    if (tried.size() > MOST_STEPS) {
      throw new TooLarge();
    }
    if (done.cardinality() > best.cardinality()) {
      best.clear();
      best.or(done);
    }
    int look = lookThatMayComeFirst(state, latest, first);
    if (look >= 0) {
      return goesOnWith(look, state, latest);
    }
    for (int i = done.nextClearBit(0); isBefore(i, first); i = done.nextClearBit(i + 1)) {
      if (mayBeNext(i, latest) && goesOnWith(i, state, latest)) {
        return true;
      }
    }
    return false;
  }

  /** What need not be done any more: it is, or it cannot be. */
  private BitSet settled(Operation first, long latest) {
    BitSet settled = (BitSet) done.clone();
    for (int i = done.nextClearBit(0); isBefore(i, first); i = done.nextClearBit(i + 1)) {
      settled.set(i, !operations.get(i).certain() && !mayBeNext(i, latest));
    }
    return settled;
  }

  private boolean isBefore(int i, Operation first) {
    return i < operations.size() && operations.get(i).from() <= first.until();
  }

  /**
   * One that is right now and changes nothing need not come later, unless something that may have
   * happened before it could not any more; -1 when there is none.
   */
  private int lookThatMayComeFirst(S state, long latest, Operation first) {
    BitSet passed = new BitSet();
    long uncertain = Long.MAX_VALUE;
    for (int i = done.nextClearBit(0); isBefore(i, first); i = done.nextClearBit(i + 1)) {
      Operation operation = operations.get(i);
      if (!operation.certain()) {
        if (mayBeNext(i, latest)) {
          uncertain = Math.min(uncertain, operation.until());
          passed.set(clients[i]);
        }
        continue;
      }
      if (!passed.get(clients[i])
          && operation.from() <= uncertain
          && mayBeNext(i, latest)
          && specification.after(state, operation).equals(List.of(state))) {
        return i;
      }
      passed.set(clients[i]);
    }
    return -1;
  }

  private boolean mayBeNext(int i, long latest) {
    return lastOfClient[clients[i]] < i && operations.get(i).until() >= latest;
  }

  private boolean goesOnWith(int i, S state, long latest) {
    Operation next = operations.get(i);
    int before = lastOfClient[clients[i]];
    for (S after : specification.after(state, next)) {
      if (!next.certain() && after.equals(state)) {
        continue; // As if it had not happened.
      }
      done.set(i);
      lastOfClient[clients[i]] = i;
      if (goesOn(after, Math.max(latest, next.from()))) {
        return true;
      }
      done.clear(i);
      lastOfClient[clients[i]] = before;
    }
    return false;
  }

  /** Of those that must be done still: nothing that began after its end comes before it. */
  private @Nullable Operation firstToEnd(BitSet some) {
    Operation first = null;
    for (int i = some.nextClearBit(0); i < operations.size(); i = some.nextClearBit(i + 1)) {
      Operation operation = operations.get(i);
      if (operation.certain() && (first == null || operation.until() < first.until())) {
        first = operation;
      }
    }
    return first;
  }
}
