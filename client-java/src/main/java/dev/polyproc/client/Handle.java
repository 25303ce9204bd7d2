package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Ref;
import org.jspecify.annotations.Nullable;

/** What every handle of a shared object has, but those that are Java's own collections. */
abstract non-sealed class Handle implements PolyObject {
  final Requestor requestor;
  final Ref ref;

  /**
   * A handle of the object.
   *
   * @param requestor whose calls mean this very object
   */
  Handle(Requestor requestor, Ref ref) {
    this.requestor = requestor;
    this.ref = ref;
  }

  @Override
  public final String name() {
    return ref.getName();
  }

  @Override
  public final Ref ref() {
    return ref;
  }

  /** The class and the object's name: no call. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + " '" + name() + "'";
  }

  /** Whether it is a handle of the same object, of the same client and under the same guard. */
  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof Handle handle
        && getClass() == handle.getClass()
        && requestor.equals(handle.requestor);
  }

  @Override
  public final int hashCode() {
    return requestor.hashCode();
  }
}
