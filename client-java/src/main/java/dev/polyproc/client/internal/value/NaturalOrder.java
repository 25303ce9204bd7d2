package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import java.util.Comparator;

/**
 * The order of {@code sort(null)} where it is done here: Java's natural one, but that of texts by
 * code points where the daemon, which sorts them so, may sort others of the same list.
 */
public final class NaturalOrder<E> implements Comparator<E> {
  /** Moves the halves of surrogate pairs above all other characters of 16 bits. */
  private static final int ABOVE = 0x10000;

  private final boolean byCodePoints;

  public NaturalOrder(Codec<E> codec) {
    this.byCodePoints = Codecs.isSortedByDaemon(codec);
  }

  @Override
  @SuppressWarnings("unchecked") // What has no natural order is told by a ClassCastException.
  public int compare(E a, E b) {
    return byCodePoints && a instanceof String text && b instanceof String other
        ? compareCodePoints(text, other)
        : ((Comparable<E>) a).compareTo(b);
  }

  private static int compareCodePoints(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        return Integer.compare(rank(a.charAt(i)), rank(b.charAt(i)));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + ABOVE : c;
  }
}
