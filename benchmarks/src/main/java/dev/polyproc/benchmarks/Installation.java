package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** What the build has made. */
record Installation(Path root) {
  /** The daemon as {@code scripts/polyprocd} starts it. */
  List<String> daemon() {
    Path target = root.resolve("server/target");
    return List.of(
        "-XX:SharedArchiveFile=" + target.resolve("polyprocd.jsa"),
        "-jar",
        target.resolve("polyprocd.jar").toString());
  }

  /** The daemon with an echo beside it. */
  List<String> benchServer() {
    return List.of(
        "-cp",
        root.resolve("benchmarks/target/benchmarks.jar").toString(),
        BenchServer.class.getName());
  }

  /** gRPC and an echo, and nothing else. */
  Path bareJar() {
    return root.resolve("benchmarks/target/bare.jar");
  }
}
