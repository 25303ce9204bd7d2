package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.internal.v1.WayBackState;
import dev.polyproc.server.engine.call.Undo;
import org.jspecify.annotations.Nullable;

/**
 * The way back from a condition into its lock, as far as the client has not confirmed that it knows
 * of it: the lock is released, and the notification is for somebody else, unless the client showed
 * that it knew by releasing the lock.
 */
final class WayBack implements Undo {
  private final Lock lock;
  private final long token;
  private final int holds;
  private @Nullable Condition notifiedBy;

  /**
   * The way back.
   *
   * @param notifiedBy whose notification it was; null where there was none
   */
  WayBack(Lock lock, long token, int holds, @Nullable Condition notifiedBy) {
    this.lock = lock;
    this.token = token;
    this.holds = holds;
    this.notifiedBy = notifiedBy;
  }

  static WayBack restored(Lock lock, UndoState state) {
    WayBackState way = state.getWayBack();
    return new WayBack(
        lock, state.getToken(), way.getHolds(), lock.conditions().find(way.getNotifiedBy()));
  }

  /** The client knows of it: its notification has been of use. */
  void known() {
    notifiedBy = null;
  }

  @Override
  public void undo() {
    showEnd();
    lock.takeBack(token, holds);
  }

  @Override
  public void showEnd() {
    Condition condition = notifiedBy();
    notifiedBy = null;
    if (condition != null) {
      condition.passOn();
    }
  }

  private @Nullable Condition notifiedBy() {
    return notifiedBy == null || notifiedBy.isDeleted() ? null : notifiedBy;
  }

  @Override
  public boolean isDue() {
    return lock.hasHold(token) || notifiedBy() != null;
  }

  @Override
  public @Nullable UndoState save() {
    if (!isDue()) {
      return null;
    }
    Condition condition = notifiedBy();
    return UndoState.newBuilder()
        .setIncarnation(lock.number())
        .setToken(token)
        .setWayBack(
            WayBackState.newBuilder()
                .setHolds(holds)
                .setNotifiedBy(condition == null ? 0 : condition.number()))
        .build();
  }
}
