package dev.polyproc.client.internal.call;

import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SequenceRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has been received and not been confirmed. The daemon keeps every reply until it is
 * confirmed, and takes back what it granted when a session ends without that: so the client
 * confirms with every frame it sends, with a frame of its own when much has come, and soon when it
 * is idle. The event loop's own.
 */
public final class Receipts {
  private final Window window;
  private final int mostCalls;
  private final long mostBytes;
  private int calls;
  private long bytes;
  private long heldUpBytes;

  Receipts(Window window, Limits limits) {
    this.window = window;
    this.mostCalls = Math.max(1, limits.getWindowCalls() / 4);
    this.mostBytes = Math.max(1, limits.getWindowBytes() / 4);
  }

  /** A reply has come. */
  void add() {
    calls++;
  }

  /** A frame of replies has come. Sets calls aside that hold up too many of them. */
  void addFrame(int frameBytes) {
    bytes += frameBytes;
    heldUpBytes = window.heldUp() == 0 ? 0 : heldUpBytes + frameBytes;
    if (window.heldUp() >= mostCalls / 2 || heldUpBytes >= mostBytes / 2) {
      settle();
    }
  }

  /** Makes everything that has come fit to be confirmed. */
  void settle() {
    window.settle();
    heldUpBytes = 0;
  }

  /** Whether something has come that was not confirmed. */
  boolean isEmpty() {
    return calls == 0 && window.heldUp() == 0;
  }

  /** Whether so much has come that the daemon must be told now. */
  boolean isFull() {
    return calls >= mostCalls || bytes >= mostBytes;
  }

  /**
   * Confirms in {@code frame} what can be confirmed.
   *
   * @return a frame that has to go before it, when it had no room for that
   */
  @Nullable Frame confirmIn(Frame frame) {
    calls = 0;
    bytes = 0;
    long below = window.receivedBelow();
    List<SequenceRange> received = window.newlyReceived();
    if (frame.confirm(below, received)) {
      return null;
    }
    Frame before = new Frame(Long.MAX_VALUE);
    before.confirm(below, received);
    return before;
  }
}
