package dev.polyproc.client;

import com.google.protobuf.MessageLite;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.Value;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
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
 * Elements of a list that stand next to each other: all of them, which is a {@link PolyList}, or
 * some, which is a {@link SubList}. Indexes are the region's, positions those of the whole list.
 */
abstract sealed class ListRegion<E> extends AbstractList<E> permits PolyList, SubList {
  final Requestor requestor;
  final ListRequests<E> requests;
  private final ListChanges<E> changes;

  ListRegion(Requestor requestor, ListRequests<E> requests) {
    this.requestor = requestor;
    this.requests = requests;
    this.changes = new ListChanges<>(this);
  }

  /** Where the region begins. */
  abstract int offset();

  /** The position of an index, which is refused here if that can be told. */
  abstract int position(int index);

  /** The position in front of an index, or behind the last one. */
  abstract int gap(int index);

  /** Where the region ends; absent for the end of the list, wherever that is. */
  abstract ListRange from(int index);

  /** So many elements have come through the region, or gone. */
  abstract void grew(int by);

  @Override
  public E get(int index) {
    return decode(call(ListRequests.GET, requests.get(position(index))).getValue());
  }

  @Override
  public E set(int index, E element) {
    return taken(call(ListRequests.SET, requests.set(position(index), element)).getPrevious());
  }

  @Override
  public boolean add(E element) {
    add(size(), element);
    return true;
  }

  @Override
  public void add(int index, E element) {
    insert(gap(index), List.of(requests.element(element)));
  }

  @Override
  public E remove(int index) {
    ListPopResponse popped = call(ListRequests.POP, requests.pop(position(index)));
    if (!popped.hasValue()) {
      throw new IndexOutOfBoundsException(
          "Expected an index of one of 0 values, but " + index + " is the index of none");
    }
    grew(-1);
    return taken(popped.getValue());
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
    int[] at = {gap(index)};
    Batches<Value> batches =
        new Batches<>(
            requestor.limits(),
            batch -> {
              insert(at[0], batch);
              at[0] += batch.size();
            });
    List<Value> encoded = encoded(elements);
    if (encoded.isEmpty()) {
      insert(at[0], encoded); // which tells whether the index is one
    }
    encoded.forEach(batches::add);
    batches.flush();
    return !encoded.isEmpty();
  }

  /** All values, first: what is added may be this very list. */
  final List<Value> encoded(Collection<? extends E> elements) {
    List<Value> encoded = new ArrayList<>();
    elements.forEach(element -> encoded.add(requests.element(element)));
    return encoded;
  }

  private void insert(int position, List<Value> elements) {
    call(ListRequests.SET_SLICE, requests.replace(position, position, elements));
    grew(elements.size());
  }

  @Override
  public boolean contains(@Nullable Object element) {
    return indexOf(element) >= 0;
  }

  @Override
  public boolean containsAll(Collection<?> others) {
    List<ListFindRequest> finds = new ArrayList<>();
    for (Object other : others) {
      Value encoded = Codecs.lookup(requests.codec(), other);
      if (encoded == null) {
        return false;
      }
      finds.add(finding(encoded, false));
    }
    List<ListFindResponse> found = requestor.callAll(ListRequests.FIND, finds);
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
    Value encoded = Codecs.lookup(requests.codec(), element);
    if (encoded == null || element == null) {
      return -1;
    }
    int position = find(encoded, last);
    if (position >= 0) {
      return position - offset();
    }
    ListChanges.Seen seen = changes.seek(element, last);
    return seen == null ? -1 : seen.position() - offset();
  }

  /** The position of a value, as the daemon finds it; -1 when it finds none. */
  final int find(Value element, boolean last) {
    ListFindResponse found = call(ListRequests.FIND, finding(element, last));
    return found.hasIndex() ? found.getIndex() : -1;
  }

  private ListFindRequest finding(Value element, boolean last) {
    ListRange region = from(0);
    ListFindRequest.Builder request = requests.find(element, last).toBuilder();
    request.setStart(region.getStart());
    return region.hasStop() ? request.setStop(region.getStop()).build() : request.build();
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return removeIf(others::contains);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    Objects.requireNonNull(others);
    return removeIf(element -> !others.contains(element));
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return changes.removeIf(Objects.requireNonNull(filter));
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

  @Override
  protected void removeRange(int from, int to) {
    int first = gap(from);
    call(ListRequests.DELETE_SLICE, requests.deleteRange(first, first + to - from));
    grew(from - to);
  }

  @Override
  public void clear() {
    removeRange(0, size());
  }

  @Override
  public Iterator<E> iterator() {
    return new ListCursor<>(this, 0);
  }

  @Override
  public ListIterator<E> listIterator() {
    return new ListCursor<>(this, 0);
  }

  @Override
  public ListIterator<E> listIterator(int index) {
    if (index != 0) {
      Objects.checkFromToIndex(0, index, size());
    }
    return new ListCursor<>(this, index);
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
    return new SubList<>(this, from, to - from);
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
    pages(from(0)).forEach(value -> elements.add(decode(value)));
    return elements;
  }

  /** The values of a range, a page at a time. */
  final Pages<Value> pages(ListRange range) {
    return new Pages<>(
        page -> {
          ListSliceResponse found = call(ListRequests.SLICE, requests.slice(range, page));
          return new Pages.Page<>(found.getValuesList(), found.getNextPageToken());
        });
  }

  final E decode(Value value) {
    return requests.codec().decode(value);
  }

  final E taken(Value value) {
    return Codecs.taken(requests.codec(), value);
  }

  /** Makes a call, whose index is told as Java does when it is none. */
  final <Q extends MessageLite, S extends MessageLite> S call(
      Operation<Q, S> operation, Q request) {
    try {
      return requestor.call(operation, request);
    } catch (PolyprocException e) {
      if (e.reason() != ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE) {
        throw e;
      }
      throw (IndexOutOfBoundsException) new IndexOutOfBoundsException(e.getMessage()).initCause(e);
    }
  }
}
