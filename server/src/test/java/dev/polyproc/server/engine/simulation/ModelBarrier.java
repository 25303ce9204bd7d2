package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A barrier as the model sees it. */
final class ModelBarrier extends ModelObject {
  private final BarrierCreateRequest shape;
  final List<ModelCall> arrived = new ArrayList<>();
  final List<ModelCall> tripped = new ArrayList<>();
  private final Map<ModelCall, BarrierWaitResponse> places = new LinkedHashMap<>();
  long round;
  @Nullable Broken broken;
  @Nullable Running running;

  /** The action of a round before, and who runs it. */
  record Running(long number, ModelSession session, long round) {}

  /** Why it is broken, and since which round. */
  record Broken(BarrierBreakCause cause, long round) {}

  ModelBarrier(Model model, BarrierCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getBarrier(), shape.getLifetime(), session);
    this.shape = shape;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_BARRIER;
  }

  boolean isLike(BarrierCreateRequest request) {
    return shape.getParties() == request.getParties() && shape.getAction() == request.getAction();
  }

  int parties() {
    return shape.getParties();
  }

  void await(ModelCall call, long timeout) {
    if (shape.getAction()) {
      model.session(call);
    }
    if (broken != null) {
      throw new Refused(ErrorReason.ERROR_REASON_BARRIER_BROKEN);
    }
    int before = arrived.size();
    boolean isLast = running == null && before == parties() - 1;
    if (!isLast && timeout != 0) {
      model.park(call, this, timeout);
    }
    places.put(
        call,
        BarrierWaitResponse.newBuilder()
            .setIndex(parties() - 1 - before % parties())
            .setRound(round + before / parties())
            .build());
    if (isLast) {
      pass(List.copyOf(arrived), call);
      ModelUndo undo = shape.getAction() ? undo() : null;
      model.done(call, passed(call, shape.getAction()), undo);
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      arrived.add(call);
    }
  }

  /** All of a round have come. */
  private void pass(List<ModelCall> others, ModelCall last) {
    round++;
    arrived.removeAll(others);
    if (shape.getAction()) {
      tripped.addAll(others);
      others.forEach(call -> call.until = ModelCall.NEVER);
      running = new Running(model.nextNumber(), model.session(last), round - 1);
    } else {
      others.forEach(call -> model.serve(call, passed(call, false), null));
    }
  }

  private Outcome passed(ModelCall call, boolean runsAction) {
    BarrierWaitResponse place = place(call);
    model.met(runsAction ? "a party was to run an action" : "a party passed");
    return Outcome.of(place.toBuilder().setPassed(true).setRunAction(runsAction).build());
  }

  private BarrierWaitResponse place(ModelCall call) {
    return Objects.requireNonNull(places.remove(call));
  }

  /** Who was told to run the action gives that back: nobody will. */
  private ModelUndo undo() {
    Running granted = running;
    return new ModelUndo() {
      @Override
      public void undo() {
        if (isDue()) {
          breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
        }
      }

      @Override
      public boolean isDue() {
        return running != null
            && running == granted
            && model.objects.get(name) == ModelBarrier.this;
      }

      @Override
      public boolean isHeld() {
        return true;
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  void actionDone(ModelCall call, BarrierActionDoneRequest request) {
    if (running == null || request.getRound() != running.round()) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_HELD);
    }
    if (running.session() != call.session) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_OWNER);
    }
    if (request.getFailed()) {
      breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_ACTION_FAILED);
      return;
    }
    running = null;
    for (ModelCall party : List.copyOf(tripped)) {
      tripped.remove(party);
      model.serve(party, passed(party, false), null);
    }
  }

  void reset() {
    breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_RESET);
    broken = null;
    round++;
  }

  /** Whether it was broken in that round, and is not any more. */
  boolean mend(long which) {
    if (broken == null || broken.round() != which) {
      return false;
    }
    broken = null;
    round++;
    model.met(running == null ? "a barrier was mended" : "a barrier was mended beside an action");
    return true;
  }

  /** Breaks it from the round on whose action runs. */
  void breakAll(BarrierBreakCause cause) {
    if (broken == null || running != null) {
      broken = new Broken(cause, running == null ? round : running.round());
    }
    running = null;
    sendAway(tripped);
    sendAway(arrived);
  }

  /** A party left, or its time was up. */
  private void breakFrom(BarrierWaitResponse place, BarrierBreakCause cause) {
    if (running != null && place.getRound() == running.round()) {
      breakAll(cause);
    } else if (broken == null) {
      broken = new Broken(cause, round);
      model.met(running == null ? "a barrier broke" : "a barrier broke beside an action");
      sendAway(arrived);
    }
  }

  private void sendAway(List<ModelCall> line) {
    for (ModelCall call : List.copyOf(line)) {
      places.remove(call);
      model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_BARRIER_BROKEN));
    }
  }

  @Override
  void settle() {
    if (running == null && arrived.size() >= parties()) {
      ModelCall last = arrived.remove(parties() - 1);
      pass(List.copyOf(arrived.subList(0, parties() - 1)), last);
      model.met("a round began after the action of the one before");
      model.serve(last, passed(last, true), undo());
    }
  }

  @Override
  void left(ModelCall call) {
    arrived.remove(call);
    tripped.remove(call);
  }

  @Override
  void leftUnanswered(ModelCall call) {
    BarrierWaitResponse place = places.remove(call);
    if (place != null && model.objects.get(name) == this) {
      breakFrom(place, BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
    }
  }

  @Override
  Outcome expired(ModelCall call) {
    BarrierWaitResponse place = place(call);
    arrived.remove(call);
    breakFrom(place, BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT);
    return Outcome.of(place);
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    Running current = running;
    return current == null || current.session() != holder
        ? List.of()
        : List.of(
            new Due(
                0,
                current.number(),
                () -> {
                  breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
                  model.met("the session that ran an action ended");
                }));
  }
}
