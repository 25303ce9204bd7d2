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

  SessionLostException(ErrorReason reason, String sentence, boolean outcomeUnknown) {
    super(
        reason,
        Code.ABORTED,
        outcomeUnknown
            ? sentence + "; whether this call took effect is not known"
            : sentence + "; this call had no effect",
        Map.of(),
        null);
    this.outcomeUnknown = outcomeUnknown;
  }

  /**
   * Whether the call may have taken effect: it was sent, and the session was lost before its answer
   * came. False for calls that were never sent.
   */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }
}
