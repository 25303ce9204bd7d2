package dev.polyproc.client.internal.collection;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.NaturalOrder;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListCompareAndSetRequest;
import dev.polyproc.v1.ListCompareAndSetResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListDeleteResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a {@link ListRegion} that first look at its elements. Each names the value that it has
 * seen, so that it never hits another one that came to stand there.
 */
final class ListChanges<E> {
  record Seen(int position, Value value) {}

  private final ListRegion<E> region;

  ListChanges(ListRegion<E> region) {
    this.region = region;
  }

  /** Removes the first equal element; answers whether there was one. */
  boolean remove(@Nullable Object element) {
    Value value = Codecs.lookup(region.requests.codec(), element);
    if (value == null || element == null) {
      return false;
    }
    if (removeByValue(value)) {
      return true;
    }
    Seen seen = seek(element, false);
    if (seen != null) {
      delete(seen.position(), seen.value());
    }
    return seen != null;
  }

  private boolean removeByValue(Value value) {
    if (region.isWhole()) {
      return region.call(ListRequests.REMOVE, region.requests.remove(value)).getRemoved();
    }
    int position = region.find(value, false);
    if (position >= 0) {
      delete(position, value);
    }
    return position >= 0;
  }

  /**
   * Looks for an element whose value the daemon has not found, among all: another value may stand
   * for it. Null when there is none, or can be none.
   */
  @Nullable Seen seek(Object element, boolean last) {
    Seen found = null;
    if (!Codecs.isExact(region.requests.codec())) {
      int position = region.offset();
      for (Value value : region.pages()) {
        if (Codecs.matches(region.requests.codec(), value, element, null)) {
          found = new Seen(position, value);
          if (!last) {
            return found;
          }
        }
        position++;
      }
    }
    return found;
  }

  /** Removes the element at a position if it is the one that was seen. */
  void delete(int position, Value seen) {
    region.grew(-count(unchanged(() -> delete(List.of(new Seen(position, seen))))));
  }

  /** Sets the element at a position if it is the one that was seen. */
  void set(int position, Value seen, Value value) {
    ListCompareAndSetResponse swapped =
        unchanged(
            () ->
                region.requestor.call(
                    ListRequests.COMPARE_AND_SET,
                    region.requests.compareAndSet(position, seen, value)));
    if (!swapped.getSwapped()) {
      throw changed(null);
    }
  }

  /** Removes the elements that match, the last one first, so that the others keep their places. */
  boolean removeIf(Predicate<? super E> filter) {
    List<Seen> matches = new ArrayList<>();
    int position = region.offset();
    for (Value value : region.pages()) {
      if (filter.test(region.decode(value))) {
        matches.add(new Seen(position, value));
      }
      position++;
    }
    Collections.reverse(matches);
    region.grew(-count(unchanged(() -> delete(matches))));
    return !matches.isEmpty();
  }

  private List<ListDeleteResponse> delete(List<Seen> seen) {
    List<ListDeleteResponse> deleted = new ArrayList<>();
    Batches<ListDeleteRequest> deletes =
        new Batches<>(
            region.requestor.limits(),
            batch -> deleted.addAll(region.requestor.callAll(ListRequests.DELETE, batch)));
    seen.forEach(each -> deletes.add(region.requests.delete(each.position(), each.value())));
    deletes.flush();
    return deleted;
  }

  private static int count(List<ListDeleteResponse> deleted) {
    if (!deleted.stream().allMatch(ListDeleteResponse::getDeleted)) {
      throw changed(null);
    }
    return deleted.size();
  }

  /**
   * Replaces each element in one step, all of a page at once; again where somebody came between.
   */
  void replaceAll(UnaryOperator<E> operator) {
    List<Seen> asked = new ArrayList<>();
    Batches<ListCompareAndSetRequest> swaps =
        new Batches<>(
            region.requestor.limits(),
            batch -> {
              List<ListCompareAndSetResponse> swapped =
                  unchanged(() -> region.requestor.callAll(ListRequests.COMPARE_AND_SET, batch));
              for (int i = 0; i < batch.size(); i++) {
                retry(asked.get(i).position(), swapped.get(i), operator);
              }
              asked.subList(0, batch.size()).clear();
            });
    int position = region.offset();
    for (Value value : region.pages()) {
      asked.add(new Seen(position, value));
      swaps.add(replace(position, value, operator));
      position++;
    }
    swaps.flush();
  }

  private ListCompareAndSetRequest replace(int position, Value seen, UnaryOperator<E> operator) {
    return region.requests.compareAndSet(
        position, seen, region.requests.element(operator.apply(region.decode(seen))));
  }

  private void retry(int position, ListCompareAndSetResponse first, UnaryOperator<E> operator) {
    ListCompareAndSetResponse swapped = first;
    while (!swapped.getSwapped()) {
      ListCompareAndSetRequest again = replace(position, swapped.getCurrent(), operator);
      swapped = unchanged(() -> region.requestor.call(ListRequests.COMPARE_AND_SET, again));
    }
  }

  /** Sorts here, stably, and writes back as many values as it read. */
  void sort(@Nullable Comparator<? super E> order) {
    record Element<E>(E object, Value value) {}
    List<Element<E>> elements = new ArrayList<>();
    for (Value value : region.pages()) {
      elements.add(new Element<>(region.decode(value), value));
    }
    Comparator<? super E> given =
        order == null ? new NaturalOrder<>(region.requests.codec()) : order;
    elements.sort((a, b) -> given.compare(a.object(), b.object()));
    int[] at = {region.offset()};
    Batches<Value> batches =
        new Batches<>(
            region.requestor.limits(),
            batch -> {
              int to = at[0] + batch.size();
              unchanged(
                  () ->
                      region.requestor.call(
                          ListRequests.SET_SLICE, region.requests.replace(at[0], to, batch)));
              at[0] = to;
            });
    elements.forEach(element -> batches.add(element.value()));
    batches.flush();
  }

  /** Makes calls for positions that were there. */
  private static <R> R unchanged(Supplier<R> calls) {
    try {
      return calls.get();
    } catch (PolyprocException e) {
      throw e.reason() == ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE ? changed(e) : e;
    }
  }

  private static ConcurrentModificationException changed(@Nullable PolyprocException cause) {
    return new ConcurrentModificationException(
        "Expected the list to stay as it was seen, but somebody changed it", cause);
  }
}
