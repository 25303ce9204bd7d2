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
  private final Trial serial;
  private final List<Trial> others = new ArrayList<>();

  CollectorTrials(Path folder, Installation installation, Table table) throws Exception {
    this.folder = folder;
    this.installation = installation;
    this.table = table;
    this.serial = trial(Collector.SERIAL);
  }

  /** Says which collectors are tried, and makes an archive of classes for each. */
  void prepare() throws Exception {
    table.section("Collectors");
    for (Collector collector : Collector.OTHERS) {
      if (collector.isThere()) {
        others.add(trial(collector));
        table.note(collector.name(), String.join(" ", collector.options()));
      } else {
        table.note(collector.name(), "skipped: this JVM has none");
      }
    }
  }

  /** From the start to the first answer, and what the daemon then takes. */
  void starts(Pace pace) throws Exception {
    StartTimes starts = new StartTimes(folder, installation);
    Footprint footprint = new Footprint(folder, installation);
    for (int i = 0; i < pace.starts(); i++) {
      Progress.say("starting daemons, round " + (i + 1));
      for (Trial trial : all()) {
        trial.millis().add(starts.daemon(trial.java()));
        trial.megabytes().add(footprint.idle(trial.java()));
      }
    }
    Progress.clear();
    table.section("Start and memory, against the " + serial.name() + " collector");
    others.forEach(this::printStarts);
  }

  /** What the slowest calls take. */
  void tails(TailPace pace, List<TailLoad> rows) throws Exception {
    Tails tails = new Tails(folder, installation, pace, table);
    for (Trial trial : all()) {
      tails.ofDaemon(trial.name(), trial.collector().options(), rows);
    }
  }

  /** How many calls a second there are, on one processor if this process has one. */
  void rates(Pace pace) throws Exception {
    for (Trial trial : others) {
      table.section("Before: " + serial.name() + "; now: " + trial.name());
      new Comparison(pace, table).run(serial.java(), trial.java(), Comparison.PARTS);
    }
  }

  private List<Trial> all() {
    List<Trial> all = new ArrayList<>(List.of(serial));
    all.addAll(others);
    return all;
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
    List<String> java = new ArrayList<>(collector.options());
    java.addAll(
        List.of("-XX:SharedArchiveFile=" + archive, "-jar", installation.daemonJar().toString()));
    return new Trial(collector, java, new ArrayList<>(), new ArrayList<>());
  }

  private void printStarts(Trial trial) {
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
