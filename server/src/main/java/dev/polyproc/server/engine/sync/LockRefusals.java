package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;

/** Why a lock refuses. */
final class LockRefusals {
  private LockRefusals() {}

  static Refusal broken(String lock) {
    return refusal(
        lock,
        ErrorReason.ERROR_REASON_LOCK_BROKEN,
        "to be whole, but it broke when its holder ended without releasing it; once what it guards"
            + " is mended, delete it by AdminService/Delete and create it again");
  }

  static Refusal notHeld(String lock) {
    return refusal(
        lock,
        ErrorReason.ERROR_REASON_NOT_HELD,
        "to be held, but nobody holds it: it was released before, its lease ran out, or its"
            + " holder's session ended");
  }

  static Refusal stale(String lock, long token, long actual) {
    return refusal(
        lock,
        ErrorReason.ERROR_REASON_STALE_TOKEN,
        "to be held under token "
            + Long.toUnsignedString(token)
            + ", but it is held under "
            + actual
            + ": the hold of that token is over, and what it guarded may have changed");
  }

  static Refusal notReleasedByOwner(String lock) {
    return new Refusal(
            ErrorReason.ERROR_REASON_NOT_OWNER,
            "Expected the owner of '"
                + lock
                + "' to release it, but somebody else did; call with the session and owner that"
                + " hold it, or without a session with the token")
        .with("object", lock);
  }

  static Refusal notUsedByOwner(String lock) {
    return new Refusal(
            ErrorReason.ERROR_REASON_NOT_OWNER,
            "Expected the owner of '"
                + lock
                + "' to use its condition, but somebody else did; call with the session and owner"
                + " that hold the lock, or with the token of the hold")
        .with("object", lock);
  }

  static Refusal tooManyConditions(String lock, int most) {
    return refusal(
            lock,
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "to have at most "
                + most
                + " conditions, but there would be more; use those there are, or delete some")
        .with("limit", "conditions");
  }

  private static Refusal refusal(String lock, ErrorReason reason, String rest) {
    return new Refusal(reason, "Expected '" + lock + "' " + rest).with("object", lock);
  }
}
