package dev.polyproc.client.internal.session;

import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.call.Ending;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.v1.ErrorReason;

/**
 * How a session ended that nobody closed.
 *
 * @param reason the daemon's, or {@code SESSION_ENDED} where it said nothing
 * @param address where the daemon listened
 * @param restarted whether another one is known to listen there now
 * @param sentence what was expected, and what happened
 */
public record Loss(ErrorReason reason, Address address, boolean restarted, String sentence)
    implements Ending {
  private static final String EXPECTED = "Expected the session to live";
  private static final String ADVICE = "; connect again for a new session";

  /** What the daemon says of a session, or what this side knows of the daemon. */
  static Loss because(ErrorReason reason, Address address, String why) {
    // The daemon begins as this side does.
    return new Loss(reason, address, false, EXPECTED + ", " + why.replace(EXPECTED + ", but ", ""));
  }

  /** The daemon was started again since, and has nothing of the sessions before. */
  static Loss byRestart(ErrorReason reason, Address address) {
    return new Loss(
        reason,
        address,
        true,
        EXPECTED
            + ", but the daemon at "
            + address
            + " was restarted, and has nothing of what was there before");
  }

  /** What the callback is told. */
  SessionLostException told() {
    return exception(sentence + ADVICE, false);
  }

  /** What a call is told. */
  @Override
  public SessionLostException failure(boolean sent) {
    return exception(sentence + ADVICE + Ending.outcome(sent), sent);
  }

  private SessionLostException exception(String message, boolean outcomeUnknown) {
    return new SessionLostException(reason, message, outcomeUnknown, address.toString(), restarted);
  }
}
