package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A read-write lock: {@code acquire(mode) -> token}, of which 2 is to write and 0 says that it was
 * not to be had; {@code release(token)}; {@code get() -> writing, reading}; {@code undone()} and
 * {@code end()} as of a {@link SemaphoreSpecification}.
 */
public record ReadWriteLockSpecification()
    implements Specification<ReadWriteLockSpecification.State> {
  private static final long WRITE = 2;

  /** A hold; a token of 0 when nobody knows which one. */
  record Hold(String client, long token, boolean writes) {}

  /**
   * What it is in between.
   *
   * @param highest the highest token that was given
   */
  public record State(long highest, List<Hold> holds) {
    private boolean isFreeFor(String client, boolean writes) {
      return writes
          ? holds.isEmpty()
          : holds.stream().allMatch(hold -> !hold.writes() || hold.client().equals(client));
    }

    private State with(Hold more) {
      List<Hold> all = new ArrayList<>(holds);
      all.add(more);
      return new State(Math.max(highest, more.token()), List.copyOf(all));
    }

    private State without(List<Hold> given) {
      List<Hold> fewer = new ArrayList<>(holds);
      fewer.removeAll(given);
      return new State(highest, List.copyOf(fewer));
    }

    private List<Hold> of(String client) {
      return holds.stream().filter(hold -> hold.client().equals(client)).toList();
    }

    private List<Hold> of(String client, long token) {
      return of(client).stream().filter(hold -> hold.token() == token).toList();
    }

    private long count(boolean writes) {
      return holds.stream().filter(hold -> hold.writes() == writes).count();
    }
  }

  @Override
  public State initial() {
    return new State(0, List.of());
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    return switch (operation.what()) {
      case "acquire" -> acquired(state, operation);
      case "release" -> {
        List<Hold> given = state.of(client, operation.argument(0));
        yield given.isEmpty() ? List.of() : List.of(state.without(given));
      }
      case "get" ->
          operation.mayHaveBeenTold(0, state.count(true))
                  && operation.mayHaveBeenTold(1, state.count(false))
              ? List.of(state)
              : List.of();
      case "undone" -> List.of(state.without(state.of(client, 0)));
      case "end" -> List.of(state.without(state.of(client)));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  /** Others may have stood before it, so that it may get none though it is free. */
  private static List<State> acquired(State state, Operation operation) {
    boolean writes = operation.argument(0) == WRITE;
    long token = operation.isKnown() ? operation.answer(0) : 0;
    if (operation.isKnown() && token == 0) {
      return List.of(state);
    }
    return state.isFreeFor(operation.client(), writes) && (token == 0 || token > state.highest())
        ? List.of(state.with(new Hold(operation.client(), token, writes)))
        : List.of();
  }
}
