package dev.polyproc.server.engine;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import java.util.Locale;

/** What stored values may take together; see {@link Limits#getStoredBytes}. */
public final class Budget {
  private final long bytes;
  private long used;

  Budget(Limits limits) {
    this.bytes = limits.getStoredBytes();
  }

  /** Takes {@code more} bytes, or refuses. */
  public void charge(long more) {
    require(more);
    used += more;
  }

  /** Refuses what does not fit, and takes nothing yet. */
  public void require(long more) {
    if (used + more > bytes) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_MEMORY_FULL,
              String.format(
                  Locale.ROOT,
                  "Expected room for %d bytes within the budget of %d, but %d are used",
                  more,
                  bytes,
                  used))
          .with("limit", "stored_bytes");
    }
  }

  /** Takes bytes that were there already, elsewhere: never refused. */
  public void chargeAlways(long more) {
    used += more;
  }

  /** Gives bytes back. */
  public void release(long less) {
    used -= less;
  }

  long used() {
    return used;
  }
}
