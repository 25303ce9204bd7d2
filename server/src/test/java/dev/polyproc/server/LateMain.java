package dev.polyproc.server;

import dev.polyproc.server.log.LateLog;

/**
 * The daemon's command line on a {@link LateLog}: integration tests start it. System properties:
 * {@code polyproc.late.seed}, and {@code polyproc.late.often}, after how many entries at most the
 * engine is made again while it has little state.
 */
final class LateMain {
  private LateMain() {}

  public static void main(String[] arguments) {
    Main.run(
        arguments,
        LateLog.withRebuilds(
            Long.getLong("polyproc.late.seed", 1), Integer.getInteger("polyproc.late.often", 500)));
  }
}
