package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A lock as the model sees it. */
final class ModelLock extends ModelObject {
  final LockCreateRequest shape;
  final List<ModelCall> line = new ArrayList<>();
  @Nullable Hold hold;
  private boolean previousOwnerDied;
  private boolean guardedDied;
  private boolean broken;

  /** Who holds it. */
  static final class Hold {
    final Numbered token = new Numbered("token");
    final long number;
    final String owner;
    final boolean anonymous;
    @Nullable ModelSession session;
    int holds = 1;

    /** Whether its owner has shown that it knows of it. */
    boolean known;

    long until;

    Hold(long number, ModelCall call, long until) {
      this.number = number;
      this.owner = call.envelope.getOwner();
      this.session = call.session;
      this.anonymous = call.session == null;
      this.until = until;
    }

    boolean isOf(ModelCall call) {
      return session != null && session == call.session && owner.equals(call.envelope.getOwner());
    }
  }

  ModelLock(Model model, LockCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getLock(), shape.getLifetime(), session);
    this.shape = shape;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_LOCK;
  }

  boolean isLike(LockCreateRequest request) {
    return shape.getKind() == request.getKind() && shape.getOnOwnerEnd() == request.getOnOwnerEnd();
  }

  private boolean isReentrant() {
    return shape.getKind() == LockKind.LOCK_KIND_REENTRANT;
  }

  @Override
  boolean isHeldUnder(long token, long time) {
    return hold != null && hold.token.is(token) && time < hold.until;
  }

  void acquire(ModelCall call, LockAcquireRequest request) {
    if (call.session == null && !request.hasLease()) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    if (broken) {
      throw new Refused(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    }
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (isOwn(call) || (hold == null && line.isEmpty())) {
      Outcome outcome = take(call);
      model.done(call, outcome, undo(call));
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  /** Whether its owner has it, and may have it again. */
  private boolean isOwn(ModelCall call) {
    return hold != null && isReentrant() && hold.isOf(call);
  }

  private boolean isFreeFor(ModelCall waiter) {
    return isOwn(waiter) || (hold == null && line.get(0) == waiter);
  }

  /** Acquires several, all or none. */
  static void acquireAll(Model model, ModelCall call, List<ModelLock> locks) {
    for (ModelLock lock : locks) {
      if (lock.broken) {
        throw new Refused(ErrorReason.ERROR_REASON_LOCK_BROKEN);
      }
    }
    LockAcquireAllRequest request = (LockAcquireAllRequest) call.request;
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (locks.stream()
        .allMatch(lock -> lock.isOwn(call) || (lock.hold == null && lock.line.isEmpty()))) {
      locks.forEach(ModelLock::makeIfNew);
      Outcome outcome = takeAll(call, locks);
      model.done(call, outcome, undoAll(call, locks));
    } else if (timeout == 0) {
      model.done(call, locks.get(0).expired(call));
    } else {
      locks.forEach(ModelLock::makeIfNew);
      model.park(call, locks.get(0), timeout);
      call.others.addAll(locks.subList(1, locks.size()));
      locks.forEach(lock -> lock.line.add(call));
    }
  }

  private void makeIfNew() {
    if (model.objects.get(name) != this) {
      model.met("a lock was made by a call that acquires several");
      model.objects.put(name, this);
    }
  }

  private static Outcome takeAll(ModelCall call, List<ModelLock> locks) {
    LockAcquireAllResponse.Builder response = LockAcquireAllResponse.newBuilder().setAcquired(true);
    List<Numbered> tokens = new ArrayList<>();
    for (ModelLock lock : locks) {
      boolean died = lock.hold(call);
      response.addHolds(
          LockAcquireResponse.newBuilder().setAcquired(true).setPreviousOwnerDied(died));
      tokens.add(java.util.Objects.requireNonNull(lock.hold).token);
    }
    return Outcome.of(response.build(), tokens);
  }

  private static ModelUndo undoAll(ModelCall call, List<ModelLock> locks) {
    List<ModelUndo> all = locks.stream().map(lock -> lock.undo(call)).toList();
    return new ModelUndo() {
      @Override
      public void undo() {
        all.forEach(ModelUndo::undo);
      }

      @Override
      public boolean isDue() {
        return all.stream().anyMatch(ModelUndo::isDue);
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  // Conditions.

  void requireWhole() {
    if (broken) {
      throw new Refused(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    }
  }

  /** The hold that is the call's own, or of which it shows the token. */
  Hold held(ModelCall call, long token) {
    Hold current = held(token);
    if (!current.isOf(call) && !current.token.is(token)) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_OWNER);
    }
    return current;
  }

  private Hold held(long token) {
    if (hold == null) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_HELD);
    }
    if (token != 0 && !hold.token.is(token)) {
      throw new Refused(ErrorReason.ERROR_REASON_STALE_TOKEN);
    }
    return hold;
  }

  /** A wait at a condition begins. */
  void giveUp() {
    java.util.Objects.requireNonNull(hold).known = true;
    free(false);
  }

  /** A waiter at a condition wants it back. */
  void comeBack(ModelCall call) {
    if (isOwn(call)) {
      model.met("a waiter came back to a lock that its owner had");
      Outcome again = take(call);
      model.serve(call, again, undo(call));
    } else {
      call.object = this;
      call.until = ModelCall.NEVER;
      line.add(call);
    }
  }

  @Override
  void deleted() {
    for (ModelObject object : List.copyOf(model.objects.values())) {
      if (object instanceof ModelCondition condition && condition.lock == this) {
        model.met("a condition ended with its lock");
        model.delete(condition);
      }
    }
  }

  private long until(ModelCall call) {
    if (call.request instanceof ConditionWaitRequest wait) {
      return model.in(Model.timeout(wait.hasLease(), wait.getLease()));
    }
    if (call.request instanceof LockAcquireAllRequest all) {
      return model.in(Model.timeout(all.hasLease(), all.getLease()));
    }
    LockAcquireRequest request = (LockAcquireRequest) call.request;
    return model.in(Model.timeout(request.hasLease(), request.getLease()));
  }

  /** The call has it, which is free for it; answers whether the last owner died. */
  private boolean hold(ModelCall call) {
    Hold current = hold;
    boolean died = previousOwnerDied || guardedDied;
    if (current == null) {
      hold = new Hold(model.nextNumber(), call, until(call));
      hold.holds = times(call);
      previousOwnerDied = false;
      guardedDied = false;
      return died;
    }
    current.holds += times(call);
    current.until = Math.max(current.until, until(call));
    return false;
  }

  private Outcome take(ModelCall call) {
    boolean died = hold(call);
    return acquired(call, java.util.Objects.requireNonNull(hold), died);
  }

  private static int times(ModelCall call) {
    return call.wait == null ? 1 : call.wait.holds;
  }

  private static Outcome acquired(ModelCall call, Hold hold, boolean died) {
    if (call.wait != null) {
      return Outcome.of(
          ConditionWaitResponse.newBuilder()
              .setNotified(call.wait.notified)
              .setHolds(hold.holds)
              .setPreviousOwnerDied(died)
              .build(),
          hold.token);
    }
    return Outcome.of(
        LockAcquireResponse.newBuilder().setAcquired(true).setPreviousOwnerDied(died).build(),
        hold.token);
  }

  /**
   * Takes what a call acquired of the present hold back, if that still lasts; and passes its
   * notification on, unless the owner has shown that it knew.
   */
  private ModelUndo undo(ModelCall call) {
    Hold granted = java.util.Objects.requireNonNull(hold);
    return new ModelUndo() {
      private boolean passed;

      @Override
      public void undo() {
        showEnd();
        if (lasts()) {
          less(Math.min(times(call), granted.holds), true);
        }
      }

      @Override
      public void showEnd() {
        if (hasNotification()) {
          passed = true;
          model.met("a notification that nobody got was passed on");
          java.util.Objects.requireNonNull(call.wait).condition.passOn();
        }
      }

      private boolean hasNotification() {
        return call.wait != null
            && call.wait.notified
            && !passed
            && !granted.known
            && model.objects.get(call.wait.condition.name) == call.wait.condition;
      }

      private boolean lasts() {
        return hold == granted && model.objects.get(name) == ModelLock.this;
      }

      @Override
      public boolean isDue() {
        return lasts() || hasNotification();
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  int release(ModelCall call, LockReleaseRequest request) {
    long token = request.getToken();
    Hold current = held(token);
    boolean mayRelease =
        !isReentrant()
            || current.isOf(call)
            || (current.session == null && (!current.anonymous || current.token.is(token)));
    if (!mayRelease) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_OWNER);
    }
    current.known |= current.isOf(call) || current.token.is(token);
    return less(1, false);
  }

  private int less(int times, boolean died) {
    Hold current = java.util.Objects.requireNonNull(hold);
    current.holds -= times;
    if (current.holds == 0) {
      free(died);
    }
    return current.holds;
  }

  private void free(boolean died) {
    hold = null;
    previousOwnerDied = died;
  }

  /** Whoever holds it next is told of a death. */
  void tellNext() {
    model.met(
        hold == null
            ? "a lock that was free tells of a writer's death"
            : "a lock that was held tells of a writer's death");
    guardedDied = true;
  }

  /** What it guards is gone. */
  void tellNobody() {
    if (guardedDied) {
      model.met("a writer's death is told to nobody, as the segment is gone");
      guardedDied = false;
    }
  }

  /** What it guards is new. */
  void forgetDeaths() {
    if (previousOwnerDied || guardedDied) {
      model.met("a death is told to nobody, as the segment is new");
      previousOwnerDied = false;
      guardedDied = false;
    }
  }

  private void ownerEnded(Hold current) {
    if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      current.session = null;
    } else if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
      hold = null;
      broken = true;
      Outcome told = Outcome.refused(ErrorReason.ERROR_REASON_LOCK_BROKEN);
      List.copyOf(line).forEach(call -> model.finish(call, told));
      for (ModelObject object : model.objects.values()) {
        if (object instanceof ModelCondition condition && condition.lock == this) {
          List.copyOf(condition.line).forEach(call -> model.finish(call, told));
        }
      }
    } else {
      free(true);
    }
  }

  @Override
  void settle() {
    while (!line.isEmpty() && serve(line.get(0))) {
      // Until the next one has to wait.
    }
    if (hold == null
        && line.isEmpty()
        && lifetime == Lifetime.LIFETIME_WHILE_USED
        && !broken
        && !previousOwnerDied
        && !guardedDied) {
      model.delete(this);
    }
  }

  /** Serves one, and others of the owner that has these locks now. */
  private boolean serve(ModelCall next) {
    List<ModelLock> locks = take(next, new ArrayList<>());
    for (int i = 0; i < locks.size(); i++) {
      for (ModelCall call : List.copyOf(locks.get(i).line)) {
        if (locks.get(i).isOwn(next) && locks.get(i).isOwn(call)) {
          locks.get(i).take(call, locks);
        }
      }
    }
    return !locks.isEmpty();
  }

  /** Gives a call all that it waits for, if that is free for it, and adds it to {@code taken}. */
  private List<ModelLock> take(ModelCall next, List<ModelLock> taken) {
    List<ModelLock> locks = next.objects().stream().map(ModelLock.class::cast).toList();
    if (!locks.stream().allMatch(lock -> lock.isFreeFor(next))) {
      return taken;
    }
    if (locks.stream().anyMatch(lock -> lock.line.get(0) != next)) {
      model.met("several locks were served to who had one that somebody waited for");
    }
    locks.forEach(lock -> lock.line.remove(next));
    if (next.request instanceof LockAcquireAllRequest) {
      Outcome outcome = takeAll(next, locks);
      model.serve(next, outcome, undoAll(next, locks));
    } else {
      Outcome outcome = take(next);
      model.serve(next, outcome, undo(next));
    }
    taken.addAll(locks);
    return taken;
  }

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    return call.request instanceof LockAcquireAllRequest
        ? Outcome.of(LockAcquireAllResponse.getDefaultInstance())
        : Outcome.of(LockAcquireResponse.getDefaultInstance());
  }

  @Override
  List<Due> due() {
    Hold current = hold;
    return current == null || current.until == ModelCall.NEVER
        ? List.of()
        : List.of(new Due(current.until, current.number, () -> free(true)));
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    Hold current = hold;
    return current == null || current.session != holder
        ? List.of()
        : List.of(new Due(0, current.number, () -> ownerEnded(current)));
  }
}
