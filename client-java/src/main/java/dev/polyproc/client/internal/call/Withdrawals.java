package dev.polyproc.client.internal.call;

import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How calls are taken back that nobody wants any more. The event loop's own. */
public final class Withdrawals {
  private static final byte[] NOTHING = {};

  private static final Operation<SessionCancelRequest, SessionCancelResponse> CANCEL =
      Operation.of(SessionServiceGrpc.getCancelMethod());

  private final Calls calls;
  private final Outgoing outgoing;
  private final Unseen unseen;

  Withdrawals(Calls calls, Outgoing outgoing, Unseen unseen) {
    this.calls = calls;
    this.outgoing = outgoing;
    this.unseen = unseen;
  }

  /**
   * Asks the daemon to take a call back. One that is done stands.
   *
   * @param then what follows when it did
   */
  void takeBack(PendingCall<?> call, Runnable then) {
    if (mayTakeBack(call, then)) {
      calls.sendFirst(calls.internal(CANCEL.body(cancel(call).build(), NOTHING)));
    }
  }

  /**
   * Asks the daemon to take a call back, and to undo what it granted. Until the daemon has answered
   * that, the call has no reply: so none is confirmed.
   */
  void undo(PendingCall<?> call) {
    if (call.isOver() || call.undoing) {
      return;
    }
    if (call instanceof AsyncCall<?> async && async.heldBytes >= 0) {
      unseen.remove(async);
    }
    if (call.takingBack || mayTakeBack(call, null)) {
      call.undoing = true;
      PendingCall<SessionCancelResponse> cancel =
          new DirectCall<>(
              calls, CANCEL.body(cancel(call).setUndo(true).build(), NOTHING), 0, CANCEL::response);
      var unused = cancel.whenComplete((answer, failure) -> settle(call, answer, failure));
      calls.sendFirst(cancel);
    }
  }

  private static SessionCancelRequest.Builder cancel(PendingCall<?> call) {
    return SessionCancelRequest.newBuilder().setSequence(call.sequence);
  }

  private boolean mayTakeBack(PendingCall<?> call, @Nullable Runnable then) {
    if (call.isOver() || call.takingBack) {
      return false;
    }
    call.takeBackAnd(then);
    if (call.sequence == 0) {
      call.takenBack();
      outgoing.takeBack(call);
      return false;
    }
    return true;
  }

  /** The daemon has said what became of a call that it was to undo. */
  private void settle(
      PendingCall<?> call, @Nullable SessionCancelResponse answer, @Nullable Throwable failure) {
    if (call.isOver()) {
      return; // It has failed with all others.
    }
    calls.replied(call);
    if (answer == null) {
      call.fail(Objects.requireNonNull(failure));
    } else if (answer.getOutcome() != CancelOutcome.CANCEL_OUTCOME_DONE) {
      call.takenBack();
    } else if (answer.getReply().hasError()) {
      calls.refused(call, Errors.of(answer.getReply().getError()));
    } else {
      call.succeed(answer.getReply().getResponse().newCodedInput());
    }
  }
}
