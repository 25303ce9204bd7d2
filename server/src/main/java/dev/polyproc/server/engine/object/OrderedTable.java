package dev.polyproc.server.engine.object;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A table of rows in the order of their numbers, found by key, and listed a page at a time: a hash
 * index beside the rows in blocks.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Finding, adding and removing take constant time, give or take a search by number when
 *       removing, and a part of the index or a block that is moved now and then: of whatever length
 *       the table is, no step moves more than some thousand rows.
 *   <li>So does finding the first row and the last.
 *   <li>A page takes time in proportion to its length, wherever it begins, and no row is on two
 *       pages, whatever changes in between. So it is while somebody goes through all rows.
 * </ul>
 */
public final class OrderedTable<K, R extends OrderedTable.Row<K>> implements Iterable<R> {
  /** A row: its key, and its number, which grows from row to row. */
  public interface Row<K> {
    K key();

    long number();
  }

  private final LinearHashMap<K, R> index = new LinearHashMap<>();

  /** None of them is empty. */
  private final List<Block<R>> blocks = new ArrayList<>(0);

  /** How often a row was added or removed. */
  private long changes;

  public int size() {
    return index.size();
  }

  public @Nullable R get(K key) {
    return index.get(key);
  }

  /** Adds a row whose key is new and whose number is above all others. */
  public void add(R row) {
    R last = last();
    if (last != null && last.number() >= row.number()
        || index.putIfAbsent(row.key(), row) != null) {
      throw new IllegalStateException("Expected a new key and a higher number for " + row.key());
    }
    changes++;
    if (last == null || !blocks.get(blocks.size() - 1).append(row)) {
      Block<R> block = new Block<>();
      block.append(row);
      blocks.add(block);
    }
  }

  public @Nullable R remove(K key) {
    R row = index.remove(key);
    if (row != null) {
      changes++;
      int at = blockOf(row.number());
      Block<R> block = blocks.get(at);
      block.remove(row.number());
      if (block.size() == 0) {
        blocks.remove(at);
      } else if (block.isSparse() && !joinsNext(at)) {
        joinsNext(at - 1);
      }
    }
    return row;
  }

  /** Makes one block of one and the next, where that leaves room enough. */
  private boolean joinsNext(int at) {
    if (at < 0 || at + 1 >= blocks.size() || !blocks.get(at).takesAll(blocks.get(at + 1))) {
      return false;
    }
    blocks.remove(at + 1);
    return true;
  }

  public void clear() {
    changes++;
    index.clear();
    blocks.clear();
  }

  /** The row of the lowest number; null when there is none. */
  public @Nullable R first() {
    return blocks.isEmpty() ? null : blocks.get(0).get(0);
  }

  /** The row of the highest number; null when there is none. */
  public @Nullable R last() {
    return blocks.isEmpty() ? null : blocks.get(blocks.size() - 1).last();
  }

  /** Up to {@code max} rows whose numbers are above {@code after}. */
  public List<R> page(long after, int max) {
    List<R> page = new ArrayList<>(Math.min(max, size()));
    for (Iterator<R> rest = after(after); rest.hasNext() && page.size() < max; ) {
      page.add(rest.next());
    }
    return page;
  }

  @Override
  public Iterator<R> iterator() {
    return after(Long.MIN_VALUE);
  }

  /** The rows whose numbers are above {@code after}, in order. */
  public Iterator<R> after(long after) {
    return new Walk(after);
  }

  /** The first block whose last number is at least {@code number}. */
  private int blockOf(long number) {
    int low = 0;
    int high = blocks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (blocks.get(middle).lastNumber() < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Goes through the rows behind a number; what changes meanwhile it sees, or does not. */
  private final class Walk implements Iterator<R> {
    private long after;
    private long seen = -1;
    private int at;
    private int place;

    Walk(long after) {
      this.after = after;
    }

    @Override
    public boolean hasNext() {
      if (seen != changes) {
        seen = changes;
        at = after == Long.MAX_VALUE ? blocks.size() : blockOf(after + 1);
        place = at == blocks.size() ? 0 : blocks.get(at).placeOf(after + 1);
      }
      if (at < blocks.size() && place == blocks.get(at).size()) {
        at++;
        place = 0;
      }
      return at < blocks.size();
    }

    @Override
    public R next() {
      if (!hasNext()) {
        throw new NoSuchElementException("Expected a further row, but that was the last one");
      }
      R row = blocks.get(at).get(place++);
      after = row.number();
      return row;
    }
  }

  /** Neighbours. Their numbers are here, too, as the rows themselves lie far apart. */
  private static final class Block<R extends Row<?>> {
    private static final int LEAST = 8;
    private static final int MOST = 256;

    private long[] numbers = new long[LEAST];
    private @Nullable Object[] rows = new Object[LEAST];
    private int from;
    private int to;

    int size() {
      return to - from;
    }

    boolean isSparse() {
      return size() < MOST / 4;
    }

    @SuppressWarnings("unchecked") // only rows are put there
    R get(int place) {
      return (R) rows[from + place];
    }

    R last() {
      return get(size() - 1);
    }

    long lastNumber() {
      return numbers[to - 1];
    }

    /** The place of the first row whose number is at least {@code number}. */
    int placeOf(long number) {
      int found = Arrays.binarySearch(numbers, from, to, number);
      return (found < 0 ? -found - 1 : found) - from;
    }

    /** Adds one behind the others; false: the block is full, but perhaps at its begin. */
    boolean append(R row) {
      if (to == rows.length) {
        boolean isFull = size() > rows.length / 2;
        if (isFull && rows.length == MOST) {
          return false;
        }
        move(isFull ? 2 * rows.length : rows.length);
      }
      numbers[to] = row.number();
      rows[to++] = row;
      return true;
    }

    void remove(long number) {
      int place = placeOf(number);
      if (place < size() / 2) {
        shift(from, from + 1, place);
        rows[from++] = null;
      } else {
        shift(from + place + 1, from + place, size() - place - 1);
        rows[--to] = null;
      }
      if (rows.length > 4 * LEAST && size() < rows.length / 8) {
        move(rows.length / 4);
      }
    }

    private void shift(int source, int target, int count) {
      System.arraycopy(numbers, source, numbers, target, count);
      System.arraycopy(rows, source, rows, target, count);
    }

    /** Takes all rows of the block behind this, where both together are not many. */
    boolean takesAll(Block<R> next) {
      int both = size() + next.size();
      if (both > MOST / 2) {
        return false;
      }
      move(Math.max(rows.length, next.rows.length));
      if (both > rows.length) {
        move(2 * rows.length);
      }
      System.arraycopy(next.numbers, next.from, numbers, to, next.size());
      System.arraycopy(next.rows, next.from, rows, to, next.size());
      to = both;
      return true;
    }

    /** All rows go to the begin of arrays of a length. */
    private void move(int length) {
      numbers = Arrays.copyOf(Arrays.copyOfRange(numbers, from, to), length);
      rows = Arrays.copyOf(Arrays.copyOfRange(rows, from, to), length);
      to -= from;
      from = 0;
    }
  }
}
