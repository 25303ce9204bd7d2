package dev.polyproc.server.engine.space;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import java.util.Locale;

/**
 * What all that the engine keeps may take together: values, objects, sessions, waiting calls,
 * replies that are not confirmed. See {@link Limits#getStoredBytes}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What makes the engine keep more is refused where there is no room.
 *   <li>What may lead to its keeping less, as a reservation does, or a command whose reply must be
 *       remembered, finds a little room beyond: a full daemon can be emptied.
 * </ul>
 */
public final class Budget {
  /** The room beyond is this part of the budget. */
  private static final int PARTS_BEYOND = 16;

  private long bytes;
  private long bytesBeyond;
  private long used;

  public Budget(Limits limits) {
    this.bytes = limits.getStoredBytes();
    this.bytesBeyond = bytes + bytes / PARTS_BEYOND;
  }

  /** There is so much from now on, however much is taken. */
  public void limits(Limits limits) {
    bytes = limits.getStoredBytes();
    bytesBeyond = bytes + bytes / PARTS_BEYOND;
  }

  /** Takes {@code more} bytes, or refuses. */
  public void charge(long more) {
    require(more);
    used += more;
  }

  /** Whether there is room for {@code more} bytes; for less than nothing there always is. */
  public boolean has(long more) {
    return more <= 0 || more <= bytes - used;
  }

  /** Refuses what does not fit, and takes nothing yet. */
  public void require(long more) {
    if (more > bytes - used) {
      throw refusal(more);
    }
  }

  /** Refuses what does not even fit into the room beyond, and takes nothing yet. */
  public void requireBeyond(long more) {
    if (roomBeyond() < more) {
      throw refusal(more);
    }
  }

  /** How many bytes there are, with the room beyond; negative where more are taken. */
  public long roomBeyond() {
    return bytesBeyond - used;
  }

  private Refusal refusal(long more) {
    return new Refusal(
            ErrorReason.ERROR_REASON_MEMORY_FULL,
            String.format(
                Locale.ROOT,
                "Expected room for %d bytes within the budget of %d, but %d are used; take out or"
                    + " delete what is done with, or start the daemon with a larger heap,"
                    + " by POLYPROCD_JAVA_OPTIONS=-Xmx…",
                more,
                bytes,
                used))
        .with("limit", "stored_bytes");
  }

  /** Takes bytes that were there already, elsewhere: never refused. */
  public void chargeAlways(long more) {
    used += more;
  }

  /** Gives bytes back. */
  public void release(long less) {
    used -= less;
  }

  public long used() {
    return used;
  }
}
