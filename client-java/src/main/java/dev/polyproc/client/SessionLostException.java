package dev.polyproc.client;

import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import java.util.Map;

/**
 * The client's session has ended without being closed: its daemon could not be reached for the
 * session's time to live, was restarted, or ended the session. What the session held is gone: locks
 * have been handed on, reserved items are back in their queues. The client is of no more use;
 * connect again for a new session.
 */
public final class SessionLostException extends PolyprocException {
  private static final long serialVersionUID = 1;

  private final boolean outcomeUnknown;
  private final String address;
  private final boolean restarted;

  public SessionLostException(
      ErrorReason reason,
      String sentence,
      boolean outcomeUnknown,
      String address,
      boolean restarted) {
    super(reason, Code.ABORTED, sentence, Map.of(), null);
    this.outcomeUnknown = outcomeUnknown;
    this.address = address;
    this.restarted = restarted;
  }

  /** Where the daemon listened, such as {@code unix:/tmp/polyproc-1000/polyproc.sock}. */
  public String address() {
    return address;
  }

  /**
   * Whether another daemon is known to listen there since: then all objects are gone with their
   * content, and have to be made again. False also where nobody could be asked.
   */
  public boolean daemonRestarted() {
    return restarted;
  }

  /**
   * Whether the call may have taken effect: it was sent, and the session was lost before its answer
   * came. False for calls that were never sent.
   */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }
}
