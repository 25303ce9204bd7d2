package dev.polyproc.server.engine.memory;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.internal.v1.SegmentFailed;
import dev.polyproc.internal.v1.SegmentMade;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.LockNotices;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryAddWriterResponse;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryProto;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import dev.polyproc.v1.SharedMemoryRemoveWriterResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SharedMemoryService; of Locate what the engine has to say, the path is the node's. */
public final class SharedMemoryOperations implements Family {
  private final World world;
  private final Segments segments;

  /** The service; {@code notices} tells those who hold a lock. */
  public SharedMemoryOperations(World world, LockNotices notices) {
    this.world = world;
    this.segments = new Segments(notices);
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(SharedMemoryProto.getDescriptor())
        .withSecret("Create", SharedMemoryCreateRequest.getDefaultInstance(), this::create)
        .on("Locate", SharedMemoryLocateRequest.getDefaultInstance(), this::locate)
        .on("Get", SharedMemoryGetRequest.getDefaultInstance(), this::get)
        .on("AddWriter", SharedMemoryAddWriterRequest.getDefaultInstance(), this::addWriter)
        .on(
            "RemoveWriter",
            SharedMemoryRemoveWriterRequest.getDefaultInstance(),
            this::removeWriter)
        .waiting(
            WantsCase.SEGMENT_CREATOR,
            (call, state, memory) ->
                new Creator(call, (SharedMemory) memory, state.getSegmentCreator()));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasSharedMemory()
        ? SharedMemory.restored(header, state.getSharedMemory(), segments, restored)
        : null;
  }

  @Override
  public void observe(NodeEvent event) {
    switch (event.getKindCase()) {
      case SEGMENT_MADE -> made(event.getSegmentMade());
      case SEGMENT_FAILED -> failed(event.getSegmentFailed());
      default -> {
        // Not about segments.
      }
    }
  }

  private void made(SegmentMade event) {
    SharedMemory memory = segments.find(event.getMemory());
    if (memory != null && memory.isOf(event.getOrigin())) {
      memory.made();
    }
  }

  private void failed(SegmentFailed event) {
    SharedMemory memory = segments.find(event.getMemory());
    if (memory != null && memory.isOf(event.getOrigin())) {
      memory.failed(event.getFull(), event.getReason());
    }
  }

  @Override
  public void restarted(Origin by) {
    for (SharedMemory memory : List.copyOf(segments.all())) {
      if (memory.wentWithItsDaemon(by)) {
        world.objects().delete(memory);
      }
    }
  }

  private SharedMemory memory(String name, Invocation call) {
    return world.objects().find(SharedMemory.KIND, name, call);
  }

  private Answer create(SharedMemoryCreateRequest request, Invocation call) {
    String name = request.getMemory();
    SegmentPlan plan = plan(request, call);
    ManagedObject there = world.objects().existing(name);
    if (there == null) {
      requireSpace(plan);
      world.waiting().requireRoom(call, Directory.footprint(name, call), 1);
    } else if (there instanceof SharedMemory memory && !memory.isReady()) {
      world.waiting().requireRoom(call, 0, 1);
    }
    Created<SharedMemory> created =
        world
            .objects()
            .create(
                SharedMemory.KIND,
                name,
                request.getLifetime(),
                call,
                () -> SharedMemory.shape(plan.type(), plan.length(), plan.lock()),
                header -> new SharedMemory(header, segments, plan, call.origin()));
    if (created.isNew()) {
      created.object().begin();
    }
    return created.object().create(call, created.isNew());
  }

  private SegmentPlan plan(SharedMemoryCreateRequest request, Invocation call) {
    ElementType type = request.getType();
    String lock = LockName.asked(request.getMemory(), request.getLock(), world);
    long most = SegmentPlan.most(type);
    if (Long.compareUnsigned(request.getLength(), most) > 0) {
      throw Refusal.argument(
          "length",
          "Expected at most "
              + most
              + " elements, which every language can map, but it is "
              + Long.toUnsignedString(request.getLength())
              + "; take several segments");
    }
    return new SegmentPlan(type, request.getLength(), lock, call.secret());
  }

  private void requireSpace(SegmentPlan plan) {
    long most = world.limits().getSharedMemoryBytes();
    if (plan.space() > most - segments.bytes()) {
      throw Refusal.limit("shared_memory_bytes", most, "bytes in all segments of shared memory");
    }
  }

  private Answer locate(SharedMemoryLocateRequest request, Invocation call) {
    SharedMemory memory = memory(request.getMemory(), call);
    memory.requireReady();
    SegmentPlan plan = memory.plan();
    return Answer.of(
        SharedMemoryLocateResponse.newBuilder()
            .setBytes(plan.bytes())
            .setRef(memory.ref())
            .setType(plan.type())
            .setLength(plan.length())
            .setLock(memory.lockName())
            .build());
  }

  private Answer get(SharedMemoryGetRequest request, Invocation call) {
    SharedMemory memory = memory(request.getMemory(), call);
    return Answer.of(
        SharedMemoryGetResponse.newBuilder()
            .setType(memory.plan().type())
            .setLength(memory.plan().length())
            .setLock(memory.lockName())
            .setWriters(memory.writers())
            .setWritersDied(memory.writersDied())
            .build());
  }

  private Answer addWriter(SharedMemoryAddWriterRequest request, Invocation call) {
    Caller session = call.session("a writer of shared memory");
    SharedMemory memory = memory(request.getMemory(), call);
    memory.addWriter(call, session);
    return Answer.of(
        SharedMemoryAddWriterResponse.newBuilder().setWritersDied(memory.writersDied()).build());
  }

  private Answer removeWriter(SharedMemoryRemoveWriterRequest request, Invocation call) {
    Caller session = call.session("a writer of shared memory");
    memory(request.getMemory(), call).removeWriter(session);
    return Answer.of(SharedMemoryRemoveWriterResponse.getDefaultInstance());
  }
}
