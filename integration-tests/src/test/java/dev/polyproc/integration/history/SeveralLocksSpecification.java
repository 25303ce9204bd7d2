package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.List;

/**
 * Plain locks, some of which may be acquired at once: {@code acquire(locks...) -> tokens...}, 0
 * when they were not to be had; {@code release(lock, token)}; {@code get() -> held...}; {@code
 * undone()} and {@code end()} as of a {@link SemaphoreSpecification}.
 *
 * @param count how many locks there are
 */
public record SeveralLocksSpecification(int count)
    implements Specification<SeveralLocksSpecification.State> {
  /** A hold; a token of 0 when nobody knows which one. */
  record Hold(long lock, String client, long token) {}

  /**
   * What they are in between.
   *
   * @param highest the highest token that was given
   */
  public record State(long highest, List<Hold> holds) {
    private boolean isHeld(long lock) {
      return holds.stream().anyMatch(hold -> hold.lock() == lock);
    }

    private State without(List<Hold> given) {
      List<Hold> fewer = new ArrayList<>(holds);
      fewer.removeAll(given);
      return new State(highest, List.copyOf(fewer));
    }

    private List<Hold> of(String client) {
      return holds.stream().filter(hold -> hold.client().equals(client)).toList();
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
        Hold given = new Hold(operation.argument(0), client, operation.argument(1));
        yield state.holds().contains(given)
            ? List.of(state.without(List.of(given)))
            : List.<State>of();
      }
      case "get" -> {
        boolean isRight = true;
        for (int i = 0; i < count; i++) {
          isRight &= operation.mayHaveBeenTold(i, state.isHeld(i) ? 1 : 0);
        }
        yield isRight ? List.of(state) : List.<State>of();
      }
      case "undone" ->
          List.of(
              state.without(state.of(client).stream().filter(hold -> hold.token() == 0).toList()));
      case "end" -> List.of(state.without(state.of(client)));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private static List<State> acquired(State state, Operation operation) {
    if (operation.isKnown() && operation.answer(0) == 0) {
      return List.of(state);
    }
    if (operation.answer() != null && operation.answer().size() != operation.arguments().size()) {
      return List.of();
    }
    List<Hold> holds = new ArrayList<>(state.holds());
    long highest = state.highest();
    for (int i = 0; i < operation.arguments().size(); i++) {
      long lock = operation.argument(i);
      long token = operation.isKnown() ? operation.answer(i) : 0;
      if (state.isHeld(lock) || (operation.isKnown() && token <= state.highest())) {
        return List.of();
      }
      holds.add(new Hold(lock, operation.client(), token));
      highest = Math.max(highest, token);
    }
    return List.of(new State(highest, List.copyOf(holds)));
  }
}
