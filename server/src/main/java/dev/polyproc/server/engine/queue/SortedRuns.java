package dev.polyproc.server.engine.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set, kept in runs: short arrays of neighbours.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>To add behind or before all others, and to take the first or the last one, takes constant
 *       time, so that a queue of whatever length is as fast as an empty one; in front, the list of
 *       runs is moved once for a whole run.
 *   <li>To add, to find and to take any other takes logarithmic time, and that of moving part of a
 *       run, and now and then that of moving the list of runs.
 *   <li>What it takes beside its elements is a reference for each, and at most that of seven more:
 *       a run that is nearly empty has a neighbour that is not.
 * </ul>
 *
 * <p>It must not change while somebody goes through it.
 */
final class SortedRuns<T> implements Iterable<T> {
  private final Comparator<? super T> order;
  private final List<Run<T>> runs = new ArrayList<>(0);
  private int size;

  SortedRuns(Comparator<? super T> order) {
    this.order = order;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** How many runs there are, for tests. */
  int runs() {
    return runs.size();
  }

  /** The first of all. */
  T first() {
    requireSome();
    return runs.get(0).first();
  }

  /** The last of all. */
  T last() {
    requireSome();
    return lastRun().last();
  }

  private void requireSome() {
    if (size == 0) {
      throw new NoSuchElementException("Expected an element, but there is none");
    }
  }

  private Run<T> lastRun() {
    return runs.get(runs.size() - 1);
  }

  /** Adds one; false: an equal one is there. */
  boolean add(T element) {
    if (size == 0 || order.compare(lastRun().last(), element) < 0) {
      addBehindAll(element);
      size++;
      return true;
    }
    boolean isBeforeAll = order.compare(element, first()) < 0;
    int at = isBeforeAll ? 0 : runOf(element);
    int place = isBeforeAll ? -1 : runs.get(at).search(element, order);
    if (place >= 0) {
      return false;
    }
    insert(at, -place - 1, element);
    size++;
    return true;
  }

  private void addBehindAll(T element) {
    if (runs.isEmpty() || !lastRun().append(element)) {
      Run<T> run = new Run<>();
      run.append(element);
      runs.add(run);
    }
  }

  private void insert(int at, int place, T element) {
    Run<T> run = runs.get(at);
    if (!run.isFull()) {
      run.insert(place, element);
    } else if (place == 0 && at == 0) {
      // Those that come before all others come one after the other: their runs become full.
      Run<T> before = new Run<>();
      before.append(element);
      runs.add(0, before);
    } else {
      Run<T> second = run.split();
      runs.add(at + 1, second);
      if (place <= run.size()) {
        run.insert(place, element);
      } else {
        second.insert(place - run.size(), element);
      }
    }
  }

  /** Takes the one that is equal to this; false: there is none. */
  boolean remove(T element) {
    if (size == 0) {
      return false;
    }
    int at = runToTakeFrom(element);
    int place = runs.get(at).search(element, order);
    if (place < 0) {
      return false;
    }
    remove(at, place);
    return true;
  }

  /** The number of the run that one is in: at an end, mostly. */
  private int runToTakeFrom(T element) {
    if (order.compare(element, runs.get(0).last()) <= 0) {
      return 0;
    }
    return order.compare(element, lastRun().first()) >= 0 ? runs.size() - 1 : runOf(element);
  }

  /** Takes the first of all; null: there is none. */
  @Nullable T pollFirst() {
    if (size == 0) {
      return null;
    }
    T first = first();
    remove(0, 0);
    return first;
  }

  private void remove(int at, int place) {
    Run<T> run = runs.get(at);
    run.remove(place);
    size--;
    if (run.isEmpty()) {
      if (runs.size() > 1) {
        runs.remove(at);
      }
    } else if (run.isSparse() && !joinsNext(at)) {
      joinsNext(at - 1);
    }
  }

  /** Makes one run of one and the next, where that leaves room enough. */
  private boolean joinsNext(int at) {
    if (at < 0 || at + 1 >= runs.size() || !runs.get(at).takeAll(runs.get(at + 1))) {
      return false;
    }
    runs.remove(at + 1);
    return true;
  }

  /** The one that is equal to this; null: there is none. */
  @Nullable T find(T like) {
    int at = runOf(like);
    int place = at == runs.size() ? -1 : runs.get(at).search(like, order);
    return place < 0 ? null : runs.get(at).get(place);
  }

  boolean contains(T element) {
    return find(element) != null;
  }

  /** The first behind one, which need not be here; null: there is none. */
  @Nullable T higher(T one) {
    Iterator<T> behind = after(one);
    return behind.hasNext() ? behind.next() : null;
  }

  /** The last before one, which need not be here; null: there is none. */
  @Nullable T lower(T one) {
    int at = runOf(one);
    int place = at == runs.size() ? 0 : runs.get(at).search(one, order);
    int before = (place < 0 ? -place - 1 : place) - 1;
    if (before >= 0) {
      return runs.get(at).get(before);
    }
    return at == 0 || size == 0 ? null : runs.get(at - 1).last();
  }

  /** Those behind one, which need not be here. */
  Iterator<T> after(T one) {
    int at = runOf(one);
    int place = at == runs.size() ? 0 : runs.get(at).search(one, order);
    return new Walk(at, place < 0 ? -place - 1 : place + 1);
  }

  /**
   * The number of the run that one is in or belongs to; that of the runs where it is behind all.
   */
  private int runOf(T one) {
    int low = 0;
    int high = size == 0 ? 0 : runs.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (order.compare(runs.get(middle).last(), one) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return size == 0 ? runs.size() : low;
  }

  void clear() {
    runs.clear();
    size = 0;
  }

  @Override
  public Iterator<T> iterator() {
    return new Walk(0, 0);
  }

  /** Goes from an element to the end. */
  private final class Walk implements Iterator<T> {
    private int at;
    private int place;

    Walk(int at, int place) {
      this.at = at;
      this.place = place;
    }

    @Override
    public boolean hasNext() {
      while (at < runs.size() && place >= runs.get(at).size()) {
        at++;
        place = 0;
      }
      return at < runs.size();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException("Expected a further element, but that was the last one");
      }
      return runs.get(at).get(place++);
    }
  }

  /** Neighbours, in their order, in an array that has room at both ends. */
  private static final class Run<T> {
    private static final int LEAST = 4;
    private static final int MOST = 256;

    private @Nullable Object[] elements = new Object[LEAST];
    private int from;
    private int to;

    int size() {
      return to - from;
    }

    boolean isEmpty() {
      return from == to;
    }

    boolean isFull() {
      return size() == MOST;
    }

    boolean isSparse() {
      return size() < MOST / 4;
    }

    @SuppressWarnings("unchecked") // only elements are put there
    T get(int place) {
      return (T) elements[from + place];
    }

    T first() {
      return get(0);
    }

    T last() {
      return get(size() - 1);
    }

    /** The place of one; where it is not here, that where it belongs, times -1, minus 1. */
    int search(T one, Comparator<? super T> order) {
      int low = 0;
      int high = size() - 1;
      // What is taken mostly is the first.
      int middle = 0;
      while (low <= high) {
        int compared = order.compare(get(middle), one);
        if (compared == 0) {
          return middle;
        }
        if (compared < 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
        middle = (low + high) >>> 1;
      }
      return -low - 1;
    }

    /**
     * Adds one behind the others; false where the array has come to its end, and is full enough.
     */
    boolean append(T element) {
      if (to == elements.length) {
        if (size() > elements.length / 2 && elements.length == MOST) {
          return false;
        }
        move(size() > elements.length / 2 ? elements.length * 2 : elements.length, 0);
      }
      elements[to++] = element;
      return true;
    }

    void insert(int place, T element) {
      if (size() == elements.length) {
        move(elements.length * 2, 0);
      }
      if (from == 0 && place == 0) {
        move(elements.length, elements.length - size());
      }
      if (from > 0 && (to == elements.length || place < size() / 2)) {
        System.arraycopy(elements, from, elements, from - 1, place);
        from--;
      } else {
        System.arraycopy(elements, from + place, elements, from + place + 1, size() - place);
        to++;
      }
      elements[from + place] = element;
    }

    void remove(int place) {
      if (place < size() / 2) {
        System.arraycopy(elements, from, elements, from + 1, place);
        elements[from++] = null;
      } else {
        System.arraycopy(elements, from + place + 1, elements, from + place, size() - place - 1);
        elements[--to] = null;
      }
      if (elements.length > 4 * LEAST && size() < elements.length / 8) {
        move(elements.length / 4, 0);
      }
    }

    /** Those behind the middle leave, as a run of their own. */
    Run<T> split() {
      Run<T> second = new Run<>();
      int half = size() / 2;
      second.elements = new Object[elements.length];
      second.to = size() - half;
      System.arraycopy(elements, from + half, second.elements, 0, second.to);
      Arrays.fill(elements, from + half, to, null);
      to = from + half;
      return second;
    }

    /** Takes all of the run behind this, where both together are not many. */
    boolean takeAll(Run<T> next) {
      int both = size() + next.size();
      if (both > MOST / 2) {
        return false;
      }
      move(Math.max(elements.length, next.elements.length), 0);
      if (both > elements.length) {
        move(elements.length * 2, 0);
      }
      System.arraycopy(next.elements, next.from, elements, to, next.size());
      to = both;
      return true;
    }

    /** The elements go to a place in an array of a length. */
    private void move(int length, int start) {
      @Nullable Object[] moved = length == elements.length ? elements : new Object[length];
      int size = size();
      System.arraycopy(elements, from, moved, start, size);
      if (moved == elements) {
        Arrays.fill(elements, 0, start, null);
        Arrays.fill(elements, start + size, length, null);
      }
      elements = moved;
      from = start;
      to = start + size;
    }
  }
}
