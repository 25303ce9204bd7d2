package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockCreateResponse;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockReleaseResponse;

/** What the model does for ReadWriteLockService. */
final class ReadWriteLockHandlers {
  private final Model model;

  ReadWriteLockHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on(
            "ReadWriteLockService/Create",
            ReadWriteLockCreateRequest.getDefaultInstance(),
            this::create)
        .on(
            "ReadWriteLockService/Acquire",
            ReadWriteLockAcquireRequest.getDefaultInstance(),
            (call, request) -> lock(request.getLock()).acquire(call, request))
        .on(
            "ReadWriteLockService/Release",
            ReadWriteLockReleaseRequest.getDefaultInstance(),
            this::release);
  }

  private ModelReadWriteLock lock(String name) {
    return model.object(ModelReadWriteLock.class, name);
  }

  private void create(ModelCall call, ReadWriteLockCreateRequest request) {
    Created<ModelReadWriteLock> created =
        model.create(
            ModelReadWriteLock.class,
            request.getLock(),
            request.getLifetime(),
            call,
            lock -> lock.shape.getOnOwnerEnd() == request.getOnOwnerEnd(),
            session -> new ModelReadWriteLock(model, request, session));
    model.done(
        call,
        Outcome.of(
            ReadWriteLockCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void release(ModelCall call, ReadWriteLockReleaseRequest request) {
    int holds = lock(request.getLock()).release(call, request);
    model.done(call, Outcome.of(ReadWriteLockReleaseResponse.newBuilder().setHolds(holds).build()));
  }
}
