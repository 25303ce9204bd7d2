package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ConditionState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ConditionGetResponse;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a lock, and who sleeps until it is notified.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Who sleeps here was not notified, and does not hold the lock by that call.
 *   <li>It is deleted no later than its lock.
 * </ul>
 */
final class Condition extends ManagedObject {
  static final Kind<Condition> KIND = new Kind<>(ObjectKind.OBJECT_KIND_CONDITION, Condition.class);

  private final Ref lockRef;
  private final @Nullable Lock lock;
  private final Waiters<ConditionWaiter> line = new Waiters<>(this);

  /**
   * A condition.
   *
   * @param lock null where both are deleted
   */
  private Condition(Header header, Ref lockRef, @Nullable Lock lock) {
    super(header);
    this.lockRef = lockRef;
    this.lock = lock;
    if (lock != null) {
      lock.conditions().add(this);
    }
  }

  Condition(Header header, Lock lock) {
    this(header, lock.ref(), lock);
  }

  /** The lock was made before, and so is restored before, unless it is deleted. */
  static Condition restored(Header header, ConditionState state) {
    Ref ref = state.getLock();
    ManagedObject there = header.world().objects().existingStill(ref.getName());
    Lock lock =
        there instanceof Lock found && found.number() == ref.getIncarnation() ? found : null;
    return new Condition(header, ref, lock);
  }

  /** It is new: it keeps its lock, as what refers to it. */
  void keepLock() {
    world().references().add(lockAsValue());
  }

  private Value lockAsValue() {
    return Value.newBuilder().setRef(lockRef).build();
  }

  @Override
  protected Shape shape() {
    return shape(lockRef.getName());
  }

  /** What a Create asks for. */
  static Shape shape(String lock) {
    return Shape.PLAIN.with("lock", lock);
  }

  /** The lock of one that is not deleted. */
  Lock lock() {
    return Objects.requireNonNull(lock, "the lock of a condition that is there");
  }

  @Override
  public boolean isGone() {
    return super.isGone() || lock == null || lock.isGone();
  }

  // Waiting.

  /** Gives the lock up, sleeps, and has the lock again. */
  Answer await(Invocation call, long token, long lease, long timeout) {
    if (lock().isBroken()) {
      throw lock().broken();
    }
    Hold held = lock().heldBy(call, token);
    ConditionWaiter waiter = new ConditionWaiter(call, this, lease, held.holds());
    if (timeout == 0) {
      world().waiting().park(waiter, Timers.NEVER, lock().line());
    } else {
      world().waiting().park(waiter, timeout, line, lock().conditions().asleep());
    }
    lock().giveUp(held);
    return Answer.LATER;
  }

  /** Wakes so many of those that sleep, the oldest first; answers how many there were. */
  int wake(Invocation call, long token, int most) {
    lock().heldBy(call, token);
    int woken = 0;
    for (ConditionWaiter next = line.oldest(); next != null && woken < most; next = line.oldest()) {
      next.wake(lock());
      woken++;
    }
    return woken;
  }

  /** Whoever was notified is gone: the notification is for the one that sleeps longest now. */
  void passOn() {
    ConditionWaiter next = isGone() ? null : line.oldest();
    if (next != null) {
      next.wake(lock());
      world().advance(lock());
    }
  }

  // The object.

  @Override
  public void advance() {
    // Nobody can be served but by a notification.
  }

  @Override
  protected void deleted() {
    world().references().remove(lockAsValue());
    if (lock != null) {
      lock.conditions().remove(this);
    }
  }

  @Override
  protected boolean giveBackSome() {
    if (lock != null) {
      lock.conditions().remove(this); // It may have been restored since it was deleted.
    }
    return false;
  }

  @Override
  protected void forEachValue(Consumer<Value> action) {
    if (!isDeleted()) {
      action.accept(lockAsValue());
    }
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line);
  }

  ConditionGetResponse describe(Invocation call) {
    ConditionGetResponse.Builder response =
        ConditionGetResponse.newBuilder().setLock(lockRef).setWaiting(line.size());
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(line.describe(world().limits().getPageSize()), response::addWaiters);
    return response.build();
  }

  @Override
  protected String summary() {
    return "of '" + lockRef.getName() + "'";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setCondition(ConditionState.newBuilder().setLock(lockRef));
  }

  @Override
  protected void check() {
    World.require(lock().conditions().find(number()) == this, "a lock knows its conditions");
    for (ConditionWaiter waiter : line) {
      World.require(!waiter.isNotified(), "nobody sleeps who was notified");
      World.require(waiter.isIn(lock().conditions().asleep()), "a lock knows who sleeps");
    }
  }
}
