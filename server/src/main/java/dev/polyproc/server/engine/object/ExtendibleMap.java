package dev.polyproc.server.engine.object;

import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/**
 * A hash table that grows and shrinks a part at a time, so that nobody waits while a million
 * entries move: extendible hashing (Fagin, Nievergelt, Pippenger and Strong, 1979). A directory, as
 * long as a power of two, says by the last bits of a hash in which part an entry is; a part that
 * has become too large is divided by one bit more.
 */
final class ExtendibleMap<K, V> {
  /** So many entries of a part, before it is divided. */
  static final int MOST = 8_192;

  /** Two parts that were one become one again when they have so many together, or fewer. */
  private static final int FEW = MOST / 4;

  /** Entries whose hashes agree in {@code bits} bits. */
  private static final class Part<K, V> extends HashMap<K, V> {
    private static final long serialVersionUID = 1;

    private final int bits;

    Part(int bits, int capacity) {
      super(capacity);
      this.bits = bits;
    }
  }

  private Part<K, V>[] directory = undivided();
  private int size;

  @SuppressWarnings("unchecked") // only parts are put there
  private static <K, V> Part<K, V>[] directory(int length) {
    return new Part[length];
  }

  private static <K, V> Part<K, V>[] undivided() {
    Part<K, V>[] one = directory(1);
    one[0] = new Part<>(0, 16);
    return one;
  }

  int size() {
    return size;
  }

  /** The length of the directory, for tests. */
  int places() {
    return directory.length;
  }

  /** How many parts there are, for tests. */
  int parts() {
    int parts = 0;
    for (int i = 0; i < directory.length; i++) {
      parts += i < 1 << directory[i].bits ? 1 : 0; // Each is counted at its first place.
    }
    return parts;
  }

  @Nullable V get(K key) {
    return part(key).get(key);
  }

  /** The value that is there already; null: there was none, and now is this. */
  @Nullable V putIfAbsent(K key, V value) {
    Part<K, V> part = part(key);
    V before = part.putIfAbsent(key, value);
    if (before == null) {
      size++;
      if (part.size() > MOST) {
        divide(part, place(key));
      }
    }
    return before;
  }

  @Nullable V remove(K key) {
    Part<K, V> part = part(key);
    V removed = part.remove(key);
    if (removed != null) {
      size--;
      if (part.bits > 0 && part.size() < FEW / 2) {
        rejoin(part, place(key));
      }
    }
    return removed;
  }

  void clear() {
    directory = undivided();
    size = 0;
  }

  private Part<K, V> part(K key) {
    return directory[place(key)];
  }

  private int place(K key) {
    return spread(key) & directory.length - 1;
  }

  /** Other bits than those by which the part finds it. */
  private static int spread(Object key) {
    int product = key.hashCode() * 0x9E3779B9;
    return product ^ product >>> 16;
  }

  private void divide(Part<K, V> part, int place) {
    if (1 << part.bits == directory.length) {
      // Where keys were chosen so that their hashes agree, they stay in one part.
      if (size < directory.length * (MOST / 4)) {
        return;
      }
      Part<K, V>[] longer = directory(2 * directory.length);
      System.arraycopy(directory, 0, longer, 0, directory.length);
      System.arraycopy(directory, 0, longer, directory.length, directory.length);
      directory = longer;
    }
    int bit = 1 << part.bits;
    Part<K, V> clear = new Part<>(part.bits + 1, MOST);
    Part<K, V> set = new Part<>(part.bits + 1, MOST);
    part.forEach((key, value) -> ((spread(key) & bit) == 0 ? clear : set).put(key, value));
    put(clear, place & bit - 1);
    put(set, place & bit - 1 | bit);
  }

  private void rejoin(Part<K, V> part, int place) {
    int bit = 1 << part.bits - 1;
    Part<K, V> other = directory[place ^ bit];
    int both = part.size() + other.size();
    if (other.bits == part.bits && both <= FEW) {
      Part<K, V> joined = new Part<>(part.bits - 1, 2 * both);
      joined.putAll(part);
      joined.putAll(other);
      put(joined, place & bit - 1);
    }
  }

  /** Puts a part where its first place is, and at all others that agree in its bits. */
  private void put(Part<K, V> part, int first) {
    for (int i = first; i < directory.length; i += 1 << part.bits) {
      directory[i] = part;
    }
  }
}
