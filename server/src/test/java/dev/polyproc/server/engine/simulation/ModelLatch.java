package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchWaitResponse;
import dev.polyproc.v1.ObjectKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A latch as the model sees it. */
final class ModelLatch extends ModelObject {
  final List<ModelCall> line = new ArrayList<>();
  private final LatchCreateRequest shape;
  long count;

  ModelLatch(Model model, LatchCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getLatch(), shape.getLifetime(), session);
    this.shape = shape;
    this.count = shape.getCount();
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_LATCH;
  }

  boolean isLike(LatchCreateRequest request) {
    return shape.getCount() == request.getCount();
  }

  long countDown(long by) {
    count = Math.max(0, count - Math.max(1, by));
    return count;
  }

  void await(ModelCall call, long timeout) {
    if (count == 0 || timeout == 0) {
      model.done(call, waited(count == 0));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  private static Outcome waited(boolean open) {
    return Outcome.of(LatchWaitResponse.newBuilder().setOpen(open).build());
  }

  @Override
  void settle() {
    while (count == 0 && !line.isEmpty()) {
      model.serve(line.remove(0), waited(true), null);
    }
  }

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    return waited(false);
  }
}
