package dev.polyproc.client;

import dev.polyproc.v1.Ref;

/**
 * A shared object. As a value, in a list, a dict, a queue or wherever values are, it is a ref: the
 * object itself, not a copy; see {@link Toolbox#lists} and its like, which read it back.
 *
 * <p><b>Guarantee</b>: it means this very object. When that is gone, every call fails with {@code
 * ERROR_REASON_OBJECT_DELETED}, also when there is another object of its name.
 */
public sealed interface PolyObject permits Handle, PolyDict, PolyList, PolyQueue, QueueView {
  /** The object's name. */
  String name();

  /** Which object exactly. */
  Ref ref();
}
