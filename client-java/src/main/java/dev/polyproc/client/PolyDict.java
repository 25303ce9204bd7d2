package dev.polyproc.client;

import dev.polyproc.client.internal.collection.DictChanges;
import dev.polyproc.client.internal.collection.DictEntries;
import dev.polyproc.client.internal.collection.DictEntrySet;
import dev.polyproc.client.internal.collection.DictKeySet;
import dev.polyproc.client.internal.collection.DictRequests;
import dev.polyproc.client.internal.collection.DictResponses;
import dev.polyproc.client.internal.collection.DictValues;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.request.Swap;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.DictContainsResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictDeleteResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values shared by all, in the order of insertion: a {@code ConcurrentMap}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every call for one key takes effect at once and whole. {@link #compute}, {@link #merge} and
 *       their like are atomic too: their function runs here, and runs again when somebody else
 *       changed the value meanwhile.
 *   <li>{@link #putAll}, {@link #replaceAll} and what goes through the views go entry by entry, but
 *       travel many at a time.
 *   <li>Keys are equal as Python's values are: {@code 1}, {@code 1.0} and {@code true} are one key,
 *       {@code "1"} is another. What {@code replace}, {@code remove} and {@code compareAndSet}
 *       expect may also be equal as Java has it, as when another language writes a date in other
 *       words.
 *   <li>A value before that is not of the dict's type is told by an {@link
 *       UnexpectedValueException}, which has it; what the call was to do is done.
 *   <li>The views are live, and their iterators ask for a page when they get to it. What changes
 *       meanwhile may or may not be seen; no key is seen twice unless it was removed and put again.
 *   <li>Neither keys nor values are null. A key that is looked for and is of another class than the
 *       dict's is not there.
 * </ul>
 */
public final class PolyDict<K, V> extends AbstractMap<K, V>
    implements ConcurrentMap<K, V>, PolyObject {
  private final Requestor requestor;
  private final Ref ref;
  private final Codec<K> keys;
  private final Codec<V> values;
  private final DictRequests<K, V> requests;
  private final DictResponses<K, V> responses;
  private final DictChanges<K, V> changes;
  private final DictEntries entries;

  private PolyDict(Requestor requestor, Ref ref, Codec<K> keys, Codec<V> values) {
    this.requestor = requestor;
    this.ref = ref;
    this.keys = keys;
    this.values = values;
    this.requests = new DictRequests<>(ref.getName(), keys, values);
    this.responses = new DictResponses<>(keys, values);
    this.changes = new DictChanges<>(requestor, requests);
    this.entries = new DictEntries(requestor, ref.getName());
  }

  static <K, V> PolyDict<K, V> create(
      Requestor requestor, DictCreateRequest shape, Codec<K> keys, Codec<V> values) {
    return of(requestor, requestor.call(DictRequests.CREATE, shape).getRef(), keys, values);
  }

  static <K, V> PolyDict<K, V> of(Requestor requestor, Ref ref, Codec<K> keys, Codec<V> values) {
    return new PolyDict<>(requestor.meaning(ref), ref, keys, values);
  }

  /** The dict's name. */
  @Override
  public String name() {
    return ref.getName();
  }

  /** Which dict exactly. */
  @Override
  public Ref ref() {
    return ref;
  }

  @Override
  public @Nullable V get(@Nullable Object key) {
    Value encoded = Codecs.lookup(keys, key);
    Value found = encoded == null ? null : changes.find(encoded);
    return found == null ? null : values.decode(found);
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<@Nullable V> getAsync(K key) {
    return requestor.async(DictRequests.GET, requests.get(requests.key(key)), responses::got);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    Value encoded = Codecs.lookup(keys, key);
    return encoded != null
        && requestor.call(DictRequests.CONTAINS, requests.contains(encoded)).getContains();
  }

  /** The twin of {@link #containsKey}. */
  public CompletableFuture<Boolean> containsKeyAsync(K key) {
    return requestor.async(
        DictRequests.CONTAINS,
        requests.contains(requests.key(key)),
        DictContainsResponse::getContains);
  }

  /** Whether a key has the value; goes through all values. */
  @Override
  public boolean containsValue(@Nullable Object value) {
    Value encoded = Codecs.lookup(values, value);
    if (encoded != null && value != null) {
      for (Value there : entries.values()) {
        if (Codecs.matches(values, there, value, encoded)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public @Nullable V put(K key, V value) {
    return responses.previous(requestor.call(DictRequests.SET, requests.set(key, value, true)));
  }

  /** The twin of {@link #put}. */
  public CompletableFuture<@Nullable V> putAsync(K key, V value) {
    return requestor.async(DictRequests.SET, requests.set(key, value, true), responses::previous);
  }

  /** {@link #put} without the value before travelling back. */
  public void set(K key, V value) {
    changes.set(key, value);
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(K key, V value) {
    return requestor.async(DictRequests.SET, requests.set(key, value, false), response -> null);
  }

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    return responses.present(
        requestor.call(DictRequests.SET_DEFAULT, requests.setDefault(key, value)));
  }

  /** The twin of {@link #putIfAbsent}. */
  public CompletableFuture<@Nullable V> putIfAbsentAsync(K key, V value) {
    return requestor.async(
        DictRequests.SET_DEFAULT, requests.setDefault(key, value), responses::present);
  }

  /** Sets many keys: as many as the daemon takes in one call all at once, more in several calls. */
  @Override
  public void putAll(Map<? extends K, ? extends V> items) {
    changes.setAll(items);
  }

  /** The twin of {@link #putAll}, for a page of keys at most. */
  public CompletableFuture<@Nullable Void> putAllAsync(Map<? extends K, ? extends V> items) {
    List<ValueEntry> entries = new ArrayList<>(items.size());
    items.forEach((key, value) -> entries.add(requests.entry(key, value)));
    return requestor.async(DictRequests.UPDATE, requests.update(entries), response -> null);
  }

  @Override
  public @Nullable V replace(K key, V value) {
    return responses.previous(requestor.call(DictRequests.SET, requests.replace(key, value)));
  }

  /** The twin of {@link #replace(Object, Object)}. */
  public CompletableFuture<@Nullable V> replaceAsync(K key, V value) {
    return requestor.async(DictRequests.SET, requests.replace(key, value), responses::previous);
  }

  /** {@link #compareAndSet} of a value that must be there, by another. */
  @Override
  public boolean replace(K key, V expected, V value) {
    return changes.swap(requests.key(key), requests.expecting(expected), requests.value(value));
  }

  /**
   * Sets the value of {@code key} if it is {@code expected}; answers whether it was.
   *
   * @param expected null when the key must not be there
   * @param value null to remove the key
   */
  public boolean compareAndSet(K key, @Nullable V expected, @Nullable V value) {
    return changes.compareAndSet(key, expected, value);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(
      K key, @Nullable V expected, @Nullable V value) {
    return changes.compareAndSetAsync(key, expected, value);
  }

  /**
   * Adds a number to the value of {@code key} in one step, and answers the sum. What is more than a
   * {@code Long} or an {@code Integer} holds is refused with {@code ERROR_REASON_VALUE_TOO_LARGE},
   * and changes nothing.
   *
   * @param initial what counts as the value before when there is none; null when there must be one
   * @throws UnsupportedOperationException for {@code Float} and {@code BigDecimal}, which {@code
   *     merge(key, amount, Float::sum)} and its like add
   */
  public V add(K key, V amount, @Nullable V initial) {
    return values.decode(
        requestor
            .call(DictRequests.ADD, requests.add(key, amount, initial, requestor.bits(values)))
            .getValue());
  }

  /** The twin of {@link #add}. */
  public CompletableFuture<V> addAsync(K key, V amount, @Nullable V initial) {
    return requestor.async(
        DictRequests.ADD,
        requests.add(key, amount, initial, requestor.bits(values)),
        (DictAddResponse sum) -> values.decode(sum.getValue()));
  }

  @Override
  public @Nullable V compute(
      K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
    return changes.compute(key, function);
  }

  @Override
  public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
    return changes.computeIfAbsent(key, function);
  }

  @Override
  public @Nullable V computeIfPresent(
      K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
    return changes.computeIfPresent(key, function);
  }

  @Override
  public @Nullable V merge(
      K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
    return changes.merge(key, value, function);
  }

  @Override
  public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
    changes.replaceAll(function);
  }

  @Override
  public @Nullable V remove(@Nullable Object key) {
    Value encoded = Codecs.lookup(keys, key);
    return encoded == null
        ? null
        : responses.popped(requestor.call(DictRequests.POP, requests.pop(encoded)));
  }

  /** The twin of {@link #remove(Object)}. */
  public CompletableFuture<@Nullable V> removeAsync(K key) {
    return requestor.async(DictRequests.POP, requests.pop(requests.key(key)), responses::popped);
  }

  @Override
  public boolean remove(@Nullable Object key, @Nullable Object value) {
    Value encoded = Codecs.lookup(keys, key);
    Value expected = value == null ? null : Codecs.lookup(values, value);
    return encoded != null
        && value != null
        && expected != null
        && changes.swap(encoded, new Swap<>(values, value, expected), null);
  }

  /** {@link #remove(Object)} without the value travelling back; answers whether it was there. */
  public boolean delete(K key) {
    return requestor.call(DictRequests.DELETE, requests.delete(requests.key(key))).getDeleted();
  }

  /** The twin of {@link #delete}. */
  public CompletableFuture<Boolean> deleteAsync(K key) {
    return requestor.async(
        DictRequests.DELETE, requests.delete(requests.key(key)), DictDeleteResponse::getDeleted);
  }

  /** Removes the key that was set last, and answers it with its value; null when empty. */
  public Map.@Nullable Entry<K, V> pollLastEntry() {
    return responses.item(requestor.call(DictRequests.POP_ITEM, requests.popItem(false)));
  }

  /** The twin of {@link #pollLastEntry}. */
  public CompletableFuture<Map.@Nullable Entry<K, V>> pollLastEntryAsync() {
    return requestor.async(DictRequests.POP_ITEM, requests.popItem(false), responses::item);
  }

  /** Removes the key that was set first, and answers it with its value; null when empty. */
  public Map.@Nullable Entry<K, V> pollFirstEntry() {
    return responses.item(requestor.call(DictRequests.POP_ITEM, requests.popItem(true)));
  }

  /** The twin of {@link #pollFirstEntry}. */
  public CompletableFuture<Map.@Nullable Entry<K, V>> pollFirstEntryAsync() {
    return requestor.async(DictRequests.POP_ITEM, requests.popItem(true), responses::item);
  }

  @Override
  public int size() {
    return DictResponses.size(requestor.call(DictRequests.SIZE, requests.size()));
  }

  /** The twin of {@link #size}. */
  public CompletableFuture<Integer> sizeAsync() {
    return requestor.async(DictRequests.SIZE, requests.size(), DictResponses::size);
  }

  @Override
  public boolean isEmpty() {
    return size() == 0;
  }

  @Override
  public void clear() {
    requestor.call(DictRequests.CLEAR, requests.clear());
  }

  /** The twin of {@link #clear}. */
  public CompletableFuture<@Nullable Void> clearAsync() {
    return requestor.async(DictRequests.CLEAR, requests.clear(), response -> null);
  }

  @Override
  public Set<K> keySet() {
    return new DictKeySet<>(this, entries, keys);
  }

  @Override
  public Collection<V> values() {
    return new DictValues<>(this, changes, entries, values);
  }

  /** The entries, live: a value that is set in an entry is set in the dict. */
  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    return new DictEntrySet<>(this, changes, entries, keys, values);
  }

  /** Whether another map has the same keys and values now, by Java's equality. */
  @Override
  public boolean equals(@Nullable Object other) {
    if (other == this) {
      return true;
    }
    // Read whole, so that it costs pages rather than a call for each key.
    return other instanceof Map<?, ?> map
        && new LinkedHashMap<>(this)
            .equals(map instanceof PolyDict ? new LinkedHashMap<>(map) : map);
  }

  /** That of the keys and values that are there now. */
  @Override
  public int hashCode() {
    return super.hashCode();
  }

  /** What it is, without a look at what it holds: that would be calls, of any number. */
  @Override
  public String toString() {
    return "PolyDict '" + name() + "'";
  }
}
