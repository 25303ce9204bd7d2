package dev.polyproc.client.internal.session;

import com.google.rpc.Code;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.v1.ErrorReason;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waits for a daemon that is not there yet, as one that is being restarted. */
public final class Arrival {
  private Arrival() {}

  /**
   * Opens a session, again and again while there is no daemon.
   *
   * @param longest after so long it is tried for the last time; zero for one try
   * @param opening one try; it finds anew what the daemon may have written meanwhile
   * @throws PolyprocException why the last one failed; or at once, when waiting does not help
   */
  public static Session await(Duration longest, Supplier<Session> opening) {
    long begin = System.nanoTime();
    long patience = Durations.nanos(longest);
    for (long pause = Opening.FIRST_PAUSE; ; pause = Opening.longer(pause)) {
      long left;
      try {
        return opening.get();
      } catch (PolyprocException | IllegalArgumentException e) {
        left = patience - (System.nanoTime() - begin);
        if (left <= 0 || !isAway(e)) {
          throw e;
        }
      }
      Opening.pause(Math.min(pause, left));
    }
  }

  /** Whether it failed because nobody is there, or somebody who is leaving. */
  private static boolean isAway(RuntimeException failure) {
    if (!(failure instanceof PolyprocException e)) {
      return failure.getCause() instanceof NoSuchFileException; // the token's: not written yet
    }
    return e.reason() == ErrorReason.ERROR_REASON_SHUTTING_DOWN
        || (e.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED
            && (e.code() == Code.UNAVAILABLE || e.code() == Code.DEADLINE_EXCEEDED));
  }
}
