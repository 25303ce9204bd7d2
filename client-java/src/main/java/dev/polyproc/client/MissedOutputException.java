package dev.polyproc.client;

import java.io.IOException;

/**
 * A process wrote more than the daemon keeps before it could be read: some bytes are missing here.
 * The next {@code read} goes on behind them.
 */
public final class MissedOutputException extends IOException {
  private static final long serialVersionUID = 1;

  private final long missedBytes;

  MissedOutputException(long missedBytes) {
    super("Expected to read all output, but the daemon dropped " + missedBytes + " bytes of it");
    this.missedBytes = missedBytes;
  }

  /** How many bytes are missing. */
  public long missedBytes() {
    return missedBytes;
  }
}
