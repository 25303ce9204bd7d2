package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCountDownResponse;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchCreateResponse;
import dev.polyproc.v1.LatchWaitRequest;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreCreateResponse;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreReleaseResponse;

/** What the model does for SemaphoreService and LatchService. */
final class CountHandlers {
  private final Model model;

  CountHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("SemaphoreService/Create", SemaphoreCreateRequest.getDefaultInstance(), this::create)
        .on("SemaphoreService/Acquire", SemaphoreAcquireRequest.getDefaultInstance(), this::acquire)
        .on("SemaphoreService/Release", SemaphoreReleaseRequest.getDefaultInstance(), this::release)
        .on("SemaphoreService/Drain", SemaphoreDrainRequest.getDefaultInstance(), this::drain)
        .on("LatchService/Create", LatchCreateRequest.getDefaultInstance(), this::createLatch)
        .on("LatchService/CountDown", LatchCountDownRequest.getDefaultInstance(), this::countDown)
        .on("LatchService/Wait", LatchWaitRequest.getDefaultInstance(), this::await);
  }

  private ModelSemaphore semaphore(String name) {
    return model.object(ModelSemaphore.class, name);
  }

  private void create(ModelCall call, SemaphoreCreateRequest request) {
    if (request.getMaxPermits() != 0 && request.getPermits() > request.getMaxPermits()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Created<ModelSemaphore> created =
        model.create(
            ModelSemaphore.class,
            request.getSemaphore(),
            request.getLifetime(),
            call,
            semaphore -> semaphore.isLike(request),
            session -> new ModelSemaphore(model, request, session));
    model.done(
        call,
        Outcome.of(
            SemaphoreCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void acquire(ModelCall call, SemaphoreAcquireRequest request) {
    semaphore(request.getSemaphore()).acquire(call, request);
  }

  private void release(ModelCall call, SemaphoreReleaseRequest request) {
    ModelSemaphore semaphore = semaphore(request.getSemaphore());
    semaphore.release(call, request);
    model.settle(); // It tells what is left when those who waited were served.
    model.done(
        call,
        Outcome.of(SemaphoreReleaseResponse.newBuilder().setPermits(semaphore.permits).build()));
  }

  private void drain(ModelCall call, SemaphoreDrainRequest request) {
    semaphore(request.getSemaphore()).drain(call, request);
  }

  private ModelLatch latch(String name) {
    return model.object(ModelLatch.class, name);
  }

  private void createLatch(ModelCall call, LatchCreateRequest request) {
    Created<ModelLatch> created =
        model.create(
            ModelLatch.class,
            request.getLatch(),
            request.getLifetime(),
            call,
            latch -> latch.isLike(request),
            session -> new ModelLatch(model, request, session));
    model.done(
        call,
        Outcome.of(
            LatchCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void countDown(ModelCall call, LatchCountDownRequest request) {
    long count = latch(request.getLatch()).countDown(request.getBy());
    model.done(call, Outcome.of(LatchCountDownResponse.newBuilder().setCount(count).build()));
  }

  private void await(ModelCall call, LatchWaitRequest request) {
    latch(request.getLatch())
        .await(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }
}
