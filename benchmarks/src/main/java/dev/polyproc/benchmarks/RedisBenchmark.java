package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code redis-benchmark} says of its own pipelined pushes, by 50 connections. */
final class RedisBenchmark implements Load {
  private final Path program;
  private final Path socket;
  private final int items;

  /**
   * Of a Redis on a socket.
   *
   * @param program the {@code redis-benchmark}
   * @param items how many it pushes in a window
   */
  RedisBenchmark(Path program, Path socket, int items) {
    this.program = program;
    this.socket = socket;
    this.items = items;
  }

  @Override
  public String name() {
    return "redis-benchmark -P 64 -c 50, rpush";
  }

  @Override
  public double perSecond(long nanos) throws IOException, InterruptedException {
    List<String> lines =
        run(
            "-P",
            "64",
            "-c",
            "50",
            "-d",
            Integer.toString(Peer.VALUE_BYTES),
            "-n",
            Integer.toString(items),
            "-t",
            "rpush",
            "--csv");
    // "RPUSH","2237136.25","0.830",...
    for (String line : lines) {
      if (line.startsWith("\"RPUSH\"")) {
        return Double.parseDouble(line.split(",")[1].replace("\"", ""));
      }
    }
    throw new IOException("Expected a line of RPUSH, but there are " + lines);
  }

  @Override
  public void tidy() throws IOException, InterruptedException {
    var unused = run("-n", "1", "-c", "1", "flushall");
  }

  private List<String> run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString(), "-s", socket.toString()));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines;
    try (var reader = process.inputReader()) {
      lines = reader.lines().toList();
    }
    if (process.waitFor() != 0) {
      throw new IOException("Expected redis-benchmark to end well, but it said " + lines);
    }
    return lines;
  }
}
