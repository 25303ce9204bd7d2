package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An array as the model sees it. */
final class ModelArray extends ModelCollection {
  final ElementType type;
  private final String lock;
  final List<Value> elements;

  ModelArray(
      Model model, ArrayCreateRequest shape, List<Value> first, @Nullable ModelSession session) {
    super(model, shape.getArray(), shape.getLifetime(), session);
    this.type = shape.getType();
    this.lock = shape.getLock();
    this.elements = new ArrayList<>(first);
    while (elements.size() < shape.getLength()) {
      elements.add(ModelElements.zero(type));
    }
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_ARRAY;
  }

  @Override
  List<Value> values() {
    return List.of(); // An element refers to nothing.
  }

  boolean isLike(ArrayCreateRequest request) {
    return type == request.getType()
        && elements.size() == request.getLength()
        && lock.equals(request.getLock());
  }

  String guard() {
    return lock.isEmpty() ? name + "/lock" : lock;
  }

  int position(long index) {
    return ModelList.position(index, elements.size());
  }

  List<Integer> positions(ListRange range) {
    return ModelList.positions(range, elements.size());
  }
}
