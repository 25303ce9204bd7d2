package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelLock.Hold;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteMode;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A read-write lock as the model sees it. */
final class ModelReadWriteLock extends ModelObject {
  final ReadWriteLockCreateRequest shape;
  final List<ModelCall> line = new ArrayList<>();
  final List<Hold> readers = new ArrayList<>();
  @Nullable Hold writer;
  private boolean previousOwnerDied;
  private boolean broken;

  ModelReadWriteLock(
      Model model, ReadWriteLockCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getLock(), shape.getLifetime(), session);
    this.shape = shape;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_READ_WRITE_LOCK;
  }

  /** All holds. */
  List<Hold> holds() {
    List<Hold> all = new ArrayList<>(readers);
    if (writer != null) {
      all.add(writer);
    }
    return all;
  }

  private static boolean writes(ModelCall call) {
    return ((ReadWriteLockAcquireRequest) call.request).getMode()
        == ReadWriteMode.READ_WRITE_MODE_WRITE;
  }

  private @Nullable Hold own(ModelCall call, boolean writes) {
    if (writes) {
      return writer != null && writer.isOf(call) ? writer : null;
    }
    return readers.stream().filter(hold -> hold.isOf(call)).findAny().orElse(null);
  }

  private boolean isFree(ModelCall call) {
    return writes(call) ? writer == null && readers.isEmpty() : writer == null || writer.isOf(call);
  }

  void acquire(ModelCall call, ReadWriteLockAcquireRequest request) {
    if (call.session == null && !request.hasLease()) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    if (broken) {
      throw new Refused(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    }
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    boolean has = own(call, writes(call)) != null;
    boolean writesAlready = own(call, true) != null;
    if (!has && writes(call) && own(call, false) != null) {
      throw new Refused(ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    }
    if (has || (isFree(call) && (line.isEmpty() || writesAlready))) {
      Outcome outcome = grant(call);
      model.done(call, outcome, undo(latest(call)));
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  private Hold latest(ModelCall call) {
    if (call.session != null) {
      return java.util.Objects.requireNonNull(own(call, writes(call)));
    }
    return writes(call)
        ? java.util.Objects.requireNonNull(writer)
        : readers.get(readers.size() - 1);
  }

  private Outcome grant(ModelCall call) {
    ReadWriteLockAcquireRequest request = (ReadWriteLockAcquireRequest) call.request;
    long until = model.in(Model.timeout(request.hasLease(), request.getLease()));
    Hold own = own(call, writes(call));
    if (own != null) {
      own.holds++;
      own.until = Math.max(own.until, until);
      return acquired(own, false);
    }
    Hold hold = new Hold(model.nextNumber(), call, until);
    boolean died = previousOwnerDied;
    if (writes(call)) {
      writer = hold;
      previousOwnerDied = false;
    } else {
      readers.add(hold);
    }
    return acquired(hold, died);
  }

  private static Outcome acquired(Hold hold, boolean died) {
    return Outcome.of(
        ReadWriteLockAcquireResponse.newBuilder()
            .setAcquired(true)
            .setPreviousOwnerDied(died)
            .build(),
        hold.token);
  }

  private ModelUndo undo(Hold granted) {
    return new ModelUndo() {
      @Override
      public void undo() {
        if (isDue()) {
          less(granted, true);
        }
      }

      @Override
      public boolean isDue() {
        return holds().contains(granted) && model.objects.get(name) == ModelReadWriteLock.this;
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  int release(ModelCall call, ReadWriteLockReleaseRequest request) {
    boolean writes = request.getMode() == ReadWriteMode.READ_WRITE_MODE_WRITE;
    long token = request.getToken();
    if (token != 0) {
      Hold held =
          holds().stream()
              .filter(hold -> hold.token.is(token) && (hold == writer) == writes)
              .findAny()
              .orElseThrow(() -> new Refused(ErrorReason.ERROR_REASON_STALE_TOKEN));
      if (!held.isOf(call) && held.session != null) {
        throw new Refused(ErrorReason.ERROR_REASON_NOT_OWNER);
      }
      return less(held, false);
    }
    Hold own = ownOrKept(call, writes);
    if (own == null) {
      boolean isHeld = writes ? writer != null : !readers.isEmpty();
      throw new Refused(
          isHeld ? ErrorReason.ERROR_REASON_NOT_OWNER : ErrorReason.ERROR_REASON_NOT_HELD);
    }
    return less(own, false);
  }

  private @Nullable Hold ownOrKept(ModelCall call, boolean writes) {
    Hold own = own(call, writes);
    List<Hold> kept =
        holds().stream()
            .filter(hold -> (hold == writer) == writes)
            .filter(hold -> hold.session == null && !hold.anonymous)
            .toList();
    if (own == null && kept.size() == 1) {
      model.met("a hold that was kept was released without its token");
      return kept.get(0);
    }
    return own;
  }

  private int less(Hold hold, boolean died) {
    hold.holds--;
    if (hold.holds == 0) {
      free(hold, died);
    }
    return hold.holds;
  }

  private void free(Hold hold, boolean died) {
    if (hold == writer) {
      writer = null;
      previousOwnerDied |= died;
    } else {
      readers.remove(hold);
    }
  }

  private void ownerEnded(Hold hold) {
    if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      hold.session = null;
    } else if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK && hold == writer) {
      writer = null;
      broken = true;
      for (ModelCall call : List.copyOf(line)) {
        model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_LOCK_BROKEN));
      }
    } else {
      free(hold, true);
    }
  }

  @Override
  boolean isHeldUnder(long token, long time) {
    return holds().stream().anyMatch(hold -> hold.token.is(token) && time < hold.until);
  }

  @Override
  void settle() {
    while (!line.isEmpty() && isFree(line.get(0))) {
      ModelCall next = line.get(0);
      serve(next);
      for (ModelCall call : List.copyOf(line)) {
        boolean sameOwner =
            call.session != null
                && call.session == next.session
                && call.envelope.getOwner().equals(next.envelope.getOwner());
        if (sameOwner
            && (own(call, writes(call)) != null || (!writes(call) && own(call, true) != null))) {
          serve(call);
        } else if (sameOwner && writes(call) && own(call, false) != null) {
          model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_WOULD_DEADLOCK));
        }
      }
    }
  }

  private void serve(ModelCall call) {
    line.remove(call);
    Outcome outcome = grant(call);
    model.serve(call, outcome, undo(latest(call)));
  }

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    return Outcome.of(ReadWriteLockAcquireResponse.getDefaultInstance());
  }

  @Override
  List<Due> due() {
    return holds().stream()
        .filter(hold -> hold.until != ModelCall.NEVER)
        .map(hold -> new Due(hold.until, hold.number, () -> free(hold, true)))
        .toList();
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    return holds().stream()
        .filter(hold -> hold.session == holder)
        .map(hold -> new Due(0, hold.number, () -> ownerEnded(hold)))
        .toList();
  }
}
