package dev.polyproc.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the build has made. */
record Installation(Path root) {
  /** The daemon as {@code scripts/polyprocd} starts it. */
  List<String> daemon() {
    Path target = root.resolve("server/target");
    return List.of(
        "-XX:SharedArchiveFile=" + target.resolve("polyprocd.jsa"), "-jar", daemonJar().toString());
  }

  /** The daemon's jar. */
  Path daemonJar() {
    return root.resolve("server/target/polyprocd.jar");
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

  /** The script that starts the daemon as its users do. */
  Path launcher() {
    return root.resolve("scripts/polyprocd");
  }

  /** A process with our Java client, whose class is {@code main}. */
  List<String> polyprocPeer(Class<?> main) {
    return List.of(
        "-cp", root.resolve("benchmarks/target/benchmarks.jar").toString(), main.getName());
  }

  /**
   * A process with another library, whose class is {@code main}.
   *
   * @param folder of its jars, none of which any other process has
   */
  List<String> peer(String folder, Class<?> main) {
    Path target = root.resolve("benchmarks/target");
    return List.of(
        "-cp", target.resolve("classes") + ":" + target.resolve(folder) + "/*", main.getName());
  }

  /** The program of BullMQ as a peer. */
  Path bullmqPeer() {
    return root.resolve("benchmarks/bullmq/peer.js");
  }

  /** Whether npm has installed what that needs. */
  boolean hasBullmq() {
    return Files.isDirectory(root.resolve("benchmarks/bullmq/node_modules/bullmq"));
  }
}
