package dev.polyproc.integration.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A pool with one job, whose workers are the clients, each with one run at a time: {@code
 * submit(key) -> task}; {@code take() -> run, task, attempt}, all 0 where there was none; {@code
 * complete(run) -> was over}; {@code fail(run) -> will be run again}; {@code giveBack(run) -> was
 * over}, of a run that was not begun; {@code cancel(task) -> waited, runs}; {@code read(after) ->
 * place, task, outcome}, of the first result behind a place, all 0 where there is none; {@code
 * get() -> waiting, running}; {@code undone()}, what a take of the same client of which nobody
 * knows was given waits again; {@code end()} of a session.
 *
 * @param attempts how often a task is run at most
 * @param runsPerKey how many tasks of one key run at the same time; the key 0 is not limited
 */
public record PoolSpecification(long attempts, long runsPerKey)
    implements Specification<PoolSpecification.State> {
  /** As {@code PoolOutcome} numbers them. */
  private static final long SUCCEEDED = 1;

  private static final long FAILED = 2;
  private static final long CANCELLED = 3;
  private static final long WORKER_LOST = 4;

  /** Not done yet, and handed out so often. */
  record Task(long number, long key, long attempt) {
    Task counted(long by) {
      return new Task(number, key, attempt + by);
    }
  }

  /** In the hands of a client; a number of 0 where nobody knows which. */
  record Run(String client, long number, Task task, boolean cancelled) {}

  /** What became of a task; a place of 0 as long as nobody has read it. */
  record Result(long task, long outcome, long place) {}

  /**
   * What it is in between.
   *
   * @param submitted how many tasks there have been
   * @param waiting in their order
   * @param lastRun the highest number of a run that somebody was told
   * @param results in the order in which they came
   */
  public record State(
      long submitted, List<Task> waiting, List<Run> running, long lastRun, List<Result> results) {
    private State submit(long key) {
      List<Task> more = new ArrayList<>(waiting);
      more.add(new Task(submitted + 1, key, 0));
      return new State(submitted + 1, List.copyOf(more), running, lastRun, results);
    }

    private Optional<Task> next(long runsPerKey) {
      return waiting.stream()
          .filter(task -> task.key == 0 || running(task.key) < runsPerKey)
          .findFirst();
    }

    private long running(long key) {
      return running.stream().filter(run -> run.task.key == key).count();
    }

    private State begin(String client, long run, Task task) {
      List<Task> fewer = new ArrayList<>(waiting);
      fewer.remove(task);
      List<Run> more = new ArrayList<>(running);
      more.add(new Run(client, run, task.counted(1), false));
      return new State(
          submitted, List.copyOf(fewer), List.copyOf(more), Math.max(lastRun, run), results);
    }

    private Optional<Run> of(String client, long run) {
      return running.stream()
          .filter(one -> one.client.equals(client) && one.number == run)
          .findFirst();
    }

    private State without(Run over) {
      List<Run> fewer = new ArrayList<>(running);
      fewer.remove(over);
      return new State(submitted, waiting, List.copyOf(fewer), lastRun, results);
    }

    private State with(Result result) {
      List<Result> more = new ArrayList<>(results);
      more.add(result);
      return new State(submitted, waiting, running, lastRun, List.copyOf(more));
    }

    private State done(Run over, long outcome) {
      return without(over).with(new Result(over.task.number, outcome, 0));
    }

    /** It waits again, unless it was cancelled meanwhile. */
    private State again(Run over, long counts) {
      if (over.cancelled) {
        return done(over, CANCELLED);
      }
      State rest = without(over);
      List<Task> more = new ArrayList<>(waiting);
      more.add(over.task.counted(counts));
      more.sort(Comparator.comparingLong(Task::number));
      return new State(submitted, List.copyOf(more), rest.running, lastRun, results);
    }

    private State cancel(Task task) {
      List<Task> fewer = new ArrayList<>(waiting);
      fewer.remove(task);
      State rest = new State(submitted, List.copyOf(fewer), running, lastRun, results);
      return rest.with(new Result(task.number, CANCELLED, 0));
    }

    private State cancel(Run run) {
      List<Run> all = new ArrayList<>(running);
      all.set(all.indexOf(run), new Run(run.client, run.number, run.task, true));
      return new State(submitted, waiting, List.copyOf(all), lastRun, results);
    }

    private State read(int index, long place) {
      List<Result> all = new ArrayList<>(results);
      Result read = all.get(index);
      all.set(index, new Result(read.task, read.outcome, place));
      return new State(submitted, waiting, running, lastRun, List.copyOf(all));
    }
  }

  @Override
  public State initial() {
    return new State(0, List.of(), List.of(), 0, List.of());
  }

  @Override
  public List<State> after(State state, Operation operation) {
    String client = operation.client();
    return switch (operation.what()) {
      case "submit" ->
          operation.mayHaveBeenTold(0, state.submitted + 1)
              ? List.of(state.submit(operation.argument(0)))
              : List.<State>of();
      case "take" -> taken(state, operation);
      case "complete" -> ended(state, operation, run -> state.done(run, SUCCEEDED));
      case "giveBack" -> ended(state, operation, run -> state.again(run, -1));
      case "fail" -> failed(state, operation);
      case "cancel" -> cancelled(state, operation);
      case "read" -> read(state, operation);
      case "get" ->
          operation.mayHaveBeenTold(0, state.waiting.size())
                  && operation.mayHaveBeenTold(1, state.running.size())
              ? List.of(state)
              : List.<State>of();
      case "undone" -> List.of(state.of(client, 0).map(run -> state.again(run, -1)).orElse(state));
      case "end" -> List.of(lost(state, client));
      default -> throw new IllegalArgumentException(operation.what());
    };
  }

  private List<State> taken(State state, Operation operation) {
    Optional<Task> next = state.next(runsPerKey);
    if (next.isEmpty()) {
      return operation.mayHaveBeenTold(0, 0) ? List.of(state) : List.of();
    }
    Task task = next.get();
    if (!operation.isKnown()) {
      return List.of(state.begin(operation.client(), 0, task));
    }
    long run = operation.answer(0);
    boolean fits =
        run > state.lastRun
            && operation.answer(1) == task.number
            && operation.answer(2) == task.attempt + 1;
    return fits ? List.of(state.begin(operation.client(), run, task)) : List.of();
  }

  private static List<State> ended(State state, Operation operation, Function<Run, State> how) {
    Optional<Run> run = state.of(operation.client(), operation.argument(0));
    return operation.mayHaveBeenTold(0, run.isPresent() ? 0 : 1)
        ? List.of(run.map(how).orElse(state))
        : List.of();
  }

  private List<State> failed(State state, Operation operation) {
    Optional<Run> known = state.of(operation.client(), operation.argument(0));
    if (known.isEmpty()) {
      return List.of();
    }
    Run run = known.get();
    boolean again = !run.cancelled && run.task.attempt < attempts;
    if (!operation.mayHaveBeenTold(0, again ? 1 : 0)) {
      return List.of();
    }
    return List.of(again || run.cancelled ? state.again(run, 0) : state.done(run, FAILED));
  }

  private static List<State> cancelled(State state, Operation operation) {
    long number = operation.argument(0);
    Optional<Task> waits = state.waiting.stream().filter(task -> task.number == number).findFirst();
    Optional<Run> runs =
        state.running.stream().filter(run -> run.task.number == number).findFirst();
    if (!operation.mayHaveBeenTold(0, waits.isPresent() ? 1 : 0)
        || !operation.mayHaveBeenTold(1, runs.isPresent() ? 1 : 0)) {
      return List.of();
    }
    State after = waits.map(state::cancel).orElse(state);
    return List.of(runs.map(after::cancel).orElse(after));
  }

  private static List<State> read(State state, Operation operation) {
    if (!operation.isKnown()) {
      return List.of(state);
    }
    long after = operation.argument(0);
    int index = after == 0 ? 0 : behind(state, after);
    if (index < 0 || index == state.results.size()) {
      return index >= 0 && operation.answer(0) == 0 ? List.of(state) : List.of();
    }
    Result result = state.results.get(index);
    long place = operation.answer(0);
    boolean fits =
        place > after
            && (result.place == 0 || result.place == place)
            && operation.answer(1) == result.task
            && operation.answer(2) == result.outcome;
    return fits ? List.of(state.read(index, place)) : List.of();
  }

  /** Where the results begin behind a place; negative where none has that. */
  private static int behind(State state, long place) {
    for (int i = 0; i < state.results.size(); i++) {
      if (state.results.get(i).place == place) {
        return i + 1;
      }
    }
    return -1;
  }

  /** What a client ran whose session has ended waits again, or is lost at the last attempt. */
  private State lost(State state, String client) {
    State after = state;
    for (Run run : state.running) {
      if (run.client.equals(client)) {
        boolean again = run.cancelled || run.task.attempt < attempts;
        after = again ? after.again(run, 0) : after.done(run, WORKER_LOST);
      }
    }
    return after;
  }
}
