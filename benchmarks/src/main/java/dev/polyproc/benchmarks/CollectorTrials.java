package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The daemon with each garbage collector that this JVM has: how fast it starts, what it takes when
 * nobody calls, how many calls a second it serves, and what the slowest of them take.
 */
final class CollectorTrials {
  private static final double START = 1.15;
  private static final double MEMORY = 1.1;

  private final Path folder;
  private final Installation installation;
  private final Table table;

  CollectorTrials(Path folder, Installation installation, Table table) {
    this.folder = folder;
    this.installation = installation;
    this.table = table;
  }

  void run(boolean quick, List<TailLoad> rows) throws Exception {
    Trial serial = trial(Collector.SERIAL);
    List<Trial> others = new ArrayList<>();
    for (Collector collector : Collector.OTHERS) {
      if (collector.isThere()) {
        others.add(trial(collector));
      } else {
        table.note(collector.name(), "skipped: this JVM has none");
      }
    }
    List<Trial> all = new ArrayList<>(List.of(serial));
    all.addAll(others);
    start(quick ? Pace.QUICK : Pace.FULL, all);
    table.section("Start and memory, against the " + serial.name() + " collector");
    others.forEach(trial -> print(trial, serial));
    Tails tails = new Tails(folder, installation, quick ? TailPace.QUICK : TailPace.FULL, table);
    for (Trial trial : all) {
      tails.ofDaemon(trial.name(), trial.collector().option(), rows);
    }
    for (Trial trial : others) {
      table.section("Before: " + serial.name() + "; now: " + trial.name());
      new Comparison(quick ? Pace.QUICK : Pace.PAIRS, table)
          .run(serial.java(), trial.java(), Comparison.PARTS);
    }
  }

  /** A collector, how the daemon is started with it, and its figures. */
  private record Trial(
      Collector collector, List<String> java, List<Double> millis, List<Double> megabytes) {
    String name() {
      return collector.name();
    }
  }

  private Trial trial(Collector collector) throws Exception {
    Path archive = folder.resolve(collector.name() + ".jsa");
    collector.archive(archive, installation.daemonJar());
    return new Trial(
        collector,
        List.of(
            collector.option(),
            "-XX:SharedArchiveFile=" + archive,
            "-jar",
            installation.daemonJar().toString()),
        new ArrayList<>(),
        new ArrayList<>());
  }

  /** Starts each daemon in turn. */
  private void start(Pace pace, List<Trial> trials) throws Exception {
    StartTimes starts = new StartTimes(folder, installation);
    Footprint footprint = new Footprint(folder, installation);
    for (int i = 0; i < pace.starts(); i++) {
      Progress.say("starting daemons, round " + (i + 1));
      for (Trial trial : trials) {
        trial.millis().add(starts.daemon(trial.java()));
        trial.megabytes().add(footprint.idle(trial.java()));
      }
    }
    Progress.clear();
  }

  private void print(Trial trial, Trial serial) {
    table.time(
        trial.name() + ": start to first answer",
        Sample.of(trial.millis()),
        Sample.of(serial.millis()),
        START);
    table.megabytes(
        trial.name() + ": resident when idle",
        Sample.of(trial.megabytes()),
        Sample.of(serial.megabytes()),
        MEMORY);
  }
}
