package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelLock.Hold;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A condition as the model sees it. */
final class ModelCondition extends ModelObject {
  final ModelLock lock;
  final List<ModelCall> line = new ArrayList<>();

  ModelCondition(
      Model model, ConditionCreateRequest shape, ModelLock lock, @Nullable ModelSession session) {
    super(model, shape.getCondition(), shape.getLifetime(), session);
    this.lock = lock;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_CONDITION;
  }

  @Override
  List<Value> values() {
    return List.of(
        Value.newBuilder()
            .setRef(lock.ref().toBuilder().setIncarnation(lock.incarnation.number()))
            .build());
  }

  /** Who sleeps here is told when the lock goes. */
  void await(ModelCall call, ConditionWaitRequest request) {
    if (call.session == null && !request.hasLease()) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    lock.requireWhole();
    Hold held = lock.held(call, request.getToken());
    model.requireRoomToWait(call);
    call.wait = new ModelWait(this, held.holds);
    lock.giveUp();
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (timeout == 0) {
      model.park(call, lock, ModelCall.NEVER);
      lock.line.add(call);
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  /** Wakes so many; answers how many there were. */
  int wake(ModelCall call, long token, long most) {
    lock.held(call, token);
    int woken = 0;
    while (woken < most && !line.isEmpty()) {
      wakeFirst();
      woken++;
    }
    return woken;
  }

  private void wakeFirst() {
    ModelCall first = line.remove(0);
    Objects.requireNonNull(first.wait).notified = true;
    model.met("a notification woke a waiter");
    lock.comeBack(first);
  }

  /** Whoever had a notification is gone. */
  void passOn() {
    if (model.objects.get(name) == this && !line.isEmpty()) {
      wakeFirst();
    }
  }

  @Override
  void settle() {}

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  @Nullable Outcome expired(ModelCall call) {
    line.remove(call);
    model.met("a wait ended without a notification");
    lock.comeBack(call);
    return null;
  }
}
