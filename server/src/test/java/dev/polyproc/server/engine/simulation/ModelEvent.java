package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventWaitResponse;
import dev.polyproc.v1.ObjectKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event as the model sees it. */
final class ModelEvent extends ModelObject {
  final List<ModelCall> line = new ArrayList<>();
  boolean set;

  ModelEvent(Model model, EventCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getEvent(), shape.getLifetime(), session);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_EVENT;
  }

  boolean set(boolean now) {
    boolean before = set;
    set = now;
    return before;
  }

  void await(ModelCall call, long timeout) {
    if (set || timeout == 0) {
      model.done(call, waited(set));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  private static Outcome waited(boolean set) {
    return Outcome.of(EventWaitResponse.newBuilder().setSet(set).build());
  }

  @Override
  void settle() {
    while (set && !line.isEmpty()) {
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
