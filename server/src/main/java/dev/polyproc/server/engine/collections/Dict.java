package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.DictState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.v1.ObjectKind;

/** A dict. */
final class Dict extends Entries {
  static final Kind<Dict> KIND = new Kind<>(ObjectKind.OBJECT_KIND_DICT, Dict.class);

  Dict(Header header) {
    super(header);
  }

  Dict(Header header, DictState state) {
    super(header, state);
  }

  @Override
  protected String summary() {
    return size() + " keys";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setDict(save());
  }
}
