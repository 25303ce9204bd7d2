package dev.polyproc.client.internal.collection;

import com.google.protobuf.MessageLite;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictDeleteResponse;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictKeysResponse;
import dev.polyproc.v1.DictValuesResponse;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a dict as they travel: what the views of a {@code PolyDict} go through. Pages are
 * asked for when an iteration gets to them; entries are decoded when they are handed out.
 */
public record DictEntries(Requestor requestor, String name) {
  /** Keys and values. */
  Pages<ValueEntry> items() {
    return new Pages<>(
        page -> {
          DictItemsResponse found =
              requestor.call(DictRequests.ITEMS, DictRequests.items(name, page));
          return new Pages.Page<>(found.getItemsList(), found.getNextPageToken());
        });
  }

  /** Keys; the values stay where they are. */
  Pages<ValueEntry> keys() {
    return new Pages<>(
        page -> {
          DictKeysResponse found = requestor.call(DictRequests.KEYS, DictRequests.keys(name, page));
          List<ValueEntry> entries =
              found.getKeysList().stream()
                  .map(key -> ValueEntry.newBuilder().setKey(key).build())
                  .toList();
          return new Pages.Page<>(entries, found.getNextPageToken());
        });
  }

  /** Values, without their keys. */
  public Pages<Value> values() {
    return new Pages<>(
        page -> {
          DictValuesResponse found =
              requestor.call(DictRequests.VALUES, DictRequests.values(name, page));
          return new Pages.Page<>(found.getValuesList(), found.getNextPageToken());
        });
  }

  /** Goes through entries; {@code remove} removes the key, whatever its value is by then. */
  <T> Iterator<T> iterator(Pages<ValueEntry> entries, Function<ValueEntry, T> decode) {
    return new EntryIterator<>(entries.iterator(), decode);
  }

  /** An iteration that says nothing of the size, which is the daemon's and may change. */
  <T> Spliterator<T> spliterator(Iterator<T> iterator) {
    return Spliterators.spliteratorUnknownSize(
        iterator, Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
  }

  /** Removes keys; answers whether one was there. */
  boolean removeKeys(Iterable<Value> keys) {
    Any<DictDeleteRequest, DictDeleteResponse> deletes =
        new Any<>(DictRequests.DELETE, DictDeleteResponse::getDeleted);
    keys.forEach(
        key -> deletes.add(DictDeleteRequest.newBuilder().setDict(name).setKey(key).build()));
    return deletes.isAny();
  }

  /** Removes the entries that match and still are as they were; answers whether there was one. */
  boolean removeIf(Predicate<ValueEntry> matches) {
    Any<DictCompareAndSetRequest, DictCompareAndSetResponse> swaps =
        new Any<>(DictRequests.COMPARE_AND_SET, DictCompareAndSetResponse::getSwapped);
    for (ValueEntry entry : items()) {
      if (matches.test(entry)) {
        swaps.add(DictRequests.compareAndSet(name, entry.getKey(), entry.getValue(), null));
      }
    }
    return swaps.isAny();
  }

  /** Many calls of one kind, in batches, of which it matters whether one did something. */
  private final class Any<Q extends MessageLite, R extends MessageLite> {
    private final Batches<Q> batches;
    private boolean any;

    Any(Operation<Q, R> operation, Predicate<R> did) {
      batches =
          new Batches<>(
              requestor.limits(),
              batch -> any |= requestor.callAll(operation, batch).stream().anyMatch(did));
    }

    void add(Q request) {
      batches.add(request);
    }

    boolean isAny() {
      batches.flush();
      return any;
    }
  }

  private final class EntryIterator<T> implements Iterator<T> {
    private final Iterator<ValueEntry> entries;
    private final Function<ValueEntry, T> decode;
    private @Nullable ValueEntry last;

    EntryIterator(Iterator<ValueEntry> entries, Function<ValueEntry, T> decode) {
      this.entries = entries;
      this.decode = decode;
    }

    @Override
    public boolean hasNext() {
      return entries.hasNext();
    }

    @Override
    public T next() {
      ValueEntry entry = entries.next();
      last = entry;
      return decode.apply(entry);
    }

    @Override
    public void remove() {
      ValueEntry entry = last;
      if (entry == null) {
        throw new IllegalStateException("Expected an element to remove, but next gave none");
      }
      last = null;
      requestor.call(
          DictRequests.DELETE,
          DictDeleteRequest.newBuilder().setDict(name).setKey(entry.getKey()).build());
    }

    @Override
    public String toString() {
      return "an iterator of PolyDict '" + name + "'";
    }
  }
}
