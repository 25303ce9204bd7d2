package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryAddWriterResponse;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import dev.polyproc.v1.SharedMemoryRemoveWriterResponse;
import java.util.List;
import java.util.function.Consumer;

/** What the model does for SharedMemoryService, and for what the node says of segments. */
final class MemoryHandlers {
  private static final long MOST_BYTES = Integer.MAX_VALUE;

  private final Model model;

  MemoryHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on(
            "SharedMemoryService/Create",
            SharedMemoryCreateRequest.getDefaultInstance(),
            this::create)
        .onRead(
            "SharedMemoryService/Locate",
            SharedMemoryLocateRequest.getDefaultInstance(),
            this::locate)
        .onRead("SharedMemoryService/Get", SharedMemoryGetRequest.getDefaultInstance(), this::get)
        .on(
            "SharedMemoryService/AddWriter",
            SharedMemoryAddWriterRequest.getDefaultInstance(),
            this::addWriter)
        .on(
            "SharedMemoryService/RemoveWriter",
            SharedMemoryRemoveWriterRequest.getDefaultInstance(),
            this::removeWriter);
  }

  private void create(ModelCall call, SharedMemoryCreateRequest request) {
    int bytes = ModelElements.bytes(request.getType());
    if (Long.compareUnsigned(request.getLength(), MOST_BYTES / bytes) > 0
        || ModelSharedMemory.bytes(request) > MOST_BYTES) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    ModelObject there = model.existing(request.getMemory());
    if (there == null && space() + ModelSharedMemory.space(request) > most()) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    if (there == null || (there instanceof ModelSharedMemory memory && !memory.isReady())) {
      model.requireRoomToWait(call);
    }
    Created<ModelSharedMemory> created =
        model.create(
            ModelSharedMemory.class,
            request.getMemory(),
            request.getLifetime(),
            call,
            memory -> memory.isLike(request),
            session -> new ModelSharedMemory(model, request, call, session));
    if (created.isNew()) {
      created.object().begin();
    }
    created.object().create(call);
  }

  private long most() {
    return model.limits.getSharedMemoryBytes();
  }

  private long space() {
    return segments().stream().mapToLong(memory -> ModelSharedMemory.space(memory.shape)).sum();
  }

  private ModelSharedMemory memory(String name) {
    return model.object(ModelSharedMemory.class, name);
  }

  /** All but the path, which the node knows. */
  private Outcome locate(SharedMemoryLocateRequest request) {
    ModelSharedMemory memory = memory(request.getMemory());
    if (!memory.isReady()) {
      throw new Refused(ErrorReason.ERROR_REASON_SEGMENT_NOT_READY);
    }
    return Outcome.of(
        SharedMemoryLocateResponse.newBuilder()
            .setBytes(ModelSharedMemory.bytes(memory.shape))
            .setRef(memory.ref())
            .setType(memory.shape.getType())
            .setLength(memory.shape.getLength())
            .setLock(memory.guard())
            .build(),
        memory.incarnation);
  }

  private Outcome get(SharedMemoryGetRequest request) {
    ModelSharedMemory memory = memory(request.getMemory());
    return Outcome.of(
        SharedMemoryGetResponse.newBuilder()
            .setType(memory.shape.getType())
            .setLength(memory.shape.getLength())
            .setLock(memory.guard())
            .setWriters(memory.writers())
            .setWritersDied(memory.writersDied())
            .build());
  }

  private void addWriter(ModelCall call, SharedMemoryAddWriterRequest request) {
    ModelSession session = model.session(call);
    ModelSharedMemory memory = memory(request.getMemory());
    memory.addWriter(session);
    model.done(
        call,
        Outcome.of(
            SharedMemoryAddWriterResponse.newBuilder()
                .setWritersDied(memory.writersDied())
                .build()));
  }

  private void removeWriter(ModelCall call, SharedMemoryRemoveWriterRequest request) {
    ModelSession session = model.session(call);
    memory(request.getMemory()).removeWriter(session);
    model.done(call, Outcome.of(SharedMemoryRemoveWriterResponse.getDefaultInstance()));
  }

  // What the node sees.

  /** All segments, in the order in which they were created. */
  List<ModelSharedMemory> segments() {
    return model.objects.values().stream()
        .filter(ModelSharedMemory.class::isInstance)
        .map(ModelSharedMemory.class::cast)
        .toList();
  }

  /** Who reports without saying who it is, is the daemon that runs now. */
  void observe(NodeEvent event) {
    switch (event.getKindCase()) {
      case SEGMENT_MADE -> {
        if (!event.getSegmentMade().hasOrigin()) {
          find(event.getSegmentMade().getMemory(), ModelSharedMemory::made);
        }
      }
      case SEGMENT_FAILED -> {
        if (!event.getSegmentFailed().hasOrigin()) {
          find(
              event.getSegmentFailed().getMemory(),
              memory -> memory.failed(event.getSegmentFailed().getFull()));
        }
      }
      default -> {
        // Not about segments.
      }
    }
  }

  private void find(long incarnation, Consumer<ModelSharedMemory> then) {
    segments().stream()
        .filter(memory -> memory.incarnation.is(incarnation))
        .findFirst()
        .ifPresent(then);
  }

  /** The daemon was restarted. */
  void restarted() {
    segments().forEach(ModelSharedMemory::restarted);
  }
}
