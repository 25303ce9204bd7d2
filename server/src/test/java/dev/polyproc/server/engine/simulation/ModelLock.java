package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
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
    if (hold == null) {
      Outcome outcome = grant(call);
      model.done(call, outcome, undo());
    } else if (isReentrant() && hold.isOf(call)) {
      Outcome outcome = grantAgain(hold, call);
      model.done(call, outcome, undo());
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  private long until(ModelCall call) {
    LockAcquireRequest request = (LockAcquireRequest) call.request;
    return model.in(Model.timeout(request.hasLease(), request.getLease()));
  }

  private Outcome grant(ModelCall call) {
    hold = new Hold(model.nextNumber(), call, until(call));
    boolean died = previousOwnerDied;
    previousOwnerDied = false;
    return acquired(hold, died);
  }

  private Outcome grantAgain(Hold current, ModelCall call) {
    current.holds++;
    long until = until(call);
    if (until != ModelCall.NEVER && until > current.until) {
      current.until = until;
    }
    return acquired(current, false);
  }

  private static Outcome acquired(Hold hold, boolean died) {
    return Outcome.of(
        LockAcquireResponse.newBuilder().setAcquired(true).setPreviousOwnerDied(died).build(),
        hold.token);
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
    if (hold != null) {
      return;
    }
    if (line.isEmpty()) {
      if (lifetime == Lifetime.LIFETIME_WHILE_USED && !broken && !previousOwnerDied) {
        model.delete(this);
      }
      return;
    }
    ModelCall next = line.remove(0);
    Outcome granted = grant(next);
    model.serve(next, granted, undo());
    Hold current = java.util.Objects.requireNonNull(hold);
    for (ModelCall call : List.copyOf(line)) {
      if (isReentrant() && current.isOf(call)) {
        line.remove(call);
        Outcome again = grantAgain(current, call);
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
    return Outcome.of(LockAcquireResponse.getDefaultInstance());
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
