package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.object.Guarding;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;

/** What is acquired and released, and does something when the session of who holds it ends. */
abstract class Held extends ManagedObject implements Guarding, Granted.Acquired {
  private final OnOwnerEnd onOwnerEnd;

  Held(Header header, OnOwnerEnd onOwnerEnd) {
    super(header);
    this.onOwnerEnd = onOwnerEnd;
  }

  /** What happens to a hold whose session ends. */
  final OnOwnerEnd onOwnerEnd() {
    return onOwnerEnd;
  }

  /** The longest time of a hold is over. */
  abstract void leaseEnded(Hold hold);

  /** The session of a hold ended. */
  abstract void ownerEnded(Hold hold);

  /** Takes so many acquisitions of a hold back, as {@link #takeBack(long)} does one. */
  abstract void takeBack(long token, int times);

  @Override
  public final void takeBack(long token) {
    takeBack(token, 1);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return state.getHoldsCount() > 0
        ? GrantedAll.restored(world(), state)
        : new Granted(this, state.getToken());
  }

  // What is told.

  final Refusal broken() {
    return refusal(
        ErrorReason.ERROR_REASON_LOCK_BROKEN,
        "Expected '"
            + name()
            + "' to be whole, but it broke when its holder ended without releasing it; once what it"
            + " guards is mended, delete it by AdminService/Delete and create it again");
  }

  final Refusal notHeld() {
    return refusal(
        ErrorReason.ERROR_REASON_NOT_HELD,
        "Expected '"
            + name()
            + "' to be held, but nobody holds it: it was released before, its lease ran out, or"
            + " its holder's session ended");
  }

  /** The token is not that of a hold; {@code actual} is, in words. */
  final Refusal staleToken(long token, String actual) {
    return refusal(
        ErrorReason.ERROR_REASON_STALE_TOKEN,
        "Expected '"
            + name()
            + "' to be held under token "
            + Long.toUnsignedString(token)
            + ", but "
            + actual
            + ": the hold of that token is over, and what it guarded may have changed");
  }

  final Refusal notOwner() {
    return refusal(
        ErrorReason.ERROR_REASON_NOT_OWNER,
        "Expected the owner of '"
            + name()
            + "' to release it, but somebody else did; call with the session and owner that hold"
            + " it, or with the token of the hold where that session has ended or there was none;"
            + " an operator ends a session by AdminService/CloseSession");
  }
}
