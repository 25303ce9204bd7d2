package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A queue whose items come back when the session ends that has them: {@code put(item, priority,
 * key, head, delayed) -> 1}; {@code get(tail) -> item, number, attempt}, all 0 when none came;
 * {@code acknowledge(number)}, {@code reject(number)} and {@code taskDone(number) -> unfinished},
 * the last one with 0 for the oldest of the client; {@code join() -> 1} when no item is unfinished,
 * or 0; {@code size() -> ready and delayed, out, unfinished}; {@code undone()}, what a get of the
 * same client of which nobody knows was given is given back; {@code end()} of a session.
 *
 * @param maxOutPerKey how many items of a key are out; 0: any number, as of key 0
 * @param delayNanos how long a delayed item is not seen; those are due in the order of their puts
 */
public record QueueSpecification(int maxOutPerKey, long delayNanos)
    implements Specification<QueueSpecification.State> {
  private static final Comparator<Item> ORDER =
      Comparator.comparingLong(Item::priority).thenComparingLong(Item::position);

  /**
   * An item.
   *
   * @param due when it may be seen
   */
  record Item(
      long item, long priority, long key, boolean atHead, long position, long attempts, long due) {
    Item at(long place) {
      return new Item(item, priority, key, atHead, atHead ? -place : place, attempts, due);
    }

    Item handedOut() {
      return new Item(item, priority, key, atHead, position, attempts + 1, due);
    }
  }

  /** What is out; a number of 0 when nobody knows which one. */
  record Hold(String client, long number, Item item) {}

  /**
   * What it is in between.
   *
   * @param ready in the order of the queue
   * @param delayed in the order in which they are due
   * @param out in the order in which they went out
   * @param count how many places were given
   */
  public record State(
      List<Item> ready, List<Item> delayed, List<Hold> out, long count, long unfinished) {
    public State {
      ready = ready.stream().sorted(ORDER).toList();
    }

    private static <T> List<T> with(List<T> some, T one) {
      return Stream.concat(some.stream(), Stream.of(one)).toList();
    }

    private static <T> List<T> without(List<T> some, T one) {
      List<T> fewer = new ArrayList<>(some);
      fewer.remove(one);
      return List.copyOf(fewer);
    }

    private State put(Item item) {
      return new State(with(ready, item.at(count)), delayed, out, count + 1, unfinished + 1);
    }

    private State delay(Item item) {
      return new State(ready, with(delayed, item), out, count, unfinished + 1);
    }

    /** The first that is delayed is due. */
    private State due() {
      Item first = delayed.get(0);
      return new State(
          with(ready, first.at(count)), without(delayed, first), out, count + 1, unfinished);
    }

    private State handOut(String client, long number, Item item) {
      return new State(
          without(ready, item),
          delayed,
          with(out, new Hold(client, number, item.handedOut())),
          count,
          unfinished);
    }

    private State giveBack(Predicate<Hold> which) {
      return new State(
          Stream.concat(ready.stream(), out.stream().filter(which).map(Hold::item)).toList(),
          delayed,
          out.stream().filter(which.negate()).toList(),
          count,
          unfinished);
    }

    private State finish(Hold hold) {
      return new State(ready, delayed, without(out, hold), count, Math.max(0, unfinished - 1));
    }

    private List<Hold> of(String client, long number) {
      return out.stream()
          .filter(hold -> hold.client().equals(client))
          .filter(hold -> number == 0 || hold.number() == number)
          .limit(1)
          .toList();
    }
  }

  @Override
  public State initial() {
    return new State(List.of(), List.of(), List.of(), 0, 0);
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    return switch (operation.what()) {
      case "put" ->
          anyTimeLater(state, operation).stream()
              .flatMap(later -> put(later, operation).stream())
              .toList();
      case "get" ->
          anyTimeLater(state, operation).stream()
              .flatMap(later -> got(later, operation).stream())
              .toList();
      case "acknowledge", "taskDone" ->
          state.of(client, operation.argument(0)).stream()
              .map(state::finish)
              .filter(after -> told(operation, after.unfinished()))
              .toList();
      case "reject" ->
          state.of(client, operation.argument(0)).stream()
              .filter(hold -> operation.mayHaveBeenTold(0, 1))
              .map(hold -> state.giveBack(hold::equals))
              .toList();
      case "join" ->
          operation.mayHaveBeenTold(0, state.unfinished() == 0 ? 1 : 0)
              ? List.of(state)
              : List.<State>of();
      case "size" -> counted(state, operation) ? List.of(state) : List.<State>of();
      case "undone" ->
          List.of(state.giveBack(hold -> hold.client().equals(client) && hold.number() == 0));
      case "end" -> List.of(state.giveBack(hold -> hold.client().equals(client)));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private static boolean told(Operation operation, long unfinished) {
    return operation.what().equals("acknowledge") || operation.mayHaveBeenTold(0, unfinished);
  }

  private List<State> put(State state, Operation operation) {
    if (!operation.mayHaveBeenTold(0, 1)) {
      return List.of();
    }
    boolean delayed = operation.argument(4) == 1;
    Item item =
        new Item(
            operation.argument(0),
            operation.argument(1),
            operation.argument(2),
            operation.argument(3) == 1,
            0,
            0,
            delayed ? operation.from() + delayNanos : 0);
    return List.of(delayed ? state.delay(item) : state.put(item));
  }

  /** What it may be when some delays are over: then these items have their places. */
  private static List<State> anyTimeLater(State state, Operation operation) {
    List<State> later = new ArrayList<>(List.of(state));
    State next = state;
    while (!next.delayed().isEmpty() && next.delayed().get(0).due() <= operation.until()) {
      next = next.due();
      later.add(next);
    }
    return later;
  }

  private List<State> got(State state, Operation operation) {
    Item next = next(state, operation.argument(0) == 1);
    if (next == null) {
      return operation.isKnown() && operation.answer(0) == 0 && isZero(operation)
          ? List.of(state)
          : List.of();
    }
    if (!operation.isKnown()) {
      return List.of(state.handOut(operation.client(), 0, next));
    }
    return operation.answer(0) == next.item() && operation.answer(2) == next.attempts() + 1
        ? List.of(state.handOut(operation.client(), operation.answer(1), next))
        : List.of();
  }

  private static boolean isZero(Operation operation) {
    return operation.answer(1) == 0 && operation.answer(2) == 0;
  }

  private @Nullable Item next(State state, boolean atTail) {
    List<Item> that = state.ready().stream().filter(item -> mayGo(state, item)).toList();
    return that.isEmpty() ? null : that.get(atTail ? that.size() - 1 : 0);
  }

  private boolean mayGo(State state, Item item) {
    return maxOutPerKey == 0
        || item.key() == 0
        || state.out().stream().filter(hold -> hold.item().key() == item.key()).count()
            < maxOutPerKey;
  }

  private static boolean counted(State state, Operation operation) {
    return operation.mayHaveBeenTold(0, state.ready().size() + state.delayed().size())
        && operation.mayHaveBeenTold(1, state.out().size())
        && operation.mayHaveBeenTold(2, state.unfinished());
  }
}
