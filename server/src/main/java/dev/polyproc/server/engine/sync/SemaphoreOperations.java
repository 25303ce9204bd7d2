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
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreCreateResponse;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.SemaphoreProto;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreReleaseResponse;
import org.jspecify.annotations.Nullable;

/** SemaphoreService. */
public final class SemaphoreOperations implements Family {
  private final World world;

  public SemaphoreOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(SemaphoreProto.getDescriptor())
        .on("Create", SemaphoreCreateRequest.getDefaultInstance(), this::create)
        .on("Acquire", SemaphoreAcquireRequest.getDefaultInstance(), this::acquire)
        .on("Release", SemaphoreReleaseRequest.getDefaultInstance(), this::release)
        .on("Drain", SemaphoreDrainRequest.getDefaultInstance(), this::drain)
        .on("Get", SemaphoreGetRequest.getDefaultInstance(), this::get)
        .waiting(
            WantsCase.PERMIT_ACQUIRER,
            (call, state, semaphore) -> PermitAcquirer.restored(call, state));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasSemaphore() ? Semaphore.restored(header, state.getSemaphore(), restored) : null;
  }

  private Semaphore semaphore(String name, Invocation call) {
    return world.objects().find(Semaphore.KIND, name, call);
  }

  private Answer create(SemaphoreCreateRequest request, Invocation call) {
    Semaphore.Form form = form(request);
    Created<Semaphore> created =
        world
            .objects()
            .create(
                Semaphore.KIND,
                request.getSemaphore(),
                request.getLifetime(),
                call,
                form::shape,
                header -> new Semaphore(header, form));
    return Answer.of(
        SemaphoreCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private static Semaphore.Form form(SemaphoreCreateRequest request) {
    Refusal.requireAtMost("max_permits", request.getMaxPermits(), Integer.MAX_VALUE);
    int most = request.getMaxPermits() == 0 ? Integer.MAX_VALUE : request.getMaxPermits();
    Refusal.requireAtMost("permits", request.getPermits(), most);
    return new Semaphore.Form(
        request.getPermits(),
        most,
        kind(request.getKind()),
        HoldTerms.onOwnerEnd(request.getOnOwnerEnd()));
  }

  private static SemaphoreKind kind(SemaphoreKind kind) {
    return switch (kind) {
      case SEMAPHORE_KIND_UNSPECIFIED, SEMAPHORE_KIND_PLAIN -> SemaphoreKind.SEMAPHORE_KIND_PLAIN;
      case SEMAPHORE_KIND_OWNED -> kind;
      case UNRECOGNIZED ->
          throw Refusal.argument("kind", "Expected kind to be PLAIN or OWNED, but it is another");
    };
  }

  private Answer acquire(SemaphoreAcquireRequest request, Invocation call) {
    Semaphore semaphore = semaphore(request.getSemaphore(), call);
    Refusal.requireAtMost("permits", request.getPermits(), semaphore.maxPermits());
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease =
        HoldTerms.lease(world, "a semaphore", request.hasLease(), request.getLease(), call);
    PermitTerms terms = new PermitTerms(lease, request.getByToken());
    return semaphore.acquire(call, Math.max(1, request.getPermits()), terms, timeout);
  }

  private Answer release(SemaphoreReleaseRequest request, Invocation call) {
    long permits = Math.max(1, Integer.toUnsignedLong(request.getPermits()));
    int left = semaphore(request.getSemaphore(), call).release(call, permits, request.getToken());
    return Answer.of(SemaphoreReleaseResponse.newBuilder().setPermits(left).build());
  }

  private Answer drain(SemaphoreDrainRequest request, Invocation call) {
    Semaphore semaphore = semaphore(request.getSemaphore(), call);
    long lease =
        HoldTerms.lease(world, "a semaphore", request.hasLease(), request.getLease(), call);
    return semaphore.drain(call, new PermitTerms(lease, request.getByToken()));
  }

  private Answer get(SemaphoreGetRequest request, Invocation call) {
    return Answer.of(semaphore(request.getSemaphore(), call).describe(call));
  }
}
