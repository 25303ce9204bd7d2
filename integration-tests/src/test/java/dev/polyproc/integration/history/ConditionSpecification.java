package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A plain lock with a condition: {@code acquire() -> token}, 0 when it was not to be had; {@code
 * release(token)}; {@code notify(count) -> notified}; {@code get() -> asleep}; {@code undone()} and
 * {@code end()} as of a {@link SemaphoreSpecification}.
 *
 * <p>A wait is what happens at two or three moments: {@code sleep(token)}, for some {@code
 * timeout()}, and {@code wake() -> notified, token}.
 */
public record ConditionSpecification() implements Specification<ConditionSpecification.State> {
  /**
   * What it is in between.
   *
   * @param holder empty when it is free
   * @param token that of the hold; 0 when nobody knows it
   * @param woken whether the hold came with a notification
   * @param highest the highest token that was given
   * @param asleep who sleeps, the oldest first
   * @param notified who was notified and does not hold the lock yet
   * @param late whose timeout has passed and who does not hold the lock yet
   */
  public record State(
      String holder,
      long token,
      boolean woken,
      long highest,
      List<String> asleep,
      List<String> notified,
      List<String> late) {
    private State free() {
      return new State("", 0, false, highest, asleep, notified, late);
    }

    private State held(String client, long given, boolean withNotification) {
      return new State(
          client,
          given,
          withNotification,
          Math.max(highest, given),
          asleep,
          without(notified, client),
          without(late, client));
    }

    private State slept(String client) {
      return new State("", 0, false, highest, with(asleep, List.of(client)), notified, late);
    }

    private State timedOut(String client) {
      return new State(
          holder,
          token,
          woken,
          highest,
          without(asleep, client),
          notified,
          with(late, List.of(client)));
    }

    private State notifying(int some) {
      return new State(
          holder,
          token,
          woken,
          highest,
          List.copyOf(asleep.subList(some, asleep.size())),
          with(notified, asleep.subList(0, some)),
          late);
    }

    private State gone(String client) {
      return new State(
          holder,
          token,
          woken,
          highest,
          without(asleep, client),
          without(notified, client),
          without(late, client));
    }

    private boolean isFreeFor(long given) {
      return holder.isEmpty() && (given == 0 || given > highest);
    }

    private static List<String> with(List<String> some, List<String> more) {
      List<String> all = new ArrayList<>(some);
      all.addAll(more);
      return List.copyOf(all);
    }

    private static List<String> without(List<String> some, String client) {
      return some.stream().filter(one -> !one.equals(client)).toList();
    }
  }

  @Override
  public State initial() {
    return new State("", 0, false, 0, List.of(), List.of(), List.of());
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    boolean holds = state.holder().equals(client);
    return switch (operation.what()) {
      case "acquire" -> acquired(state, operation);
      case "release" -> some(holds && state.token() == operation.argument(0), state.free());
      case "sleep" -> some(holds && state.token() == operation.argument(0), state.slept(client));
      case "timeout" -> some(state.asleep().contains(client), state.timedOut(client));
      case "wake" -> woken(state, operation);
      case "notify" -> {
        int woken = (int) Math.min(operation.argument(0), state.asleep().size());
        yield some(holds && operation.mayHaveBeenTold(0, woken), state.notifying(woken));
      }
      case "get" -> some(operation.mayHaveBeenTold(0, state.asleep().size()), state);
      case "undone" -> List.of(holds && state.token() == 0 ? state.free() : state);
      case "end" -> ended(state, client);
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private static List<State> some(boolean isRight, State next) {
    return isRight ? List.of(next) : List.of();
  }

  private static List<State> acquired(State state, Operation operation) {
    long token = operation.isKnown() ? operation.answer(0) : 0;
    if (operation.isKnown() && token == 0) {
      return List.of(state);
    }
    return some(state.isFreeFor(token), state.held(operation.client(), token, false));
  }

  private static List<State> woken(State state, Operation operation) {
    String client = operation.client();
    boolean notified = state.notified().contains(client);
    boolean mayBe =
        (notified || state.late().contains(client))
            && operation.mayHaveBeenTold(0, notified ? 1 : 0);
    long token = operation.isKnown() ? operation.answer(1) : 0;
    return some(mayBe && state.isFreeFor(token), state.held(client, token, notified));
  }

  /** A notification that it had, and may not have heard of, goes to the one that sleeps longest. */
  private static List<State> ended(State state, String client) {
    boolean passesOn = state.notified().contains(client);
    State gone = state.gone(client);
    boolean holds = state.holder().equals(client);
    State free = holds ? gone.free() : gone;
    State passed = free.asleep().isEmpty() ? free : free.notifying(1);
    if (passesOn) {
      return List.of(passed);
    }
    return holds && state.woken() ? List.of(passed, free) : List.of(free);
  }
}
