package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ConditionWaiterState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ConditionWaitResponse;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Wait at a condition. It sleeps in two lines, the condition's and one of the lock's, which tells
 * it when that breaks; notified, or when its time is up, it stands in the lock's own line.
 */
final class ConditionWaiter extends Acquirer {
  private final @Nullable Condition condition;
  private final int holds;
  private boolean notified;

  /**
   * A Wait.
   *
   * @param condition null where that is gone meanwhile
   * @param holds how often it held the lock, and will
   */
  ConditionWaiter(Invocation call, @Nullable Condition condition, long lease, int holds) {
    super(call, lease);
    this.condition = condition;
    this.holds = holds;
  }

  /** One that waited for {@code first}: it sleeps at a condition, or stands in line for a lock. */
  static ConditionWaiter restored(Invocation call, ParkedState parked, ManagedObject first) {
    ConditionWaiterState state = parked.getConditionWaiter();
    Condition condition =
        first instanceof Lock lock
            ? lock.conditions().find(state.getCondition())
            : (Condition) first;
    ConditionWaiter waiter =
        new ConditionWaiter(call, condition, restoredLease(state.getLease()), state.getHolds());
    waiter.notified = state.getNotified();
    return waiter;
  }

  boolean isNotified() {
    return notified;
  }

  /** It need not sleep any more. */
  void wake(Lock lock) {
    notified = true;
    Answer reply = lock.comeBack(this);
    if (reply != Answer.LATER) {
      answer(reply);
    }
  }

  @Override
  Answer serve(Lock lock) {
    Lock.Taken taken = lock.take(call(), lease(), holds);
    Hold hold = taken.hold();
    WayBack way = new WayBack(lock, hold.token(), holds, notified ? condition : null);
    hold.unconfirmed(way);
    return Answer.of(
        ConditionWaitResponse.newBuilder()
            .setNotified(notified)
            .setToken(hold.token())
            .setHolds(hold.holds())
            .setPreviousOwnerDied(taken.died())
            .build(),
        way);
  }

  @Override
  protected Answer expired() {
    Condition at = Objects.requireNonNull(condition, "where it sleeps");
    return at.isGone() ? Answer.of(Refusal.deleted(at.name())) : at.lock().comeBack(this);
  }

  /** What was meant for it is for the one that then waits longest. */
  @Override
  protected void leftUnanswered() {
    if (notified && condition != null) {
      condition.passOn();
    }
  }

  @Override
  protected String detail(Waited at) {
    return at == condition ? "sleeps" : notified ? "is notified" : "its time is up";
  }

  /** While it sleeps it does not wait for the lock. */
  @Override
  public List<Waited> seenAt() {
    return List.of(object());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setConditionWaiter(
        ConditionWaiterState.newBuilder()
            .setCondition(condition == null || condition.isDeleted() ? 0 : condition.number())
            .setLease(savedLease())
            .setHolds(holds)
            .setNotified(notified));
  }
}
