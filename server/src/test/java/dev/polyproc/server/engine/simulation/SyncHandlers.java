package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionCreateResponse;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionNotifyResponse;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventClearResponse;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventCreateResponse;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventSetResponse;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockCreateResponse;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockReleaseResponse;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.List;

/** What the model does for LockService, ConditionService and EventService. */
final class SyncHandlers {
  private final Model model;

  SyncHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("LockService/Create", LockCreateRequest.getDefaultInstance(), this::createLock)
        .on("LockService/Acquire", LockAcquireRequest.getDefaultInstance(), this::acquire)
        .on("LockService/AcquireAll", LockAcquireAllRequest.getDefaultInstance(), this::acquireAll)
        .on("LockService/Release", LockReleaseRequest.getDefaultInstance(), this::release)
        .on(
            "ConditionService/Create",
            ConditionCreateRequest.getDefaultInstance(),
            this::createCondition)
        .on("ConditionService/Wait", ConditionWaitRequest.getDefaultInstance(), this::await)
        .on("ConditionService/Notify", ConditionNotifyRequest.getDefaultInstance(), this::wake)
        .on("EventService/Create", EventCreateRequest.getDefaultInstance(), this::createEvent)
        .on("EventService/Set", EventSetRequest.getDefaultInstance(), this::set)
        .on("EventService/Clear", EventClearRequest.getDefaultInstance(), this::clear)
        .on("EventService/Wait", EventWaitRequest.getDefaultInstance(), this::await);
  }

  private void createLock(ModelCall call, LockCreateRequest request) {
    if (request.getLifetime() == Lifetime.LIFETIME_WHILE_USED) {
      requireFreeOrLike(request.getLock(), request);
      Ref ref =
          Ref.newBuilder().setKind(ObjectKind.OBJECT_KIND_LOCK).setName(request.getLock()).build();
      model.done(call, Outcome.of(LockCreateResponse.newBuilder().setRef(ref).build()));
      return;
    }
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
    if (request.hasCreate() && requireFreeOrLike(request.getLock(), request.getCreate())) {
      if (call.session == null && !request.hasLease()) {
        throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
      }
      LockCreateRequest shape = request.getCreate().toBuilder().setLock(request.getLock()).build();
      model.objects.put(request.getLock(), new ModelLock(model, shape, null));
    }
    model.object(ModelLock.class, request.getLock()).acquire(call, request);
  }

  private void acquireAll(ModelCall call, LockAcquireAllRequest request) {
    if (call.session == null && !request.hasLease()) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    List<ModelLock> locks = new ArrayList<>();
    for (int i = 0; i < request.getLocksCount(); i++) {
      locks.add(oneOfSeveral(call, request, i));
    }
    ModelLock.acquireAll(model, call, locks);
  }

  /** A lock, which is new where it is to be made. */
  private ModelLock oneOfSeveral(ModelCall call, LockAcquireAllRequest request, int index) {
    String name = request.getLocks(index);
    if (request.hasCreate()) {
      LockCreateRequest shape = request.getCreate().toBuilder().setLock(name).build();
      return requireFreeOrLike(name, shape)
          ? new ModelLock(model, shape, null)
          : model.object(ModelLock.class, name);
    }
    long first = index == 0 ? call.envelope.getIncarnation() : 0;
    long incarnation =
        index < request.getIncarnationsCount() ? request.getIncarnations(index) : first;
    return model.objectOfTime(ModelLock.class, name, incarnation);
  }

  /** Whether there is no such lock; refused where another one is in the way. */
  private boolean requireFreeOrLike(String name, LockCreateRequest shape) {
    if (model.isAbsent(name)) {
      return true;
    }
    ModelLock lock = model.object(ModelLock.class, name);
    if (lock.lifetime != Lifetime.LIFETIME_WHILE_USED || !lock.isLike(shape)) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    }
    return false;
  }

  private void release(ModelCall call, LockReleaseRequest request) {
    if (request.getToken() != 0 && model.isAbsent(request.getLock())) {
      throw new Refused(ErrorReason.ERROR_REASON_STALE_TOKEN);
    }
    int holds = model.object(ModelLock.class, request.getLock()).release(call, request);
    model.done(call, Outcome.of(LockReleaseResponse.newBuilder().setHolds(holds).build()));
  }

  private void createCondition(ModelCall call, ConditionCreateRequest request) {
    ModelLock lock =
        model.objectOfTime(ModelLock.class, request.getLock(), request.getLockIncarnation());
    if (lock.lifetime == Lifetime.LIFETIME_WHILE_USED) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Created<ModelCondition> created =
        model.create(
            ModelCondition.class,
            request.getCondition(),
            request.getLifetime(),
            call,
            condition -> condition.lock == lock,
            session -> new ModelCondition(model, request, lock, session));
    model.done(
        call,
        Outcome.of(
            ConditionCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void await(ModelCall call, ConditionWaitRequest request) {
    model.object(ModelCondition.class, request.getCondition()).await(call, request);
  }

  private void wake(ModelCall call, ConditionNotifyRequest request) {
    if (request.getAll() && request.getCount() != 0) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    long most = request.getAll() ? Long.MAX_VALUE : Math.max(1, request.getCount());
    int woken =
        model
            .object(ModelCondition.class, request.getCondition())
            .wake(call, request.getToken(), most);
    model.done(call, Outcome.of(ConditionNotifyResponse.newBuilder().setNotified(woken).build()));
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
