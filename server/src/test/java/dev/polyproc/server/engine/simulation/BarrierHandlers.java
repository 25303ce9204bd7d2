package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierAbortResponse;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierActionDoneResponse;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierCreateResponse;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierResetResponse;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.ErrorReason;

/** What the model does for BarrierService. */
final class BarrierHandlers {
  private final Model model;

  BarrierHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("BarrierService/Create", BarrierCreateRequest.getDefaultInstance(), this::create)
        .on("BarrierService/Wait", BarrierWaitRequest.getDefaultInstance(), this::await)
        .on(
            "BarrierService/ActionDone",
            BarrierActionDoneRequest.getDefaultInstance(),
            this::actionDone)
        .on("BarrierService/Abort", BarrierAbortRequest.getDefaultInstance(), this::abort)
        .on("BarrierService/Reset", BarrierResetRequest.getDefaultInstance(), this::reset);
  }

  private ModelBarrier barrier(String name) {
    return model.object(ModelBarrier.class, name);
  }

  private void create(ModelCall call, BarrierCreateRequest request) {
    if (request.getParties() == 0 || request.getParties() > model.limits.getWaiters()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Created<ModelBarrier> created =
        model.create(
            ModelBarrier.class,
            request.getBarrier(),
            request.getLifetime(),
            call,
            barrier -> barrier.isLike(request),
            session -> new ModelBarrier(model, request, session));
    model.done(
        call,
        Outcome.of(
            BarrierCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void await(ModelCall call, BarrierWaitRequest request) {
    barrier(request.getBarrier())
        .await(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void actionDone(ModelCall call, BarrierActionDoneRequest request) {
    barrier(request.getBarrier()).actionDone(call, request);
    model.done(call, Outcome.of(BarrierActionDoneResponse.getDefaultInstance()));
  }

  private void abort(ModelCall call, BarrierAbortRequest request) {
    ModelBarrier barrier = barrier(request.getBarrier());
    boolean before = barrier.broken != null;
    barrier.breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_ABORTED);
    model.done(call, Outcome.of(BarrierAbortResponse.newBuilder().setWasBroken(before).build()));
  }

  private void reset(ModelCall call, BarrierResetRequest request) {
    ModelBarrier barrier = barrier(request.getBarrier());
    boolean before = barrier.broken != null;
    boolean reset = true;
    if (request.hasRound()) {
      reset = barrier.mend(request.getRound());
    } else {
      barrier.reset();
    }
    model.done(
        call,
        Outcome.of(BarrierResetResponse.newBuilder().setWasBroken(before).setReset(reset).build()));
  }
}
