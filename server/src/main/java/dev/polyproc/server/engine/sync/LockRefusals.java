package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;

/** Why a lock refuses what is asked of its conditions. */
final class LockRefusals {
  private LockRefusals() {}

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
