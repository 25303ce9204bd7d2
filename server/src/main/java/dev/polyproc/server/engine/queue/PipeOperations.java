package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCloseEndRequest;
import dev.polyproc.v1.PipeCloseEndResponse;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipeProto;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PipeService. */
public final class PipeOperations implements Family {
  private final World world;

  public PipeOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(PipeProto.getDescriptor())
        .on("Create", PipeCreateRequest.getDefaultInstance(), this::create)
        .on("Send", PipeSendRequest.getDefaultInstance(), this::send)
        .on("Receive", PipeReceiveRequest.getDefaultInstance(), this::receive)
        .on("Poll", PipePollRequest.getDefaultInstance(), this::poll)
        .on("CloseEnd", PipeCloseEndRequest.getDefaultInstance(), this::closeEnd)
        .waiting(
            WantsCase.SENDER,
            (call, state, end) -> new Sender(call, state.getSender(), end.world().references()))
        .waiting(WantsCase.RECEIVER, (call, state, end) -> new Receiver(call, state.getReceiver()))
        .waiting(WantsCase.POLLER, (call, state, end) -> new PipeEnd.Poller(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasPipeEnd() ? PipeEnd.restored(header, state.getPipeEnd()) : null;
  }

  private PipeEnd end(String name, Invocation call) {
    return world.objects().find(PipeEnd.KIND, name, call);
  }

  private PipeEnd existing(String name) {
    return world.objects().find(PipeEnd.KIND, name);
  }

  private Answer create(PipeCreateRequest request, Invocation call) {
    Refusal.requireAtMost("maxsize", request.getMaxsize(), world.limits().getQueueItems());
    // Two at once or none: what could refuse the second is asked before the first is there.
    String first = name(request, 1);
    String second = name(request, 2);
    if (!first.isEmpty()
        && (world.objects().existing(first) == null)
            != (world.objects().existing(second) == null)) {
      String there = world.objects().existing(first) == null ? second : first;
      throw Refusal.exists(
          there,
          "Expected both '"
              + first
              + "' and '"
              + second
              + "' to be there or neither, but only '"
              + there
              + "' is; give another name, or delete it by AdminService/Delete");
    }
    if (first.isEmpty() || world.objects().existing(first) == null) {
      world.objects().requireRoomFor(2, second, call);
    } else {
      List<ManagedObject> both = List.of(end(first, call), existing(second));
      if (call.session() != null) {
        world.references().requireRoom(call.session(), both);
      }
    }
    Created<PipeEnd> one = end(1, first, request, call);
    Created<PipeEnd> two = end(2, second, request, call);
    if (one.isNew()) {
      one.object().connect(two.object());
    }
    return Answer.of(
        PipeCreateResponse.newBuilder()
            .setFirst(one.object().ref())
            .setSecond(two.object().ref())
            .setCreated(one.isNew())
            .build());
  }

  private static String name(PipeCreateRequest request, int number) {
    return request.getPipe().isEmpty() ? "" : request.getPipe() + "/" + number;
  }

  private Created<PipeEnd> end(
      int number, String name, PipeCreateRequest request, Invocation call) {
    Lifetime lifetime =
        request.getLifetime() == Lifetime.LIFETIME_UNSPECIFIED
            ? Lifetime.LIFETIME_REFERENCED
            : request.getLifetime();
    Shape asked = PipeEnd.asked(number, request, name(request, 3 - number));
    if (number == 2 && world.objects().existing(name) != null) {
      // The incarnation that the call says is that of the first end.
      return world.objects().found(existing(name), lifetime, call, asked);
    }
    return world
        .objects()
        .create(
            PipeEnd.KIND,
            name,
            lifetime,
            call,
            () -> asked,
            header -> new PipeEnd(header, number, request));
  }

  private Answer send(PipeSendRequest request, Invocation call) {
    PipeEnd end = end(request.getEnd(), call);
    Value message = Values.stored("message", request.getMessage(), world);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return end.send(message, call, timeout);
  }

  private Answer receive(PipeReceiveRequest request, Invocation call) {
    PipeEnd end = end(request.getEnd(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return end.receive(request.getMaxLength(), call, timeout);
  }

  private Answer poll(PipePollRequest request, Invocation call) {
    PipeEnd end = end(request.getEnd(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return end.poll(call, timeout);
  }

  private Answer closeEnd(PipeCloseEndRequest request, Invocation call) {
    PipeEnd end = end(request.getEnd(), call);
    boolean closed = true;
    if (end.isReferenced()) {
      Caller session = call.session("to let go of a pipe's end");
      world.references().drop(session, end, request.getCount());
      closed = !world.references().isReferred(end);
    } else {
      world.objects().delete(end);
    }
    return Answer.of(PipeCloseEndResponse.newBuilder().setClosed(closed).build());
  }
}
