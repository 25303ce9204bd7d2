package dev.polyproc.server.engine.object;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A hash table that grows and shrinks a part at a time, so that nobody waits while a million
 * entries move: linear hashing (Litwin, 1980). Each time that it has become so much larger, the
 * next part in turn is divided, whichever is full. So the parts are divided one after the other: as
 * hashes are spread evenly, all of them are full at nearly the same time.
 */
final class LinearHashMap<K, V> {
  /** What parts have on the average; those whose turn is still to come have up to twice as many. */
  static final int LOAD = 1_024;

  /** When there are so few on the average, the last part is given back. */
  private static final int FEW = LOAD / 4;

  /** A part with more is of keys that were chosen for it. It is not moved: that would take long. */
  static final int CROWDED = 4 * LOAD;

  /** A part with room for {@code 2 * LOAD} so has it for the largest that comes about. */
  private static final float LOAD_FACTOR = 1.25f;

  /** The places of a part that has few entries. */
  private static final int LEAST_PLACES = 16;

  /** A part's own table grows by itself, and is made anew when so small a share of it is used. */
  private static final int SHRINK = 8;

  /** At its place is the part; a crowded one can be at several. */
  private Part<K, V>[] parts = onePart();

  private int count = 1;
  private int size;

  /** A hash table that gives back what it grew to. */
  private static final class Part<K, V> {
    private Map<K, V> entries;

    /** Of how many entries the table has room for about. */
    private int room;

    Part(int room) {
      this.room = room;
      this.entries = new HashMap<>(room, LOAD_FACTOR);
    }

    int size() {
      return entries.size();
    }

    @Nullable V putIfAbsent(K key, V value) {
      V before = entries.putIfAbsent(key, value);
      room = Math.max(room, entries.size());
      return before;
    }

    @Nullable V remove(K key) {
      V removed = entries.remove(key);
      shrink();
      return removed;
    }

    private void shrink() {
      int left = entries.size();
      if (room > LEAST_PLACES && left < room / SHRINK) {
        room = Math.max(LEAST_PLACES, 2 * left);
        Map<K, V> smaller = new HashMap<>(room, LOAD_FACTOR);
        smaller.putAll(entries);
        entries = smaller;
      }
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // only parts are put there
  private static <K, V> Part<K, V>[] onePart() {
    return new Part[] {new Part<K, V>(LEAST_PLACES)};
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
    return Arrays.stream(parts, 0, count).mapToInt(Part::size).max().orElseThrow();
  }

  @Nullable V get(K key) {
    return part(key).entries.get(key);
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

  /** How many entries all tables have room for, for tests. */
  int room() {
    return Arrays.stream(parts, 0, count).mapToInt(part -> part.room).sum();
  }

  private Part<K, V> part(Object key) {
    return parts[place(key)];
  }

  /** By one bit of the hash more where the part was divided in this round. */
  private int place(Object key) {
    int hash = spread(key);
    int undivided = Integer.highestOneBit(count);
    int place = hash & (2 * undivided - 1);
    return place < count ? place : place - undivided;
  }

  /** Mixed otherwise than by HashMap, or the keys of one part would share few of its places. */
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
    Part<K, V> whole = parts[origin(added)];
    if (added == parts.length) {
      parts = Arrays.copyOf(parts, 2 * added);
    }
    count++;
    if (whole.size() > CROWDED) {
      parts[added] = whole;
    } else {
      parts[added] = new Part<>(2 * LOAD);
      move(whole, added);
    }
  }

  private void rejoin() {
    int last = count - 1;
    int place = origin(last);
    Part<K, V> given = parts[last];
    boolean isCrowded = given.size() > CROWDED;
    Part<K, V> to = isCrowded ? given : parts[place];
    Part<K, V> from = isCrowded ? parts[place] : given;
    if (from != to && from.size() > CROWDED) {
      return; // Both are crowded.
    }
    count--;
    parts[last] = null;
    parts[place] = to;
    if (from != to) {
      move(from, place);
    }
  }

  /** Moves those entries of a part that belong to another place. */
  private void move(Part<K, V> from, int place) {
    Part<K, V> to = parts[place];
    Iterator<Map.Entry<K, V>> left = from.entries.entrySet().iterator();
    while (left.hasNext()) {
      Map.Entry<K, V> entry = left.next();
      if (place(entry.getKey()) == place) {
        to.putIfAbsent(entry.getKey(), entry.getValue());
        left.remove();
      }
    }
    from.shrink();
  }
}
