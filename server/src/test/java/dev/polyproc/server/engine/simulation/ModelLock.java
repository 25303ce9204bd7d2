package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
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
  private boolean broken;

  /** Who holds it. */
  static final class Hold {
    final Numbered token = new Numbered("token");
    final long number;
    final String owner;
    final boolean anonymous;
    @Nullable ModelSession session;
    int holds = 1;
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
    if (isFree(call) && (line.isEmpty() || hold != null)) {
      Outcome outcome = Outcome.of(take(call), token());
      model.done(call, outcome, undo());
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  /** Whether nobody holds it, or only who may do so again. */
  private boolean isFree(ModelCall call) {
    return hold == null || (isReentrant() && hold.isOf(call));
  }

  private boolean isFreeFor(ModelCall first) {
    return isFree(first) && line.get(0) == first;
  }

  private long until(ModelCall call) {
    return call.request instanceof LockAcquireAllRequest all
        ? model.in(Model.timeout(all.hasLease(), all.getLease()))
        : model.in(
            Model.timeout(
                ((LockAcquireRequest) call.request).hasLease(),
                ((LockAcquireRequest) call.request).getLease()));
  }

  /** The call has it, which is free for it. */
  private LockAcquireResponse take(ModelCall call) {
    Hold current = hold;
    boolean died = previousOwnerDied;
    if (current == null) {
      hold = new Hold(model.nextNumber(), call, until(call));
      previousOwnerDied = false;
    } else {
      current.holds++;
      long until = until(call);
      if (until != ModelCall.NEVER && until > current.until) {
        current.until = until;
      }
    }
    return LockAcquireResponse.newBuilder().setAcquired(true).setPreviousOwnerDied(died).build();
  }

  private Numbered token() {
    return java.util.Objects.requireNonNull(hold).token;
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
    if (locks.stream().allMatch(lock -> lock.isFree(call) && lock.line.isEmpty())) {
      Outcome outcome = takeAll(call, locks);
      model.done(call, outcome, undoAll(locks));
    } else if (timeout == 0) {
      model.done(call, locks.get(0).expired(call));
    } else {
      model.park(call, locks.get(0), timeout);
      call.others.addAll(locks.subList(1, locks.size()));
      locks.forEach(lock -> lock.line.add(call));
    }
  }

  private static Outcome takeAll(ModelCall call, List<ModelLock> locks) {
    LockAcquireAllResponse.Builder response = LockAcquireAllResponse.newBuilder().setAcquired(true);
    List<Numbered> tokens = new ArrayList<>();
    for (ModelLock lock : locks) {
      response.addHolds(lock.take(call));
      tokens.add(lock.token());
    }
    return Outcome.of(response.build(), tokens);
  }

  private static ModelUndo undoAll(List<ModelLock> locks) {
    List<ModelUndo> all = locks.stream().map(ModelLock::undo).toList();
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

  /** Takes one acquisition of the present hold back, if that still lasts. */
  private ModelUndo undo() {
    Hold granted = hold;
    return new ModelUndo() {
      @Override
      public void undo() {
        if (isDue()) {
          less(true);
        }
      }

      @Override
      public boolean isDue() {
        return hold != null && hold == granted && model.objects.get(name) == ModelLock.this;
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  int release(ModelCall call, LockReleaseRequest request) {
    long token = request.getToken();
    if (hold == null) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_HELD);
    }
    if (token != 0 && !hold.token.is(token)) {
      throw new Refused(ErrorReason.ERROR_REASON_STALE_TOKEN);
    }
    boolean mayRelease =
        !isReentrant()
            || hold.isOf(call)
            || (hold.session == null && (!hold.anonymous || hold.token.is(token)));
    if (!mayRelease) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_OWNER);
    }
    return less(false);
  }

  private int less(boolean died) {
    Hold current = java.util.Objects.requireNonNull(hold);
    current.holds--;
    if (current.holds == 0) {
      free(died);
    }
    return current.holds;
  }

  private void free(boolean died) {
    hold = null;
    previousOwnerDied = died;
  }

  private void ownerEnded(Hold current) {
    if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      current.session = null;
    } else if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
      hold = null;
      broken = true;
      for (ModelCall call : List.copyOf(line)) {
        model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_LOCK_BROKEN));
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
        && !previousOwnerDied) {
      model.delete(this);
    }
  }

  private boolean serve(ModelCall next) {
    List<ModelLock> locks = next.objects().stream().map(ModelLock.class::cast).toList();
    if (!locks.stream().allMatch(lock -> lock.isFreeFor(next))) {
      return false;
    }
    locks.forEach(lock -> lock.line.remove(next));
    Outcome outcome = granted(next, locks);
    model.serve(next, outcome, locks.size() == 1 ? undo() : undoAll(locks));
    locks.forEach(lock -> lock.serveOwner(next));
    return true;
  }

  private static Outcome granted(ModelCall call, List<ModelLock> locks) {
    return call.request instanceof LockAcquireAllRequest
        ? takeAll(call, locks)
        : Outcome.of(locks.get(0).take(call), locks.get(0).token());
  }

  /** Others of the owner that has it now. */
  private void serveOwner(ModelCall served) {
    for (ModelCall call : List.copyOf(line)) {
      if (isReentrant()
          && java.util.Objects.requireNonNull(hold).isOf(call)
          && !(call.request instanceof LockAcquireAllRequest)) {
        line.remove(call);
        Outcome again = Outcome.of(take(call), token());
        model.serve(call, again, undo());
      }
    }
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
