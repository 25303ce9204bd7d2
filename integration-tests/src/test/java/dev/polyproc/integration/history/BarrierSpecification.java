package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A barrier without an action: {@code abort() -> was broken}, {@code reset() -> was broken}, {@code
 * mend(round) -> was broken in that round}, {@code get() -> waiting, round, broken}, and {@code
 * end()} of a session.
 *
 * <p>A wait is what happens at two moments: {@code arrive()}, and one of {@code pass() -> index,
 * round}, {@code timeout()} and {@code refused()}, which one that does not arrive is told, too.
 *
 * @param parties how many there are
 */
public record BarrierSpecification(int parties)
    implements Specification<BarrierSpecification.State> {
  /** Who has passed, and is not told yet. */
  record Passed(String client, long index, long round) {}

  /**
   * What it is in between.
   *
   * @param arrived who waits, the oldest first
   * @param sentAway who waited when it broke, and is not told yet
   */
  public record State(
      long round,
      boolean broken,
      List<String> arrived,
      List<Passed> passed,
      List<String> sentAway) {
    private State with(boolean isBroken, long inRound) {
      List<String> away = new ArrayList<>(sentAway);
      away.addAll(arrived);
      return new State(inRound, isBroken, List.of(), passed, List.copyOf(away));
    }

    private State without(String client) {
      return new State(
          round,
          broken,
          arrived.stream().filter(one -> !one.equals(client)).toList(),
          passed.stream().filter(one -> !one.client().equals(client)).toList(),
          sentAway.stream().filter(one -> !one.equals(client)).toList());
    }
  }

  @Override
  public State initial() {
    return new State(0, false, List.of(), List.of(), List.of());
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    boolean waits = state.arrived().contains(client);
    return switch (operation.what()) {
      case "arrive" -> some(!state.broken(), arrived(state, client));
      case "pass" -> passed(state, operation);
      case "timeout" ->
          some(waits && !state.broken(), state.without(client).with(true, state.round()));
      case "refused" ->
          some(state.sentAway().contains(client) || state.broken(), state.without(client));
      case "abort" ->
          some(
              operation.mayHaveBeenTold(0, state.broken() ? 1 : 0),
              state.with(true, state.round()));
      case "reset" ->
          some(
              operation.mayHaveBeenTold(0, state.broken() ? 1 : 0),
              state.with(false, state.round() + 1));
      case "mend" -> mended(state, operation);
      case "get" ->
          some(
              operation.mayHaveBeenTold(0, state.arrived().size())
                  && operation.mayHaveBeenTold(1, state.round())
                  && operation.mayHaveBeenTold(2, state.broken() ? 1 : 0),
              state);
      case "end" ->
          List.of(waits ? state.without(client).with(true, state.round()) : state.without(client));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private static List<State> mended(State state, Operation operation) {
    boolean mends = state.broken() && operation.argument(0) == state.round();
    return some(
        operation.mayHaveBeenTold(0, mends ? 1 : 0),
        mends ? state.with(false, state.round() + 1) : state);
  }

  private static List<State> some(boolean isRight, State next) {
    return isRight ? List.of(next) : List.of();
  }

  private State arrived(State state, String client) {
    List<String> arrived = new ArrayList<>(state.arrived());
    arrived.add(client);
    if (arrived.size() < parties) {
      return new State(
          state.round(), state.broken(), List.copyOf(arrived), state.passed(), state.sentAway());
    }
    List<Passed> passed = new ArrayList<>(state.passed());
    for (int i = 0; i < parties; i++) {
      passed.add(new Passed(arrived.get(i), parties - 1 - i, state.round()));
    }
    return new State(
        state.round() + 1, state.broken(), List.of(), List.copyOf(passed), state.sentAway());
  }

  private static List<State> passed(State state, Operation operation) {
    return state.passed().stream()
        .filter(
            one ->
                one.client().equals(operation.client())
                    && operation.mayHaveBeenTold(0, one.index())
                    && operation.mayHaveBeenTold(1, one.round()))
        .map(one -> state.without(one.client()))
        .toList();
  }
}
