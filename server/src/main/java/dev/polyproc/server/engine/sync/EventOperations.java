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
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventClearResponse;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventCreateResponse;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.EventIsSetResponse;
import dev.polyproc.v1.EventProto;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventSetResponse;
import dev.polyproc.v1.EventWaitRequest;
import org.jspecify.annotations.Nullable;

/** EventService. */
public final class EventOperations implements Family {
  private final World world;

  public EventOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(EventProto.getDescriptor())
        .on("Create", EventCreateRequest.getDefaultInstance(), this::create)
        .on("Set", EventSetRequest.getDefaultInstance(), this::set)
        .on("Clear", EventClearRequest.getDefaultInstance(), this::clear)
        .on("IsSet", EventIsSetRequest.getDefaultInstance(), this::isSet)
        .on("Wait", EventWaitRequest.getDefaultInstance(), this::await)
        .waiting(WantsCase.EVENT_WAITER, (call, state, event) -> new Event.Awaiter(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasEvent() ? Event.restored(header, state.getEvent()) : null;
  }

  private Event event(String name, Invocation call) {
    return world.objects().find(Event.KIND, name, call);
  }

  private Answer create(EventCreateRequest request, Invocation call) {
    Created<Event> created =
        world
            .objects()
            .create(
                Event.KIND,
                request.getEvent(),
                request.getLifetime(),
                call,
                () -> Shape.PLAIN,
                Event::new);
    return Answer.of(
        EventCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer set(EventSetRequest request, Invocation call) {
    boolean wasSet = event(request.getEvent(), call).set(true);
    return Answer.of(EventSetResponse.newBuilder().setWasSet(wasSet).build());
  }

  private Answer clear(EventClearRequest request, Invocation call) {
    boolean wasSet = event(request.getEvent(), call).set(false);
    return Answer.of(EventClearResponse.newBuilder().setWasSet(wasSet).build());
  }

  private Answer isSet(EventIsSetRequest request, Invocation call) {
    boolean set = event(request.getEvent(), call).isSet();
    return Answer.of(EventIsSetResponse.newBuilder().setSet(set).build());
  }

  private Answer await(EventWaitRequest request, Invocation call) {
    Event event = event(request.getEvent(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return event.await(call, timeout);
  }
}
