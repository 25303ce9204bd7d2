package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelSession.Slot;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.util.List;

/** What the model does for SessionService and AdminService. */
final class SessionHandlers {
  private final Model model;

  SessionHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("SessionService/Open", SessionOpenRequest.getDefaultInstance(), this::open)
        .on("SessionService/End", SessionEndRequest.getDefaultInstance(), this::end)
        .on("SessionService/Attach", SessionAttachRequest.getDefaultInstance(), this::attach)
        .on("SessionService/Cancel", SessionCancelRequest.getDefaultInstance(), this::cancel)
        .on("AdminService/Delete", AdminDeleteRequest.getDefaultInstance(), this::delete);
  }

  private void open(ModelCall call, SessionOpenRequest request) {
    model.requireStay();
    if (model.sessions.size() >= model.limits.getSessions()) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    List<ModelObject> retained = model.references.meant(request.getRetainedList());
    String id = call.envelope.getSecret();
    ModelSession session = new ModelSession(id);
    if (!request.getProcessCredential().isEmpty()) {
      session.process = redeem(request.getProcessCredential());
    }
    model.sessions.put(id, session);
    ModelReferences.retain(session, retained);
    model.done(call, Outcome.of(SessionOpenResponse.newBuilder().setSession(id).build()));
  }

  private long redeem(String credential) {
    ModelProcess process = model.processes().withCredential(credential);
    if (process == null) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    process.credential = "";
    return process.incarnation.number();
  }

  private void end(ModelCall call, SessionEndRequest request) {
    model.end(model.session(call));
    model.done(call, Outcome.of(SessionEndResponse.getDefaultInstance()));
  }

  private void attach(ModelCall call, SessionAttachRequest request) {
    ModelSession session = model.sessions.get(request.getSession());
    if (session == null) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    }
    if (request.getAttachment() <= session.attachment) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ATTACHMENT);
    }
    session.attachment = request.getAttachment();
    model.done(call, Outcome.of(SessionAttachResponse.newBuilder().setAttached(true).build()));
  }

  private void cancel(ModelCall call, SessionCancelRequest request) {
    ModelSession session = model.session(call);
    long sequence = request.getSequence();
    if (sequence == 0 || sequence == call.envelope.getSequence()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Slot slot = session.find(sequence);
    CancelOutcome outcome = CancelOutcome.CANCEL_OUTCOME_MARKED;
    if (slot == null) {
      int needed = call.isRecorded() ? 2 : 1;
      if (session.slots.size() + needed > model.limits.getWindowCalls()) {
        throw new Refused(ErrorReason.ERROR_REASON_WINDOW_FULL);
      }
      session.slots.put(sequence, new Slot());
    } else if (slot.waiting != null) {
      model.takeBack(slot.waiting, Outcome.refused(ErrorReason.ERROR_REASON_CANCELLED));
      outcome = CancelOutcome.CANCEL_OUTCOME_REMOVED;
    } else if (request.getUndo() && slot.undo != null && slot.undo.isDue()) {
      model.undo(session, slot, slot.undo);
      outcome = CancelOutcome.CANCEL_OUTCOME_UNDONE;
    } else if (!slot.isMark()) {
      outcome =
          slot.outcome != null && slot.outcome.reason() == ErrorReason.ERROR_REASON_CANCELLED
              ? CancelOutcome.CANCEL_OUTCOME_REMOVED
              : CancelOutcome.CANCEL_OUTCOME_DONE;
    }
    model.done(call, Outcome.of(SessionCancelResponse.newBuilder().setOutcome(outcome).build()));
  }

  private void delete(ModelCall call, AdminDeleteRequest request) {
    ModelObject object = model.object(request.getObject());
    model.delete(object);
    model.done(
        call,
        Outcome.of(
            AdminDeleteResponse.newBuilder().setRef(object.ref()).build(), object.numbers()));
  }
}
