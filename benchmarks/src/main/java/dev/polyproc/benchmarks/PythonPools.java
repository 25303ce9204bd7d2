package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The Python package's pools beside those of others, and processes that the daemon starts beside
 * {@code posix_spawn}, by {@code benchmarks/python/pool.py}: on one processor, then on all.
 */
final class PythonPools {
  private static final String DROP_IN = "polyproc.multiprocessing.Pool";
  private static final String NAMED = "polyproc.Pool";
  private static final String STANDARD = "multiprocessing.Pool";
  private static final String SINGLE = "map, chunk 1";
  private static final String DISPATCH = "apply";
  private static final String SPAWN = "spawn";
  private static final String ENDED = "spawn, until its end is known";

  /** Of the drop-in beside the standard library, on all processors; all else is printed. */
  private static final Map<String, Double> LEAST = Map.of(SINGLE, 1.0, "map, default chunk", 0.8);

  private static final double GOAL = 2.0;

  /** Of a start and its end beside those of {@code posix_spawn}, on all processors. */
  private static final double ENDED_MOST = 2.5;

  /** What takes so long that its time is printed, and not how often a second it is done. */
  private static final Set<String> TIMES = Set.of(SPAWN, ENDED);

  /** A step may be thousands of tasks. */
  private static final int WINDOWS = 2;

  private final PythonProgram program;

  /**
   * With a Python that has the package.
   *
   * @param folder for the sockets
   */
  PythonPools(Path folder, Installation installation, Path python) {
    this.program = new PythonProgram(folder, installation, python, "pool.py", WINDOWS);
  }

  void run(Pace pace, Table table) throws Exception {
    Processor one = Processor.first();
    if (one.isOne()) {
      run(pace, table, one);
    } else {
      table.note("on one processor", "skipped: there is no taskset");
    }
    run(pace, table, Processor.all());
  }

  private void run(Pace pace, Table table, Processor processor) throws Exception {
    String where = processor.isOne() ? "one processor" : "all processors";
    Progress.say("Python's pools on " + where);
    List<String[]> lines = program.run(pace, processor);
    Progress.clear();
    table.section(
        String.join(" ", lines.get(0))
            + ": polyproc.multiprocessing.Pool of four workers, and spawns, on "
            + where);
    Set<String> tasks = lines.stream().map(line -> line[0]).collect(Collectors.toSet());
    if (!tasks.containsAll(LEAST.keySet()) || !tasks.containsAll(TIMES)) {
      throw new IllegalStateException(
          "Expected figures of all that has a bound, but there are some of " + tasks);
    }
    for (String[] line : lines.subList(1, lines.size())) {
      if (line[0].equals("skipped")) {
        table.note(line[1], "skipped: " + line[2]);
      } else {
        row(table, line, processor);
      }
    }
  }

  private static void row(Table table, String[] parts, Processor processor) {
    String task = parts[0];
    Pairs pairs = Pairs.of(parts[3], parts[4]);
    String ours = parts[1].equals(NAMED) ? NAMED + " " : "";
    String what = ours + task + ", beside " + parts[2];
    if (task.equals(ENDED) && !processor.isOne()) {
      table.micros(what, pairs, ENDED_MOST);
    } else if (TIMES.contains(task)) {
      table.micros(what, pairs);
    } else {
      tasks(table, task, what, pairs, least(parts, processor));
    }
  }

  /** What the ratio of a row must be, if anything. */
  private static @Nullable Double least(String[] parts, Processor processor) {
    boolean isBound = parts[1].equals(DROP_IN) && parts[2].equals(STANDARD) && !processor.isOne();
    return isBound ? LEAST.get(parts[0]) : null;
  }

  private static void tasks(
      Table table, String task, String what, Pairs pairs, @Nullable Double least) {
    if (least == null) {
      table.ratio(what, pairs);
    } else {
      table.ratio(what, pairs, least);
    }
    if (least != null && task.equals(SINGLE)) {
      double ratio = pairs.ratios().median();
      table.note("goal: twice as many tasks", ratio >= GOAL ? "reached" : "not yet");
    }
    if (task.equals(DISPATCH)) {
      table.micros(what + ": one dispatch", pairs);
    }
  }
}
