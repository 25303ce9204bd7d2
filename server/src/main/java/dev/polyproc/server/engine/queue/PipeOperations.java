package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Directory.Created;
import dev.polyproc.server.engine.Family;
import dev.polyproc.server.engine.ManagedObject;
import dev.polyproc.server.engine.Operations;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.engine.Session;
import dev.polyproc.server.engine.World;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCloseEndRequest;
import dev.polyproc.v1.PipeCloseEndResponse;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
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
        .service("PipeService")
        .on("Create", PipeCreateRequest.getDefaultInstance(), this::create)
        .on("Send", PipeSendRequest.getDefaultInstance(), this::send)
        .on("Receive", PipeReceiveRequest.getDefaultInstance(), this::receive)
        .on("Poll", PipePollRequest.getDefaultInstance(), this::poll)
        .on("CloseEnd", PipeCloseEndRequest.getDefaultInstance(), this::closeEnd)
        .waiting(WantsCase.SENDER, (call, state, end) -> new Sender(call, state.getSender()))
        .waiting(WantsCase.RECEIVER, (call, state, end) -> new Receiver(call, state.getReceiver()))
        .waiting(WantsCase.POLLER, (call, state, end) -> new PipeEnd.Poller(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasPipeEnd() ? PipeEnd.restored(header, state.getPipeEnd()) : null;
  }

  private PipeEnd end(String name) {
    return world.objects().find(PipeEnd.KIND, name);
  }

  private Reply create(PipeCreateRequest request, Call call) {
    if (request.getMaxsize() < 0 || request.getMaxsize() > world.limits().getQueueItems()) {
      throw Refusal.argument(
          "maxsize",
          "Expected maxsize to be at most "
              + world.limits().getQueueItems()
              + ", but it is "
              + Integer.toUnsignedString(request.getMaxsize()));
    }
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
      List<ManagedObject> both = List.of(end(first), end(second));
      if (call.session() != null) {
        world.references().requireRoom(call.session(), both);
      }
    }
    Created<PipeEnd> one = end(1, first, request, call);
    Created<PipeEnd> two = end(2, second, request, call);
    if (one.isNew()) {
      one.object().connect(two.object());
    }
    return Reply.of(
        PipeCreateResponse.newBuilder()
            .setFirst(one.object().ref())
            .setSecond(two.object().ref())
            .setCreated(one.isNew())
            .build());
  }

  private static String name(PipeCreateRequest request, int number) {
    return request.getPipe().isEmpty() ? "" : request.getPipe() + "/" + number;
  }

  private Created<PipeEnd> end(int number, String name, PipeCreateRequest request, Call call) {
    return world
        .objects()
        .create(
            PipeEnd.KIND,
            name,
            request.getLifetime() == Lifetime.LIFETIME_UNSPECIFIED
                ? Lifetime.LIFETIME_REFERENCED
                : request.getLifetime(),
            call,
            () -> PipeEnd.asked(number, request, name(request, 3 - number)),
            header -> new PipeEnd(header, number, request));
  }

  private Reply send(PipeSendRequest request, Call call) {
    PipeEnd end = end(request.getEnd());
    Value message = Values.stored("message", request.getMessage(), world);
    long timeout = world.clock().duration("timeout", request.hasTimeout(), request.getTimeout());
    return end.send(message, call, timeout);
  }

  private Reply receive(PipeReceiveRequest request, Call call) {
    PipeEnd end = end(request.getEnd());
    long timeout = world.clock().duration("timeout", request.hasTimeout(), request.getTimeout());
    return end.receive(request.getMaxLength(), call, timeout);
  }

  private Reply poll(PipePollRequest request, Call call) {
    PipeEnd end = end(request.getEnd());
    long timeout = world.clock().duration("timeout", request.hasTimeout(), request.getTimeout());
    return end.poll(call, timeout);
  }

  private Reply closeEnd(PipeCloseEndRequest request, Call call) {
    PipeEnd end = end(request.getEnd());
    boolean closed = true;
    if (end.isReferenced()) {
      Session session = call.session("to let go of a pipe's end");
      world.references().drop(session, end, request.getCount());
      closed = !world.references().isReferred(end);
    } else {
      world.objects().delete(end);
    }
    return Reply.of(PipeCloseEndResponse.newBuilder().setClosed(closed).build());
  }
}
