package dev.polyproc.server.engine.object;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A hash table that grows and shrinks a part at a time, so that nobody waits while a million
 * entries move: linear hashing (Litwin, 1980). Each time that it has become so much larger, the
 * next part in turn is divided, whichever it is that is full. So the parts are divided one after
 * the other: as hashes are spread evenly, all of them are full at nearly the same time.
 */
final class LinearHashMap<K, V> {
  /** What parts have on the average; those whose turn is still to come have up to twice as many. */
  static final int LOAD = 1_024;

  /** When there are so few on the average, the last part is given back. */
  private static final int FEW = LOAD / 4;

  /** A part with more is of keys that were chosen for it. It is not moved: that would take long. */
  static final int CROWDED = 4 * LOAD;

  /** A table of {@code 2 * LOAD} places so has room for the largest part that comes about. */
  private static final float LOAD_FACTOR = 1.25f;

  /** At its place is the part; a crowded one can be at several. */
  private HashMap<K, V>[] parts = onePart();

  private int count = 1;
  private int size;

  @SuppressWarnings({"unchecked", "rawtypes"}) // only parts are put there
  private static <K, V> HashMap<K, V>[] onePart() {
    return new HashMap[] {new HashMap<K, V>(16, LOAD_FACTOR)};
  }

  int size() {
    return size;
  }

  /** How many places of parts there are, for tests. */
  int parts() {
    return count;
  }

  /** How many entries the largest part has, for tests. */
  int largest() {
    return Arrays.stream(parts, 0, count).mapToInt(Map::size).max().orElseThrow();
  }

  @Nullable V get(K key) {
    return part(key).get(key);
  }

  /** The value that is there already; null: there was none, and now is this. */
  @Nullable V putIfAbsent(K key, V value) {
    V before = part(key).putIfAbsent(key, value);
    if (before == null) {
      size++;
      if (size > (long) count * LOAD) {
        divide();
      }
    }
    return before;
  }

  @Nullable V remove(K key) {
    V removed = part(key).remove(key);
    if (removed != null) {
      size--;
      if (count > 1 && size < (long) count * FEW) {
        rejoin();
      }
    }
    return removed;
  }

  void clear() {
    parts = onePart();
    count = 1;
    size = 0;
  }

  private HashMap<K, V> part(Object key) {
    return parts[place(key)];
  }

  /** By one bit of the hash more where the part was divided in this round. */
  private int place(Object key) {
    int hash = spread(key);
    int undivided = Integer.highestOneBit(count);
    int place = hash & (2 * undivided - 1);
    return place < count ? place : place - undivided;
  }

  /** Other bits than those by which the part finds it. */
  private static int spread(Object key) {
    int product = key.hashCode() * 0x9E3779B9;
    return product ^ product >>> 16;
  }

  /** The part of which one was divided, or will be. */
  private static int origin(int place) {
    return place - Integer.highestOneBit(place);
  }

  private void divide() {
    int added = count;
    HashMap<K, V> whole = parts[origin(added)];
    if (added == parts.length) {
      parts = Arrays.copyOf(parts, 2 * added);
    }
    count++;
    if (whole.size() > CROWDED) {
      parts[added] = whole;
    } else {
      parts[added] = new HashMap<>(2 * LOAD, LOAD_FACTOR);
      move(whole, added);
    }
  }

  private void rejoin() {
    int last = count - 1;
    int place = origin(last);
    HashMap<K, V> given = parts[last];
    boolean isCrowded = given.size() > CROWDED;
    HashMap<K, V> to = isCrowded ? given : parts[place];
    HashMap<K, V> from = isCrowded ? parts[place] : given;
    if (from != to && from.size() > CROWDED) {
      return; // Both are.
    }
    count--;
    parts[last] = null;
    parts[place] = to;
    if (from != to) {
      move(from, place);
    }
  }

  /** Moves those entries of a part that belong to another place. */
  private void move(HashMap<K, V> from, int place) {
    HashMap<K, V> to = parts[place];
    for (Iterator<Map.Entry<K, V>> left = from.entrySet().iterator(); left.hasNext(); ) {
      Map.Entry<K, V> entry = left.next();
      if (place(entry.getKey()) == place) {
        to.put(entry.getKey(), entry.getValue());
        left.remove();
      }
    }
  }
}
