package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueCreateRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value as the model sees it. */
final class ModelSharedValue extends ModelCollection {
  final ElementType type;
  private final String lock;
  Value content;

  ModelSharedValue(Model model, ValueCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getValue(), shape.getLifetime(), session);
    this.type = shape.getType();
    this.lock = shape.getLock();
    this.content =
        shape.hasContent()
            ? ModelElements.element(type, shape.getContent(), Overflow.OVERFLOW_REFUSE)
            : ModelElements.zero(type);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_VALUE;
  }

  @Override
  List<Value> values() {
    return List.of(); // An element refers to nothing.
  }

  boolean isLike(ValueCreateRequest request) {
    return type == request.getType() && lock.equals(request.getLock());
  }

  String guard() {
    return lock.isEmpty() ? name + "/lock" : lock;
  }
}
