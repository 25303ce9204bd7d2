package dev.polyproc.client.internal.collection;

import java.util.Collection;
import java.util.Objects;

/**
 * What views remove by what another collection has: in one pass over the view, whichever is larger,
 * unlike {@link java.util.AbstractSet}, so that it is a call for a page and not for an element.
 */
final class Removals {
  private Removals() {}

  /** Removes what the others have; answers whether there was any. */
  static boolean all(Collection<?> view, Collection<?> others) {
    Objects.requireNonNull(others);
    return view.removeIf(others::contains);
  }

  /** Removes what the others do not have; answers whether there was any. */
  static boolean allBut(Collection<?> view, Collection<?> others) {
    Objects.requireNonNull(others);
    return view.removeIf(element -> !others.contains(element));
  }
}
