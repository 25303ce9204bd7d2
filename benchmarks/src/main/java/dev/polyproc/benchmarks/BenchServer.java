package dev.polyproc.benchmarks;

import dev.polyproc.server.Main;

/** The daemon as it is, with an echo beside it: the same process, event loop and interceptors. */
final class BenchServer {
  private BenchServer() {}

  public static void main(String[] arguments) {
    Main.run(arguments, new EchoService().bindService());
  }
}
