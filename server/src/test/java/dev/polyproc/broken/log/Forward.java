package dev.polyproc.broken.log;

import dev.polyproc.broken.Main;

/** Knows Main. */
public final class Forward {
  /** Ends it all. */
  public static void end() {
    Main.stop();
  }

  private Forward() {}
}
