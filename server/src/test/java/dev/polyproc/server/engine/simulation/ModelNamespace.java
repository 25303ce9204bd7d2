package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.ObjectKind;
import org.jspecify.annotations.Nullable;

/** A namespace as the model sees it: keys are the names of attributes. */
final class ModelNamespace extends ModelEntries {
  ModelNamespace(Model model, NamespaceCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getNamespace(), shape.getLifetime(), session);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_NAMESPACE;
  }
}
