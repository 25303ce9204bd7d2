package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.DictState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.v1.ObjectKind;

/** A namespace: a dict whose keys are attributes. */
final class Namespace extends Entries {
  static final Kind<Namespace> KIND = new Kind<>(ObjectKind.OBJECT_KIND_NAMESPACE, Namespace.class);

  Namespace(Header header) {
    super(header);
  }

  Namespace(Header header, DictState state) {
    super(header, state);
  }

  @Override
  protected String summary() {
    return size() + " attributes";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setNamespace(save());
  }
}
