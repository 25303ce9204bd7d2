package dev.polyproc.client;

import dev.polyproc.client.internal.collection.ListRequests;
import dev.polyproc.client.internal.collection.ListView;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.ListAddResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListExtendResponse;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListGetResponse;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRemoveResponse;
import dev.polyproc.v1.ListSetResponse;
import dev.polyproc.v1.ListSizeResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.AbstractList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Spliterator;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Elements shared by all, by position: a {@code List}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every call for one element takes effect at once and whole, and so do {@link #addAll} of up
 *       to a page, {@link #clear}, {@link #reverse} and {@link #sortAsync}.
 *   <li>{@link #replaceAll} changes each element in one step; {@link #sort} where it is done here,
 *       and {@link #removeIf}, look first and change then. All travel many at a time.
 *   <li>Iterators and sublists go by position: what others insert or remove in front of them moves
 *       the elements. An iterator never removes or sets another element than the one it returned:
 *       it throws {@code ConcurrentModificationException} instead, as {@code removeIf} does.
 *   <li>Elements are not null. They are found by the equality of Python's values, so that {@code 1}
 *       is found as {@code 1.0}; where that finds none, by Java's, for which the elements come
 *       here: so a date is found that another language wrote in other words. The twins go by the
 *       first alone. {@link #equals} is Java's.
 *   <li>Indexes are Java's: a negative one is none.
 * </ul>
 */
public final class PolyList<E> extends AbstractList<E> implements PolyObject {
  private final Requestor requestor;
  private final Ref ref;
  private final ListRequests<E> requests;
  private final ListView<E> view;

  private PolyList(Requestor requestor, Ref ref, Codec<E> codec) {
    this.requestor = requestor;
    this.ref = ref;
    this.requests = new ListRequests<>(ref.getName(), codec);
    this.view = new ListView<>(requestor, requests);
  }

  static <E> PolyList<E> create(Requestor requestor, ListCreateRequest shape, Codec<E> codec) {
    return of(requestor, requestor.call(ListRequests.CREATE, shape).getRef(), codec);
  }

  static <E> PolyList<E> of(Requestor requestor, Ref ref, Codec<E> codec) {
    return new PolyList<>(requestor.meaning(ref), ref, codec);
  }

  /** The list's name. */
  @Override
  public String name() {
    return ref.getName();
  }

  /** Which list exactly. */
  @Override
  public Ref ref() {
    return ref;
  }

  @Override
  public E get(int index) {
    return view.get(index);
  }

  /** The twin of {@link #get}; fails with {@code ERROR_REASON_INDEX_OUT_OF_RANGE}. */
  public CompletableFuture<E> getAsync(int index) {
    return requestor.async(
        ListRequests.GET,
        requests.get(ListRequests.position(index)),
        (ListGetResponse got) -> requests.codec().decode(got.getValue()));
  }

  @Override
  public E set(int index, E element) {
    return view.set(index, element);
  }

  /** The twin of {@link #set}; fails with {@code ERROR_REASON_INDEX_OUT_OF_RANGE}. */
  public CompletableFuture<E> setAsync(int index, E element) {
    return requestor.async(
        ListRequests.SET,
        requests.set(ListRequests.position(index), element),
        (ListSetResponse set) -> Codecs.taken(requests.codec(), set.getPrevious()));
  }

  /** Adds an element at the end. */
  @Override
  public boolean add(E element) {
    requestor.call(ListRequests.APPEND, requests.append(element));
    return true;
  }

  /** The twin of {@link #add(Object)}; answers how many elements there are then. */
  public CompletableFuture<Integer> addAsync(E element) {
    return requestor.async(
        ListRequests.APPEND, requests.append(element), appended -> appended.getSize());
  }

  @Override
  public void add(int index, E element) {
    view.add(index, element);
  }

  /** The twin of {@link #add(int, Object)}; fails with {@code ERROR_REASON_INDEX_OUT_OF_RANGE}. */
  public CompletableFuture<@Nullable Void> addAsync(int index, E element) {
    int at = ListRequests.position(index);
    return requestor.async(
        ListRequests.SET_SLICE,
        requests.replace(at, at, List.of(requests.element(element))),
        response -> null);
  }

  /**
   * Adds elements at the end: those that the daemon takes in one call all at once and next to each
   * other.
   */
  @Override
  public boolean addAll(Collection<? extends E> elements) {
    Batches<Value> batches =
        new Batches<>(
            requestor.limits(),
            batch -> requestor.call(ListRequests.EXTEND, requests.extend(batch)));
    List<Value> encoded = view.encoded(elements);
    encoded.forEach(batches::add);
    batches.flush();
    return !encoded.isEmpty();
  }

  /** Inserts elements: those that the daemon takes in one call all at once. */
  @Override
  public boolean addAll(int index, Collection<? extends E> elements) {
    return view.addAll(index, elements);
  }

  /**
   * The twin of {@link #addAll(Collection)}, for a page of elements at most; answers how many there
   * are then.
   */
  public CompletableFuture<Integer> addAllAsync(Collection<? extends E> elements) {
    return requestor.async(
        ListRequests.EXTEND, requests.extend(view.encoded(elements)), ListExtendResponse::getSize);
  }

  @Override
  public boolean contains(@Nullable Object element) {
    return view.contains(element);
  }

  @Override
  public boolean containsAll(Collection<?> others) {
    return view.containsAll(others);
  }

  @Override
  public int indexOf(@Nullable Object element) {
    return view.indexOf(element);
  }

  @Override
  public int lastIndexOf(@Nullable Object element) {
    return view.lastIndexOf(element);
  }

  /** The twin of {@link #indexOf}. */
  public CompletableFuture<Integer> indexOfAsync(E element) {
    return requestor.async(
        ListRequests.FIND,
        requests.find(requests.element(element), false),
        (ListFindResponse found) -> found.hasIndex() ? found.getIndex() : -1);
  }

  @Override
  public E remove(int index) {
    return view.remove(index);
  }

  @Override
  public boolean remove(@Nullable Object element) {
    return view.remove(element);
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return view.removeAll(others);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return view.retainAll(others);
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return view.removeIf(filter);
  }

  @Override
  public void replaceAll(UnaryOperator<E> operator) {
    view.replaceAll(operator);
  }

  /** The twin of {@link #remove(Object)}. */
  public CompletableFuture<Boolean> removeElementAsync(E element) {
    return requestor.async(
        ListRequests.REMOVE,
        requests.remove(requests.element(element)),
        ListRemoveResponse::getRemoved);
  }

  /** The twin of {@link #remove(int)}; null when the list is empty. */
  public CompletableFuture<@Nullable E> removeAsync(int index) {
    return requestor.async(
        ListRequests.POP,
        requests.pop(ListRequests.position(index)),
        (ListPopResponse popped) ->
            popped.hasValue() ? Codecs.taken(requests.codec(), popped.getValue()) : null);
  }

  /**
   * Sets the element at an index if it is {@code expected}; answers whether it was.
   *
   * @throws IndexOutOfBoundsException when there is none
   */
  public boolean compareAndSet(int index, E expected, E element) {
    return view.compareAndSet(index, expected, element);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(int index, E expected, E element) {
    int position = ListRequests.position(index);
    Value next = requests.element(element);
    return requests
        .expecting(expected)
        .makeAsync(
            requestor,
            ListRequests.COMPARE_AND_SET,
            there -> requests.compareAndSet(position, there, next),
            ListRequests::answer);
  }

  /**
   * Adds a number to the element at an index in one step, and answers the sum. What is more than a
   * {@code Long} or an {@code Integer} holds is refused with {@code ERROR_REASON_VALUE_TOO_LARGE},
   * and changes nothing.
   *
   * @throws IndexOutOfBoundsException when there is none
   * @throws UnsupportedOperationException for {@code Float} and {@code BigDecimal}
   */
  public E addAndGet(int index, E amount) {
    return view.addAndGet(index, amount);
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<E> addAndGetAsync(int index, E amount) {
    return requestor.async(
        ListRequests.ADD,
        requests.add(ListRequests.position(index), amount, requestor.bits(requests.codec())),
        (ListAddResponse sum) -> requests.codec().decode(sum.getValue()));
  }

  /**
   * A copy of the elements from one index to before another, in one call for each page.
   *
   * @throws IndexOutOfBoundsException when the list has fewer
   */
  public List<E> slice(int from, int to) {
    return view.slice(from, to);
  }

  @Override
  public Iterator<E> iterator() {
    return view.iterator();
  }

  @Override
  public ListIterator<E> listIterator() {
    return view.listIterator();
  }

  @Override
  public ListIterator<E> listIterator(int index) {
    return view.listIterator(index);
  }

  @Override
  public Spliterator<E> spliterator() {
    return view.spliterator();
  }

  /** Elements from one index to before another, live. For one thread, as sublists are. */
  @Override
  public List<E> subList(int from, int to) {
    return view.subList(from, to);
  }

  @Override
  public Object[] toArray() {
    return view.toArray();
  }

  @Override
  public <T> T[] toArray(T[] array) {
    return view.toArray(array);
  }

  @Override
  public int size() {
    return view.size();
  }

  /** The twin of {@link #size}. */
  public CompletableFuture<Integer> sizeAsync() {
    return requestor.async(ListRequests.SIZE, requests.size(), ListSizeResponse::getSize);
  }

  /** Removes all elements. */
  @Override
  public void clear() {
    requestor.call(ListRequests.CLEAR, requests.clear());
  }

  /** The twin of {@link #clear}. */
  public CompletableFuture<@Nullable Void> clearAsync() {
    return requestor.async(ListRequests.CLEAR, requests.clear(), response -> null);
  }

  /** Turns the order round. */
  public void reverse() {
    requestor.call(ListRequests.REVERSE, requests.reverse());
  }

  /** The twin of {@link #reverse}. */
  public CompletableFuture<@Nullable Void> reverseAsync() {
    return requestor.async(ListRequests.REVERSE, requests.reverse(), response -> null);
  }

  /**
   * Sorts the elements, stably. Without a comparator their order is Java's natural one, but that of
   * texts by code points, which differs from {@code String}'s for characters beyond the 16 bits; of
   * types that Java has no order for, such as {@code Object}, it is the daemon's.
   *
   * <p>Numbers, texts and the like the daemon sorts in one step. What is sorted by a comparator, an
   * enum, a record, a type with a codec of its own or a list that is too large for the daemon
   * ({@code Limits.sort_items}, {@code Limits.sort_bytes}) is sorted here, and written back a page
   * at a time: what others set meanwhile is lost, what they add is not. When others remove so many
   * meanwhile that the places are no longer there, it throws {@code
   * ConcurrentModificationException}; the pages before are written by then.
   *
   * @throws ClassCastException when two elements have no order
   * @throws PolyprocException {@code ERROR_REASON_LIMIT_REACHED} when the list is too large for the
   *     daemon, and Java has no order for its elements; nothing has moved then
   */
  @Override
  public void sort(@Nullable Comparator<? super E> order) {
    if (order != null || !Codecs.isSortedByDaemon(requests.codec())) {
      view.sort(order);
    } else {
      view.sortByDaemon();
    }
  }

  /**
   * Has the daemon sort the elements, stably and in one step, in the order that all languages
   * share: that of numbers, and of texts by code points. Enums are sorted by their names; records
   * have no order. Fails with {@code ERROR_REASON_NOT_COMPARABLE}, and with {@code
   * ERROR_REASON_LIMIT_REACHED} when the list is larger than {@code Limits.sort_items} or {@code
   * Limits.sort_bytes}.
   */
  public CompletableFuture<@Nullable Void> sortAsync() {
    return requestor.async(ListRequests.SORT, requests.sort(), response -> null);
  }

  /** What it is, without a look at its elements: that would be calls, of any number. */
  @Override
  public String toString() {
    return "PolyList '" + name() + "'";
  }
}
