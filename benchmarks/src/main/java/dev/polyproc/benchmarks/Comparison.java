package dev.polyproc.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Two builds of the daemon under the same load: another one, before, and this one, now. Both run
 * all the time, and one at a time has work.
 *
 * <p>A row is pairs of windows that lie side by side; who is first changes from pair to pair. Its
 * figure is the ratio of the rates, now by before, of each pair. A row is missed when even the
 * upper quartile of the ratios is too low: then it is not for the machine's unrest.
 */
final class Comparison {
  /** What can be compared: real calls, which any build serves. */
  static final Set<String> PARTS = Set.of("unary", "attach", "pipelined");

  private static final int DEPTH = 64;
  private static final double LEAST = 0.97;

  private final Pace pace;
  private final Table table;

  Comparison(Pace pace, Table table) {
    this.pace = pace;
    this.table = table;
  }

  /**
   * Compares two daemons by all parts that are named.
   *
   * @param before the JVM's arguments for the one, such as another build's jar
   * @param now for the other
   */
  void run(List<String> before, List<String> now, Collection<String> parts) throws Exception {
    Path folder = Files.createTempDirectory("polyproc-bench");
    try (Side one = new Side(Files.createTempDirectory(folder, "before"), before);
        Side other = new Side(Files.createTempDirectory(folder, "now"), now)) {
      List<Side> sides = List.of(one, other);
      if (parts.contains("unary")) {
        table.comparison("Unary, generated stubs");
        rows(sides, ", alone", side -> List.of(side.unary.put(), side.unary.set()));
        rows(
            sides,
            ", " + DEPTH + " in flight",
            side -> List.of(side.unary.put(DEPTH), side.unary.set(DEPTH)));
      }
      if (parts.contains("attach")) {
        table.comparison("Java client, one call at a time");
        rows(
            sides,
            "",
            side ->
                List.of(side.client.putAndTake(), side.client.lockAndUnlock(), side.client.set()));
      }
      if (parts.contains("pipelined")) {
        table.comparison("Java client, one thread, pipelined, items of 100 bytes");
        int items = pace.items();
        rows(sides, "", side -> List.of(side.client.puts(items), side.client.gets(items)));
      }
    } finally {
      deleteAll(folder);
    }
  }

  /** The loads of one kind, on a side. */
  @FunctionalInterface
  private interface Kind {
    List<Load> of(Side side);
  }

  private void rows(List<Side> sides, String suffix, Kind kind) throws Exception {
    List<List<Load>> loads = sides.stream().map(kind::of).toList();
    List<Turns> rows = new ArrayList<>();
    for (int i = 0; i < loads.get(0).size(); i++) {
      int row = i;
      rows.add(new Turns(loads.stream().map(side -> side.get(row)).toList(), pace.windowNanos()));
    }
    long warm =
        System.nanoTime() + TimeUnit.SECONDS.toNanos((long) sides.size() * pace.warmUpSeconds());
    do {
      for (Turns row : rows) {
        Progress.say("warming up: " + row.loads().get(0).name() + suffix);
        row.round(0);
      }
    } while (System.nanoTime() < warm);
    for (Turns row : rows) {
      measure(row, row.loads().get(0).name() + suffix);
    }
  }

  private void measure(Turns row, String name) throws Exception {
    List<double[]> pairs = new ArrayList<>();
    for (int i = 0; i < pace.rounds(); i++) {
      Progress.say(name + ", pair " + (i + 1));
      pairs.add(row.round(i));
    }
    Progress.clear();
    table.comparison(
        name,
        Sample.of(pairs.stream().map(pair -> pair[0]).toList()),
        Sample.of(pairs.stream().map(pair -> pair[1]).toList()),
        Sample.of(pairs.stream().map(pair -> pair[1] / pair[0]).toList()),
        LEAST);
  }

  private static void deleteAll(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A daemon, and who calls it. */
  private static final class Side implements AutoCloseable {
    private final ServerProcess daemon;
    private final Connection connection;
    private final UnaryLoads unary;
    private final ClientLoads client;

    Side(Path folder, List<String> java) throws Exception {
      Path socket = folder.resolve("bench.sock");
      daemon = ServerProcess.daemon(socket, java).awaitSocket();
      connection = new Connection(socket);
      unary = new UnaryLoads(connection);
      client = new ClientLoads(socket);
    }

    @Override
    public void close() throws Exception {
      client.close();
      connection.close();
      daemon.close();
    }
  }
}
