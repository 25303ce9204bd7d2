package dev.polyproc.server.engine.object;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A table of rows in the order of their numbers, found by key, and listed a page at a time.
 *
 * <p>As CPython's dict: a hash index beside an array in insertion order, in which removed rows
 * leave holes until a third of it is holes.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Finding, adding and removing take constant time, give or take a search by number when
 *       removing and a squeeze now and then; so does finding the first row and the last.
 *   <li>A page takes time in proportion to its length, wherever it begins, and no row is on two
 *       pages, whatever changes in between.
 * </ul>
 */
public final class OrderedTable<K, R extends OrderedTable.Row<K>> implements Iterable<R> {
  /** A row: its key, and its number, which grows from row to row. */
  public interface Row<K> {
    K key();

    long number();
  }

  private static final int SMALL = 32;

  /** A table keeps room for at most about so many times its rows, give or take a few. */
  private static final int SPARE = 8;

  /** A table of fewer rows than this part of the most that it had gets a smaller index. */
  private static final int FEWER = 64;

  /** So few need not be looked after. */
  private static final int FEW = 1_000;

  private Map<K, R> index = new HashMap<>();

  /** The most rows that were in the index. */
  private int most;

  private ArrayList<@Nullable R> rows = new ArrayList<>();
  private long[] numbers = new long[SMALL];

  /** The position of the first row: before it are holes. Behind the last row there are none. */
  private int head;

  public int size() {
    return index.size();
  }

  public @Nullable R get(K key) {
    return index.get(key);
  }

  /** Adds a row whose key is new and whose number is above all others. */
  public void add(R row) {
    R before = index.putIfAbsent(row.key(), row);
    int end = rows.size();
    if (before != null || (end > 0 && numbers[end - 1] >= row.number())) {
      throw new IllegalStateException("Expected a new key and a higher number for " + row.key());
    }
    if (end == numbers.length) {
      numbers = Arrays.copyOf(numbers, end * 2);
    }
    numbers[end] = row.number();
    rows.add(row);
    most = Math.max(most, index.size());
  }

  public @Nullable R remove(K key) {
    R row = index.remove(key);
    if (row != null) {
      rows.set(position(row.number()), null);
      head = skipHoles(head);
      while (!rows.isEmpty() && rows.get(rows.size() - 1) == null) {
        rows.remove(rows.size() - 1);
      }
      head = Math.min(head, rows.size());
      boolean isHollow = rows.size() > SMALL && index.size() < rows.size() - rows.size() / 3;
      if (isHollow || numbers.length > SPARE * Math.max(SMALL, rows.size())) {
        squeeze();
      }
    }
    return row;
  }

  public void clear() {
    index = new HashMap<>();
    most = 0;
    rows = new ArrayList<>();
    numbers = new long[SMALL];
    head = 0;
  }

  /** The row of the lowest number; null when there is none. */
  public @Nullable R first() {
    return rows.isEmpty() ? null : rows.get(head);
  }

  /** The row of the highest number; null when there is none. */
  public @Nullable R last() {
    return rows.isEmpty() ? null : rows.get(rows.size() - 1);
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
    int first = after == Long.MAX_VALUE ? rows.size() : position(after + 1);
    return new Iterator<>() {
      private int next = skipHoles(first);

      @Override
      public boolean hasNext() {
        return next < rows.size();
      }

      @Override
      public R next() {
        R row = hasNext() ? rows.get(next) : null;
        if (row == null) {
          throw new NoSuchElementException();
        }
        next = skipHoles(next + 1);
        return row;
      }
    };
  }

  private int skipHoles(int i) {
    while (i < rows.size() && rows.get(i) == null) {
      i++;
    }
    return i;
  }

  /** The first position whose number is at least {@code number}. */
  private int position(long number) {
    int low = head;
    int high = rows.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[middle] < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void squeeze() {
    ArrayList<@Nullable R> kept = new ArrayList<>(index.size() + SMALL);
    for (int i = head; i < rows.size(); i++) {
      R row = rows.get(i);
      if (row != null) {
        numbers[kept.size()] = numbers[i]; // The rows themselves lie far apart.
        kept.add(row);
      }
    }
    rows = kept;
    head = 0;
    if (numbers.length > SPARE / 2 * Math.max(SMALL, kept.size())) {
      numbers = Arrays.copyOf(numbers, 2 * Math.max(SMALL, kept.size()));
    }
    if (most > FEW && index.size() < most / FEWER) {
      index = new HashMap<>(index); // Its table does not shrink by itself.
      most = index.size();
    }
  }
}
