package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A segment of shared memory as the model sees it. */
final class ModelSharedMemory extends ModelObject {
  private static final int HEADER_BYTES = 64;
  private static final int PAGE_BYTES = 4_096;

  final SharedMemoryCreateRequest shape;

  /** How its file is called, by which the node is asked for it. */
  final String file;

  private final ModelCall creator;
  private final List<ModelCall> line = new ArrayList<>();
  private final List<Writer> writers = new ArrayList<>();
  private boolean ready;
  private int writersDied;

  private record Writer(ModelSession session, long number) {}

  ModelSharedMemory(
      Model model, SharedMemoryCreateRequest shape, ModelCall call, @Nullable ModelSession owner) {
    super(model, shape.getMemory(), shape.getLifetime(), owner);
    this.shape = shape;
    this.creator = call;
    this.file = call.envelope.getSecret();
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_SHARED_MEMORY;
  }

  boolean isLike(SharedMemoryCreateRequest request) {
    return shape.getType() == request.getType()
        && shape.getLength() == request.getLength()
        && shape.getLock().equals(request.getLock());
  }

  String guard() {
    return shape.getLock().isEmpty() ? name + "/lock" : shape.getLock();
  }

  static long bytes(SharedMemoryCreateRequest shape) {
    return HEADER_BYTES + shape.getLength() * ModelElements.bytes(shape.getType());
  }

  /** The whole pages that it takes. */
  static long space(SharedMemoryCreateRequest shape) {
    long bytes = bytes(shape);
    return bytes % PAGE_BYTES == 0 ? bytes : (bytes / PAGE_BYTES + 1) * PAGE_BYTES;
  }

  // Its making.

  /** It is new, and asked for. */
  void begin() {
    if (shape.getLock().isEmpty() && model.objects.get(guard()) instanceof ModelLock lock) {
      lock.forgetDeaths();
    }
    ask();
  }

  /** The node is asked for it. */
  private void ask() {
    model.asked(file, NodeEffects.making(shape.getType(), shape.getLength(), bytes(shape)));
  }

  void create(ModelCall call) {
    if (ready) {
      model.done(call, created(call));
    } else {
      model.park(call, this, ModelCall.NEVER);
      line.add(call);
    }
  }

  private Outcome created(ModelCall call) {
    return Outcome.of(
        SharedMemoryCreateResponse.newBuilder()
            .setRef(ref())
            .setCreated(call == creator)
            .setLock(guard())
            .build(),
        incarnation);
  }

  boolean isReady() {
    return ready;
  }

  void made() {
    ready = true;
  }

  void failed(boolean isFull) {
    if (ready) {
      model.met("a segment that was there was said to have failed");
      return;
    }
    Outcome failed =
        Outcome.refused(
            isFull ? ErrorReason.ERROR_REASON_NO_SPACE : ErrorReason.ERROR_REASON_SEGMENT_FAILED);
    List.copyOf(line).forEach(call -> model.finish(call, failed));
    model.delete(this);
  }

  /** The daemon was restarted. */
  void restarted() {
    if (ready) {
      model.met("a segment went with its daemon");
      model.delete(this);
    } else {
      model.met("a segment was asked for again");
      ask();
    }
  }

  // Who writes.

  void addWriter(ModelSession session) {
    if (writers.stream().noneMatch(writer -> writer.session == session)) {
      writers.add(new Writer(session, model.nextNumber()));
    }
  }

  void removeWriter(ModelSession session) {
    writers.removeIf(writer -> writer.session == session);
  }

  int writers() {
    return writers.size();
  }

  int writersDied() {
    return writersDied;
  }

  private void died(Writer writer) {
    writers.remove(writer);
    writersDied++;
    model.asked(file, "mark " + writersDied);
    model.ownerDied(guard());
  }

  // The object.

  @Override
  void settle() {
    while (ready && !line.isEmpty()) {
      ModelCall next = line.remove(0);
      model.serve(next, created(next), null);
    }
  }

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  void takenBack(ModelCall call) {
    if (call == creator && !ready) {
      if (line.isEmpty()) {
        model.met("a segment went with its creator");
        model.delete(this);
      } else {
        model.met("a segment stayed for others than its creator");
      }
    }
  }

  @Override
  @Nullable Outcome expired(ModelCall call) {
    return null;
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    return writers.stream()
        .filter(writer -> writer.session == holder)
        .map(writer -> new Due(0, writer.number, () -> died(writer)))
        .toList();
  }

  @Override
  void deleted() {
    writers.clear();
    model.asked(file, "remove");
    if (writersDied > 0
        && shape.getLock().isEmpty()
        && model.objects.get(guard()) instanceof ModelLock lock) {
      lock.tellNobody();
    }
  }
}
