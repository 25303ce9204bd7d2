package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;

/** A place for one element: that of a value, or one of an array. */
interface Element {
  /** Whose it is. */
  ManagedObject object();

  /** What it takes. */
  ElementFormat format();

  /** The element that is there; see {@link ElementFormat}. */
  long get();

  /** Replaces it. */
  void set(long bits);

  /** Replaces it; answers the one before. */
  default long exchange(long bits) {
    long before = get();
    set(bits);
    return before;
  }

  /** Replaces it if it is equal to another; answers whether it was. */
  default boolean compareAndSet(long expected, long bits) {
    boolean swaps = format().areEqual(get(), expected);
    if (swaps) {
      set(bits);
    }
    return swaps;
  }

  /** Adds a number to it; answers the one before. */
  default long add(Value amount, boolean wraps) {
    if (!format().isNumber()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_NOT_A_NUMBER,
              "Expected a number to add to, but elements of type " + format().name() + " are none")
          .with("object", object().name());
    }
    return exchange(format().sum(get(), amount, wraps));
  }
}
