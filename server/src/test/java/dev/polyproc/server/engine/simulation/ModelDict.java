package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ObjectKind;
import org.jspecify.annotations.Nullable;

/** A dict as the model sees it. */
final class ModelDict extends ModelEntries {
  ModelDict(Model model, DictCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getDict(), shape.getLifetime(), session);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_DICT;
  }
}
