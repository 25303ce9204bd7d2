package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.List;

/**
 * An owned semaphore that gives back what sessions that end hold: {@code acquire(permits) ->
 * token}, 0 when there were too few; {@code drain() -> permits, token}; {@code release(token) ->
 * permits}; {@code get() -> permits}; {@code undone()}, what an acquire of the same client of which
 * nobody knows was given is given back; {@code end()} of a session.
 *
 * @param permits what it begins with
 */
public record SemaphoreSpecification(long permits)
    implements Specification<SemaphoreSpecification.State> {
  /** What was acquired; a token of 0 when nobody knows which one. */
  record Hold(String client, long token, long permits) {}

  /**
   * What it is in between.
   *
   * @param token the highest that was given
   */
  public record State(long permits, long token, List<Hold> holds) {
    private List<State> hold(String client, long wanted, long given) {
      if (permits < wanted || (given != 0 && given <= token)) {
        return List.of();
      }
      List<Hold> more = new ArrayList<>(holds);
      more.add(new Hold(client, given, wanted));
      return List.of(new State(permits - wanted, Math.max(token, given), List.copyOf(more)));
    }

    private State without(List<Hold> given) {
      List<Hold> fewer = new ArrayList<>(holds);
      fewer.removeAll(given);
      long back = given.stream().mapToLong(Hold::permits).sum();
      return new State(permits + back, token, List.copyOf(fewer));
    }

    private List<Hold> of(String client) {
      return holds.stream().filter(hold -> hold.client().equals(client)).toList();
    }

    private List<Hold> of(String client, long token) {
      return of(client).stream().filter(hold -> hold.token() == token).toList();
    }
  }

  @Override
  public State initial() {
    return new State(permits, 0, List.of());
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    return switch (operation.what()) {
      case "acquire" -> acquired(state, operation);
      case "drain" -> drained(state, operation);
      case "release" -> {
        List<Hold> given = state.of(client, operation.argument(0));
        State free = state.without(given);
        // Told what is left when those who waited were served.
        yield given.isEmpty() || (operation.isKnown() && operation.answer(0) > free.permits)
            ? List.of()
            : List.of(free);
      }
      case "get" ->
          operation.mayHaveBeenTold(0, state.permits()) ? List.of(state) : List.<State>of();
      case "undone" -> List.of(state.without(state.of(client, 0)));
      case "end" -> List.of(state.without(state.of(client)));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  /** Others may have stood before it, so that it may get none though there are enough. */
  private static List<State> acquired(State state, Operation operation) {
    if (!operation.isKnown()) {
      return state.hold(operation.client(), operation.argument(0), 0);
    }
    return operation.answer(0) == 0
        ? List.of(state)
        : state.hold(operation.client(), operation.argument(0), operation.answer(0));
  }

  private static List<State> drained(State state, Operation operation) {
    if (!operation.isKnown()) {
      return state.permits() == 0 ? List.of() : state.hold(operation.client(), state.permits(), 0);
    }
    if (operation.answer(0) == 0) {
      return List.of(state);
    }
    return operation.answer(0) == state.permits()
        ? state.hold(operation.client(), state.permits(), operation.answer(1))
        : List.of();
  }
}
