package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierAbortResponse;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierActionDoneResponse;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierCreateResponse;
import dev.polyproc.v1.BarrierGetRequest;
import dev.polyproc.v1.BarrierProto;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierResetResponse;
import dev.polyproc.v1.BarrierWaitRequest;
import org.jspecify.annotations.Nullable;

/** BarrierService. */
public final class BarrierOperations implements Family {
  private final World world;

  public BarrierOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(BarrierProto.getDescriptor())
        .on("Create", BarrierCreateRequest.getDefaultInstance(), this::create)
        .on("Wait", BarrierWaitRequest.getDefaultInstance(), this::await)
        .on("ActionDone", BarrierActionDoneRequest.getDefaultInstance(), this::actionDone)
        .on("Abort", BarrierAbortRequest.getDefaultInstance(), this::abort)
        .on("Reset", BarrierResetRequest.getDefaultInstance(), this::reset)
        .on("Get", BarrierGetRequest.getDefaultInstance(), this::get)
        .waiting(WantsCase.BARRIER_PARTY, BarrierOperations::waiter);
  }

  private static Parked waiter(Invocation call, ParkedState state, ManagedObject barrier) {
    return new BarrierParty((Barrier) barrier, call, state.getBarrierParty());
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasBarrier() ? Barrier.restored(header, state.getBarrier(), restored) : null;
  }

  private Barrier barrier(String name, Invocation call) {
    return world.objects().find(Barrier.KIND, name, call);
  }

  private Answer create(BarrierCreateRequest request, Invocation call) {
    int parties = request.getParties();
    int most = world.limits().getWaiters();
    if (parties < 1 || parties > most) {
      throw Refusal.argument(
          "parties",
          "Expected a barrier of 1 to "
              + most
              + " parties, as no more may wait, but it is to have "
              + Integer.toUnsignedString(parties));
    }
    Created<Barrier> created =
        world
            .objects()
            .create(
                Barrier.KIND,
                request.getBarrier(),
                request.getLifetime(),
                call,
                () -> Barrier.shape(parties, request.getAction()),
                header -> new Barrier(header, parties, request.getAction()));
    return Answer.of(
        BarrierCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer await(BarrierWaitRequest request, Invocation call) {
    Barrier barrier = barrier(request.getBarrier(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return barrier.await(call, timeout);
  }

  private Answer actionDone(BarrierActionDoneRequest request, Invocation call) {
    barrier(request.getBarrier(), call).actionDone(call, request.getRound(), request.getFailed());
    return Answer.of(BarrierActionDoneResponse.getDefaultInstance());
  }

  private Answer abort(BarrierAbortRequest request, Invocation call) {
    Barrier barrier = barrier(request.getBarrier(), call);
    boolean wasBroken = barrier.isBroken();
    barrier.abort(call);
    return Answer.of(BarrierAbortResponse.newBuilder().setWasBroken(wasBroken).build());
  }

  private Answer reset(BarrierResetRequest request, Invocation call) {
    Barrier barrier = barrier(request.getBarrier(), call);
    boolean wasBroken = barrier.isBroken();
    boolean reset = true;
    if (request.hasRound()) {
      reset = barrier.mend(request.getRound());
    } else {
      barrier.reset(call);
    }
    return Answer.of(
        BarrierResetResponse.newBuilder().setWasBroken(wasBroken).setReset(reset).build());
  }

  private Answer get(BarrierGetRequest request, Invocation call) {
    return Answer.of(barrier(request.getBarrier(), call).describe(call));
  }
}
