package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A queue whose unfinished items are counted: {@code put(item, priority, key, head, delayed) -> 1};
 * {@code get(tail, reserve) -> item, number, attempt}, all 0 when none came; {@code
 * acknowledge(number)}, {@code reject(number)}, {@code release(number)}, which counts no attempt,
 * and {@code taskDone(number) -> unfinished}, the last one with 0 for the oldest of the client;
 * {@code join() -> 1} when no item is unfinished, or 0; {@code size() -> ready and delayed, out,
 * unfinished}; {@code undone()}, what a get of the same client of which nobody knows was given is
 * given back, as if it had not been handed out; {@code end()} of a session.
 *
 * <p>What a session has comes back at its end. But where ends finish what was taken, only what was
 * reserved does, and what was taken as long as the session has not said that it has it: it does so
 * by its next operation, which must be one on this queue.
 *
 * @param maxOutPerKey how many items of a key are out; 0: any number, as of key 0
 * @param delayNanos how long a delayed item is not seen; those are due in the order of their puts
 * @param endsFinish whether the end of a session finishes what it has taken
 */
public record QueueSpecification(int maxOutPerKey, long delayNanos, boolean endsFinish)
    implements Specification<QueueSpecification.State> {
  private static final Comparator<Item> ORDER =
      Comparator.comparingLong(Item::priority).thenComparingLong(Item::position);

  /**
   * An item.
   *
   * @param due when it may be seen
   * @param sureDue when it is seen for sure
   */
  record Item(
      long item,
      long priority,
      long key,
      boolean atHead,
      long position,
      long attempts,
      long due,
      long sureDue) {
    Item at(long place) {
      return new Item(item, priority, key, atHead, atHead ? -place : place, attempts, due, sureDue);
    }

    Item handedOut() {
      return new Item(item, priority, key, atHead, position, attempts + 1, due, sureDue);
    }

    Item notHandedOut() {
      return new Item(item, priority, key, atHead, position, attempts - 1, due, sureDue);
    }
  }

  /** What is out; a number of 0 when nobody knows which one. */
  record Hold(String client, long number, Item item) {
    /** In place of the number of an item that was taken, and may come back. */
    static final long TAKEN = -1;

    /** In place of the number of one that does not come back, and is not finished. */
    static final long GONE = -2;

    private static final Item NOTHING = new Item(0, 0, 0, false, 0, 0, 0, 0);

    boolean is(String one, long which) {
      return client.equals(one) && number == which;
    }

    /** Whether the queue has it as being out. */
    boolean isOut() {
      return number >= 0;
    }

    /** Which of several it was makes no difference any more. */
    Hold gone() {
      return new Hold(client, GONE, NOTHING);
    }
  }

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
      return giveBack(which, hold -> hold.item());
    }

    private State release(Hold one) {
      return giveBack(one::equals, hold -> hold.item().notHandedOut());
    }

    private State giveBack(Predicate<Hold> which, Function<Hold, Item> as) {
      return new State(
          Stream.concat(ready.stream(), out.stream().filter(which).map(as)).toList(),
          delayed,
          out.stream().filter(which.negate()).toList(),
          count,
          unfinished);
    }

    /** A client has what it was told of, and so what it has taken does not come back. */
    private State confirm(String client) {
      return out.stream().noneMatch(hold -> hold.is(client, Hold.TAKEN))
          ? this
          : new State(
              ready,
              delayed,
              out.stream().map(hold -> hold.is(client, Hold.TAKEN) ? hold.gone() : hold).toList(),
              count,
              unfinished);
    }

    /** What a client has comes back, or else is finished. */
    private State end(String client) {
      State ended = giveBack(hold -> hold.client().equals(client) && hold.number() != Hold.GONE);
      for (Hold hold : out) {
        ended = hold.is(client, Hold.GONE) ? ended.finish(hold) : ended;
      }
      return ended;
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
  public List<State> after(State before, Operation operation) {
    String client = operation.client();
    boolean confirms = !operation.what().equals("undone") && !operation.what().equals("end");
    State state = confirms ? before.confirm(client) : before;
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
          state.of(client, finished(operation)).stream()
              .map(state::finish)
              .filter(after -> told(operation, after.unfinished()))
              .toList();
      case "reject", "release" ->
          state.of(client, operation.argument(0)).stream()
              .filter(hold -> operation.mayHaveBeenTold(0, 1))
              .map(
                  hold ->
                      operation.what().equals("release")
                          ? state.release(hold)
                          : state.giveBack(hold::equals))
              .toList();
      case "join" ->
          operation.mayHaveBeenTold(0, state.unfinished() == 0 ? 1 : 0)
              ? List.of(state)
              : List.<State>of();
      case "size" -> counted(state, operation) ? List.of(state) : List.<State>of();
      case "undone" ->
          List.of(
              state.giveBack(
                  hold -> hold.is(client, 0) || hold.is(client, Hold.TAKEN),
                  hold -> hold.item().notHandedOut()));
      case "end" -> List.of(state.end(client));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private long finished(Operation operation) {
    return endsFinish && operation.argument(0) == 0 ? Hold.GONE : operation.argument(0);
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
            delayed ? operation.from() + delayNanos : 0,
            delayed ? Math.min(operation.until(), Long.MAX_VALUE - delayNanos) + delayNanos : 0);
    return List.of(delayed ? state.delay(item) : state.put(item));
  }

  /**
   * What it may be when some delays are over: then these items have their places. Those that were
   * over for sure when the operation began are over in each.
   */
  private static List<State> anyTimeLater(State state, Operation operation) {
    State next = state;
    List<State> later = new ArrayList<>();
    while (true) {
      if (next.delayed().stream().allMatch(item -> item.sureDue() >= operation.from())) {
        later.add(next);
      }
      if (next.delayed().isEmpty() || next.delayed().get(0).due() > operation.until()) {
        return later;
      }
      next = next.due();
    }
  }

  private List<State> got(State state, Operation operation) {
    Item next = next(state, operation.argument(0) == 1);
    if (next == null) {
      return operation.isKnown() && operation.answer(0) == 0 && isZero(operation)
          ? List.of(state)
          : List.of();
    }
    boolean takes = endsFinish && operation.argument(1) == 0;
    if (!operation.isKnown()) {
      return List.of(state.handOut(operation.client(), takes ? Hold.TAKEN : 0, next));
    }
    long number = operation.answer(1);
    return operation.answer(0) == next.item()
            && operation.answer(2) == next.attempts() + 1
            && takes == (number == 0)
        ? List.of(state.handOut(operation.client(), takes ? Hold.TAKEN : number, next))
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
        || state.out().stream()
                .filter(hold -> hold.isOut() && hold.item().key() == item.key())
                .count()
            < maxOutPerKey;
  }

  private static boolean counted(State state, Operation operation) {
    return operation.mayHaveBeenTold(0, state.ready().size() + state.delayed().size())
        && operation.mayHaveBeenTold(1, state.out().stream().filter(Hold::isOut).count())
        && operation.mayHaveBeenTold(2, state.unfinished());
  }
}
