package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The Python package beside {@code multiprocessing}, by {@code benchmarks/python/toolbox.py}, and
 * its drop-in, by {@code benchmarks/python/dropin.py}: on one processor, where what the calls cost
 * is all that counts, then on all.
 */
final class PythonToolbox {
  /** With one process; several wake each other there, which is printed. */
  private static final double ONE_PROCESSOR = 1.0;

  /** Where a line says what a step costs, if it does. */
  private static final int COSTS = 4;

  /** With one process, two processors wake each other for each call. */
  private static final double ALL_PROCESSORS = 0.85;

  private static final double SEVERAL_PROCESSES = 1.0;

  /** Beside {@code multiprocessing.Queue}. */
  private static final Map<String, Double> STREAMS = Map.of("put_many", 2.0, "put_async", 0.5);

  /** Of the drop-in, by one process on one processor; all else of it is printed. */
  private static final Map<String, Double> DROP_IN =
      Map.of(
          "Queue put + get", 1.0,
          "Manager dict set", 1.0,
          "Manager dict get", 1.0,
          "Manager list append", 1.0,
          "Manager lock acquire + release", 1.0,
          "Manager queue put + get", 1.0,
          "Manager namespace set + get", 1.0,
          "Value += 1 without a lock, beside Manager().Value", 10.0,
          "Process start + join", 1 / 1.2);

  /** There are many rows, and what others do meanwhile falls on short windows alike. */
  private static final int WINDOWS = 4;

  private final PythonProgram toolbox;
  private final PythonProgram dropIn;

  /**
   * With a Python that has the package.
   *
   * @param folder for the sockets
   */
  PythonToolbox(Path folder, Installation installation, Path python) {
    this.toolbox = new PythonProgram(folder, installation, python, "toolbox.py", WINDOWS);
    this.dropIn = new PythonProgram(folder, installation, python, "dropin.py", WINDOWS);
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
    Progress.say("Python on " + where);
    List<String[]> lines = toolbox.run(pace, processor);
    Progress.clear();
    String version = String.join(" ", lines.get(0));
    table.section(version + " beside its multiprocessing, on " + where);
    for (String[] line : lines.subList(1, lines.size())) {
      row(table, line, processor);
    }
    Progress.say("Python's drop-in on " + where);
    lines = dropIn.run(pace, processor);
    Progress.clear();
    table.section(version + ": polyproc.multiprocessing beside multiprocessing, on " + where);
    for (String[] line : lines.subList(1, lines.size())) {
      dropInRow(table, line, processor);
    }
  }

  private static void dropInRow(Table table, String[] parts, Processor processor) {
    Pairs pairs = Pairs.of(parts[2], parts[3]);
    String what = parts[0] + ", " + parts[1];
    Double least = parts[1].equals("1 process") ? DROP_IN.get(parts[0]) : null;
    if (least == null || !processor.isOne()) {
      table.ratio(what, pairs);
    } else {
      table.ratio(what, pairs, least);
    }
  }

  private static void row(Table table, String[] parts, Processor processor) {
    Pairs pairs = Pairs.of(parts[2], parts[3]);
    String what = parts[0] + ", " + parts[1];
    boolean isOneProcess = parts[1].equals("1 process");
    if (parts[1].endsWith(" threads") || (processor.isOne() && !isOneProcess)) {
      table.ratio(what, pairs);
    } else {
      double least =
          processor.isOne() ? ONE_PROCESSOR : isOneProcess ? ALL_PROCESSORS : SEVERAL_PROCESSES;
      table.ratio(what, pairs, STREAMS.getOrDefault(parts[0], least));
    }
    if (parts.length > COSTS) {
      table.note(what, parts[COSTS]);
    }
  }
}
