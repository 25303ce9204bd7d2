package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCountDownResponse;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchCreateResponse;
import dev.polyproc.v1.LatchGetRequest;
import dev.polyproc.v1.LatchProto;
import dev.polyproc.v1.LatchWaitRequest;
import org.jspecify.annotations.Nullable;

/** LatchService. */
public final class LatchOperations implements Family {
  private final World world;

  public LatchOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(LatchProto.getDescriptor())
        .on("Create", LatchCreateRequest.getDefaultInstance(), this::create)
        .on("CountDown", LatchCountDownRequest.getDefaultInstance(), this::countDown)
        .on("Wait", LatchWaitRequest.getDefaultInstance(), this::await)
        .on("Get", LatchGetRequest.getDefaultInstance(), this::get)
        .waiting(WantsCase.LATCH_WAITER, (call, state, latch) -> new Latch.Awaiter(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasLatch() ? Latch.restored(header, state.getLatch()) : null;
  }

  private Latch latch(String name, Invocation call) {
    return world.objects().find(Latch.KIND, name, call);
  }

  private Answer create(LatchCreateRequest request, Invocation call) {
    long count = request.getCount();
    Created<Latch> created =
        world
            .objects()
            .create(
                Latch.KIND,
                request.getLatch(),
                request.getLifetime(),
                call,
                () -> Latch.shape(count),
                header -> new Latch(header, count));
    return Answer.of(
        LatchCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer countDown(LatchCountDownRequest request, Invocation call) {
    long by = request.getBy() == 0 ? 1 : request.getBy();
    long count = latch(request.getLatch(), call).countDown(by);
    return Answer.of(LatchCountDownResponse.newBuilder().setCount(count).build());
  }

  private Answer await(LatchWaitRequest request, Invocation call) {
    Latch latch = latch(request.getLatch(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return latch.await(call, timeout);
  }

  private Answer get(LatchGetRequest request, Invocation call) {
    return Answer.of(latch(request.getLatch(), call).describe(call));
  }
}
