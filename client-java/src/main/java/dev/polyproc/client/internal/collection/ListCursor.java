package dev.polyproc.client.internal.collection;

import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.ListIterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a {@link ListRegion} by position, and asks for a page when it gets to it. What it
 * removes or sets is the element that it has returned: if another one stands there by then, it
 * throws {@code ConcurrentModificationException} and changes nothing.
 */
final class ListCursor<E> implements ListIterator<E> {
  private final ListRegion<E> region;
  private final ListChanges<E> changes;

  /** Values from {@link #pageStart} on. */
  private final List<Value> page = new ArrayList<>();

  private int pageStart;

  /** The index behind the last element, where a page has shown it; -1 before. */
  private int end = -1;

  private int next;
  private int last = -1;

  /** The value at {@link #last}; the page may be another one by now. */
  private Value lastValue = Values.NULL;

  ListCursor(ListRegion<E> region, ListChanges<E> changes, int next) {
    this.region = region;
    this.changes = changes;
    this.next = next;
  }

  @Override
  public boolean hasNext() {
    return find(next, next) != null;
  }

  @Override
  public E next() {
    Value value = find(next, next);
    if (value == null) {
      throw new NoSuchElementException();
    }
    last = next++;
    lastValue = value;
    return region.decode(value);
  }

  @Override
  public boolean hasPrevious() {
    return next > 0;
  }

  @Override
  public E previous() {
    if (next == 0) {
      throw new NoSuchElementException();
    }
    int most = region.requestor.pageSize();
    Value value = find(next - 1, Math.max(0, next - most));
    if (value == null) {
      throw new ConcurrentModificationException(
          "Expected an element before index " + next + ", but the list is shorter by now");
    }
    last = --next;
    lastValue = value;
    return region.decode(value);
  }

  @Override
  public int nextIndex() {
    return next;
  }

  @Override
  public int previousIndex() {
    return next - 1;
  }

  @Override
  public void remove() {
    int index = requireLast();
    changes.delete(region.offset() + index, lastValue);
    if (isInPage(index)) {
      page.remove(index - pageStart);
    } else if (index < pageStart) {
      pageStart--;
    }
    next = index; // also where it was returned by next
    last = -1;
    end = Math.max(-1, end - 1);
  }

  @Override
  public void set(E element) {
    int index = requireLast();
    Value value = region.requests.element(element);
    changes.set(region.offset() + index, lastValue, value);
    lastValue = value;
    if (isInPage(index)) {
      page.set(index - pageStart, value);
    }
  }

  @Override
  public void add(E element) {
    region.insert(region.gap(next), List.of(region.requests.element(element)));
    // What the page holds has moved, in part: it is read again.
    page.clear();
    next++;
    last = -1;
    end = -1;
  }

  @Override
  public String toString() {
    return "an iterator of " + region + " before index " + next;
  }

  private int requireLast() {
    if (last < 0) {
      throw new IllegalStateException("Expected an element that was returned, but there is none");
    }
    return last;
  }

  /**
   * The value at an index; null when it is behind the last.
   *
   * @param from where a page begins that has to be read for it
   */
  private @Nullable Value find(int index, int from) {
    if (!isInPage(index)) {
      if (index == end) {
        return null;
      }
      read(from);
      if (!isInPage(index) && from < index) {
        read(index); // for what lies before it was more than a page
      }
    }
    return isInPage(index) ? page.get(index - pageStart) : null;
  }

  private boolean isInPage(int index) {
    return index >= pageStart && index < pageStart + page.size();
  }

  private void read(int from) {
    ListRange range = region.from(from);
    ListSliceResponse read = region.call(ListRequests.SLICE, region.requests.slice(range, ""));
    page.clear();
    page.addAll(read.getValuesList());
    pageStart = from;
    end = read.getNextPageToken().isEmpty() ? from + page.size() : -1;
  }
}
