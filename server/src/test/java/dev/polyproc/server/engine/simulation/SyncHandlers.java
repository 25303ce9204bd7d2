package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventClearResponse;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventCreateResponse;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventSetResponse;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockCreateResponse;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockReleaseResponse;

/** What the model does for LockService and EventService. */
final class SyncHandlers {
  private final Model model;

  SyncHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("LockService/Create", LockCreateRequest.getDefaultInstance(), this::createLock)
        .on("LockService/Acquire", LockAcquireRequest.getDefaultInstance(), this::acquire)
        .on("LockService/Release", LockReleaseRequest.getDefaultInstance(), this::release)
        .on("EventService/Create", EventCreateRequest.getDefaultInstance(), this::createEvent)
        .on("EventService/Set", EventSetRequest.getDefaultInstance(), this::set)
        .on("EventService/Clear", EventClearRequest.getDefaultInstance(), this::clear)
        .on("EventService/Wait", EventWaitRequest.getDefaultInstance(), this::await);
  }

  private void createLock(ModelCall call, LockCreateRequest request) {
    Created<ModelLock> created =
        model.create(
            ModelLock.class,
            request.getLock(),
            request.getLifetime(),
            call,
            lock -> lock.isLike(request),
            session -> new ModelLock(model, request, session));
    model.done(
        call,
        Outcome.of(
            LockCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void acquire(ModelCall call, LockAcquireRequest request) {
    model.object(ModelLock.class, request.getLock()).acquire(call, request);
  }

  private void release(ModelCall call, LockReleaseRequest request) {
    int holds = model.object(ModelLock.class, request.getLock()).release(call, request);
    model.done(call, Outcome.of(LockReleaseResponse.newBuilder().setHolds(holds).build()));
  }

  private ModelEvent event(String name) {
    return model.object(ModelEvent.class, name);
  }

  private void createEvent(ModelCall call, EventCreateRequest request) {
    Created<ModelEvent> created =
        model.create(
            ModelEvent.class,
            request.getEvent(),
            request.getLifetime(),
            call,
            event -> true,
            session -> new ModelEvent(model, request, session));
    model.done(
        call,
        Outcome.of(
            EventCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void set(ModelCall call, EventSetRequest request) {
    boolean before = event(request.getEvent()).set(true);
    model.done(call, Outcome.of(EventSetResponse.newBuilder().setWasSet(before).build()));
  }

  private void clear(ModelCall call, EventClearRequest request) {
    boolean before = event(request.getEvent()).set(false);
    model.done(call, Outcome.of(EventClearResponse.newBuilder().setWasSet(before).build()));
  }

  private void await(ModelCall call, EventWaitRequest request) {
    event(request.getEvent())
        .await(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }
}
