package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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

  private final Path folder;
  private final Installation installation;
  private final Path python;

  /**
   * With a Python that has the package.
   *
   * @param folder for the sockets
   */
  PythonToolbox(Path folder, Installation installation, Path python) {
    this.folder = folder;
    this.installation = installation;
    this.python = python;
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
    List<String> lines = lines(pace, processor, "toolbox.py");
    Progress.clear();
    String version = lines.get(0).replace('\t', ' ');
    table.section(version + " beside its multiprocessing, on " + where);
    for (String line : lines.subList(1, lines.size())) {
      row(table, line.split("\t"), processor);
    }
    Progress.say("Python's drop-in on " + where);
    lines = lines(pace, processor, "dropin.py");
    Progress.clear();
    table.section(version + ": polyproc.multiprocessing beside multiprocessing, on " + where);
    for (String line : lines.subList(1, lines.size())) {
      dropInRow(table, line.split("\t"), processor);
    }
  }

  private List<String> lines(Pace pace, Processor processor, String program) throws Exception {
    try (ServerProcess daemon =
        ServerProcess.daemon(folder.resolve("python.sock"), installation.daemon(), processor)
            .awaitSocket()) {
      return figures(pace, processor, program, daemon.socket());
    }
  }

  private static void dropInRow(Table table, String[] parts, Processor processor) {
    List<Double> here = numbers(parts[2]);
    List<Double> there = numbers(parts[3]);
    String what = parts[0] + ", " + parts[1];
    Double least = parts[1].equals("1 process") ? DROP_IN.get(parts[0]) : null;
    if (least == null || !processor.isOne()) {
      table.ratio(what, Sample.of(here), Sample.of(there), Sample.of(ratios(here, there)));
    } else {
      table.ratio(what, Sample.of(here), Sample.of(there), Sample.of(ratios(here, there)), least);
    }
  }

  private static List<Double> ratios(List<Double> here, List<Double> there) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < here.size(); i++) {
      ratios.add(here.get(i) / there.get(i));
    }
    return ratios;
  }

  private static void row(Table table, String[] parts, Processor processor) {
    List<Double> here = numbers(parts[2]);
    List<Double> there = numbers(parts[3]);
    List<Double> ratios = ratios(here, there);
    String what = parts[0] + ", " + parts[1];
    boolean isOneProcess = parts[1].equals("1 process");
    if (parts[1].endsWith(" threads") || (processor.isOne() && !isOneProcess)) {
      table.ratio(what, Sample.of(here), Sample.of(there), Sample.of(ratios));
    } else {
      double least =
          processor.isOne() ? ONE_PROCESSOR : isOneProcess ? ALL_PROCESSORS : SEVERAL_PROCESSES;
      least = STREAMS.getOrDefault(parts[0], least);
      table.ratio(what, Sample.of(here), Sample.of(there), Sample.of(ratios), least);
    }
    if (parts.length > COSTS) {
      table.note(what, parts[COSTS]);
    }
  }

  private static List<Double> numbers(String figures) {
    return Stream.of(figures.split(",")).map(Double::valueOf).toList();
  }

  private List<String> figures(Pace pace, Processor processor, String program, Path socket)
      throws Exception {
    double window = pace.windowNanos() / (double) TimeUnit.SECONDS.toNanos(1) / WINDOWS;
    Process process =
        new ProcessBuilder(
                processor.alone(
                    List.of(
                        python.toString(),
                        installation.root().resolve("benchmarks/python/" + program).toString(),
                        "unix:" + socket,
                        Integer.toString(pace.warmUpSeconds()),
                        Double.toString(window),
                        Integer.toString(pace.rounds()))))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // if we are stopped
    try (var output = process.inputReader()) {
      List<String> lines = output.lines().toList();
      if (process.waitFor() != 0) {
        throw new IOException("Expected figures of Python, but it ended with an error");
      }
      return lines;
    } finally {
      process.destroy();
    }
  }
}
