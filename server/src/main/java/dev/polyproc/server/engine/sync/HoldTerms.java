package dev.polyproc.server.engine.sync;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;

/**
 * How long something is held at most, and what the end of who holds it does, as requests say it.
 */
final class HoldTerms {
  private HoldTerms() {}

  /**
   * How long a call is to hold something at most. What is held without a session has a lease, or
   * nobody could be sure that it ends.
   */
  static long lease(World world, String what, boolean present, Duration lease, Invocation call) {
    long time = world.durations().positive("lease", present, lease);
    if (!present && call.session() == null) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_SESSION_REQUIRED,
          "Expected a session or a lease for "
              + what
              + ", but the call has neither; open a session by SessionService/Open and name it in"
              + " polyproc-session, or say lease");
    }
    return time;
  }

  /** What the end of a holder's session does. */
  static OnOwnerEnd onOwnerEnd(OnOwnerEnd asked) {
    return switch (asked) {
      case ON_OWNER_END_UNSPECIFIED, ON_OWNER_END_RELEASE -> OnOwnerEnd.ON_OWNER_END_RELEASE;
      case ON_OWNER_END_KEEP, ON_OWNER_END_BREAK -> asked;
      case UNRECOGNIZED ->
          throw Refusal.argument(
              "on_owner_end",
              "Expected on_owner_end to be RELEASE, KEEP or BREAK, but it is another");
    };
  }
}
