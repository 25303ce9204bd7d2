package dev.polyproc.client.internal.collection;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Value;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Elements of a list that stand next to each other, as Java's {@code List} has them: a list itself,
 * or a sublist of it.
 */
public final class ListView<E> extends AbstractList<E> {
  private final ListRegion<E> region;
  private final ListChanges<E> changes;

  /** A whole list. */
  public ListView(Requestor requestor, ListRequests<E> requests) {
    this(new WholeList<>(requestor, requests));
  }

  private ListView(ListRegion<E> region) {
    this.region = region;
    this.changes = new ListChanges<>(region);
  }

  @Override
  public int size() {
    return region.size();
  }

  @Override
  public E get(int index) {
    return region.decode(
        region.call(ListRequests.GET, region.requests.get(region.position(index))).getValue());
  }

  @Override
  public E set(int index, E element) {
    return region.taken(
        region
            .call(ListRequests.SET, region.requests.set(region.position(index), element))
            .getPrevious());
  }

  @Override
  public boolean add(E element) {
    add(size(), element);
    return true;
  }

  @Override
  public void add(int index, E element) {
    region.insert(region.gap(index), List.of(region.requests.element(element)));
  }

  @Override
  public E remove(int index) {
    ListPopResponse popped =
        region.call(ListRequests.POP, region.requests.pop(region.position(index)));
    if (!popped.hasValue()) {
      throw new IndexOutOfBoundsException(
          "Expected an index of one of 0 values, but " + index + " is the index of none");
    }
    region.grew(-1);
    return region.taken(popped.getValue());
  }

  @Override
  public boolean remove(@Nullable Object element) {
    return changes.remove(element);
  }

  @Override
  public boolean addAll(Collection<? extends E> elements) {
    return addAll(size(), elements);
  }

  /** Inserts elements: those that the daemon takes in one call all at once. */
  @Override
  public boolean addAll(int index, Collection<? extends E> elements) {
    int[] at = {region.gap(index)};
    Batches<Value> batches =
        new Batches<>(
            region.requestor.limits(),
            batch -> {
              region.insert(at[0], batch);
              at[0] += batch.size();
            });
    List<Value> encoded = encoded(elements);
    if (encoded.isEmpty()) {
      region.insert(at[0], encoded); // which tells whether the index is one
    }
    encoded.forEach(batches::add);
    batches.flush();
    return !encoded.isEmpty();
  }

  /** All values, first: what is added may be this very list. */
  public List<Value> encoded(Collection<? extends E> elements) {
    List<Value> encoded = new ArrayList<>();
    elements.forEach(element -> encoded.add(region.requests.element(element)));
    return encoded;
  }

  @Override
  public boolean contains(@Nullable Object element) {
    return indexOf(element) >= 0;
  }

  @Override
  public boolean containsAll(Collection<?> others) {
    List<ListFindRequest> finds = new ArrayList<>();
    for (Object other : others) {
      Value encoded = Codecs.lookup(region.requests.codec(), other);
      if (encoded == null) {
        return false;
      }
      finds.add(region.finding(encoded, false));
    }
    List<ListFindResponse> found = region.requestor.callAll(ListRequests.FIND, finds);
    Iterator<?> other = others.iterator();
    for (ListFindResponse each : found) {
      Object sought = other.next();
      if (!each.hasIndex() && changes.seek(sought, false) == null) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int indexOf(@Nullable Object element) {
    return indexOf(element, false);
  }

  @Override
  public int lastIndexOf(@Nullable Object element) {
    return indexOf(element, true);
  }

  private int indexOf(@Nullable Object element, boolean last) {
    Value encoded = Codecs.lookup(region.requests.codec(), element);
    if (encoded == null || element == null) {
      return -1;
    }
    int position = region.find(encoded, last);
    if (position >= 0) {
      return position - region.offset();
    }
    ListChanges.Seen seen = changes.seek(element, last);
    return seen == null ? -1 : seen.position() - region.offset();
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return Removals.all(this, others);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return Removals.allBut(this, others);
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return changes.removeIf(Objects.requireNonNull(filter));
  }

  /** Sets an element if it is the one that is expected; answers whether it was. */
  public boolean compareAndSet(int index, E expected, E element) {
    int position = region.position(index);
    Value next = region.requests.element(element);
    return region
        .requests
        .expecting(expected)
        .make(
            there ->
                ListRequests.answer(
                    region.call(
                        ListRequests.COMPARE_AND_SET,
                        region.requests.compareAndSet(position, there, next))));
  }

  /** Adds a number to an element in one step, and answers the sum. */
  public E addAndGet(int index, E amount) {
    int position = region.position(index);
    int bits = region.requestor.bits(region.requests.codec());
    return region.decode(
        region.call(ListRequests.ADD, region.requests.add(position, amount, bits)).getValue());
  }

  /** A copy of the elements from one index to before another, which are there. */
  public List<E> slice(int from, int to) {
    List<E> elements = new ArrayList<>();
    ListRange range =
        ListRange.newBuilder()
            .setStart(region.gap(from))
            .setStop(region.gap(to))
            .setStrict(true)
            .build();
    region.pages(range).forEach(value -> elements.add(region.decode(value)));
    return Collections.unmodifiableList(elements);
  }

  @Override
  public void replaceAll(UnaryOperator<E> operator) {
    changes.replaceAll(Objects.requireNonNull(operator));
  }

  /**
   * Sorts here, and writes back: what others set meanwhile is lost, what they add is not. Without a
   * comparator the order is Java's natural one, but that of texts by code points.
   */
  @Override
  public void sort(@Nullable Comparator<? super E> order) {
    changes.sort(order);
  }

  /**
   * Has the daemon sort the elements; sorts here what is too large for it.
   *
   * @throws ClassCastException when two elements have no order
   */
  public void sortByDaemon() {
    try {
      region.requestor.call(ListRequests.SORT, region.requests.sort());
    } catch (PolyprocException e) {
      if (e.reason() == ErrorReason.ERROR_REASON_LIMIT_REACHED) {
        sortHere(e);
      } else if (e.reason() == ErrorReason.ERROR_REASON_NOT_COMPARABLE) {
        throw (ClassCastException) new ClassCastException(e.getMessage()).initCause(e);
      } else {
        throw e;
      }
    }
  }

  /** Sorts what is too large for the daemon, unless Java has no order for it. */
  private void sortHere(PolyprocException tooLarge) {
    try {
      changes.sort(null);
    } catch (ClassCastException e) {
      tooLarge.addSuppressed(e);
      throw tooLarge;
    }
  }

  @Override
  protected void removeRange(int from, int to) {
    int first = region.gap(from);
    region.call(ListRequests.DELETE_SLICE, region.requests.deleteRange(first, first + to - from));
    region.grew(from - to);
  }

  @Override
  public void clear() {
    removeRange(0, size());
  }

  @Override
  public Iterator<E> iterator() {
    return new ListCursor<>(region, changes, 0);
  }

  @Override
  public ListIterator<E> listIterator() {
    return new ListCursor<>(region, changes, 0);
  }

  @Override
  public ListIterator<E> listIterator(int index) {
    if (index != 0) {
      Objects.checkFromToIndex(0, index, size());
    }
    return new ListCursor<>(region, changes, index);
  }

  @Override
  public Spliterator<E> spliterator() {
    return Spliterators.spliteratorUnknownSize(
        iterator(), Spliterator.ORDERED | Spliterator.NONNULL);
  }

  /** Elements from one index to before another, live. For one thread, as sublists are. */
  @Override
  public List<E> subList(int from, int to) {
    if (from > to) {
      throw new IllegalArgumentException(
          "Expected a sublist that begins before it ends, but it goes from " + from + " to " + to);
    }
    Objects.checkFromToIndex(from, to, size());
    return new ListView<>(new ListPart<>(region, from, to - from));
  }

  @Override
  public Object[] toArray() {
    return copy().toArray();
  }

  @Override
  public <T> T[] toArray(T[] array) {
    return copy().toArray(array);
  }

  /** The elements as they are now. */
  private List<E> copy() {
    List<E> elements = new ArrayList<>();
    region.pages().forEach(value -> elements.add(region.decode(value)));
    return elements;
  }

  /** What it is, without a look at its elements: that would be calls, of any number. */
  @Override
  public String toString() {
    return region.toString();
  }
}
