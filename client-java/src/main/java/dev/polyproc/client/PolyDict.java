package dev.polyproc.client;

import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictKeysResponse;
import dev.polyproc.v1.DictPopResponse;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.DictUpdateRequest;
import dev.polyproc.v1.DictValuesResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.ValueEntry;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values shared by all, in the order of insertion, with the names of {@code
 * ConcurrentMap}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every call but {@link #putAll} and the iterations takes effect at once and whole.
 *   <li>Keys are equal as Python's are: {@code 1}, {@code 1.0} and {@code true} are one key, {@code
 *       "1"} is another.
 *   <li>What an iteration meets that changes meanwhile may or may not be seen; no key is seen twice
 *       unless it was removed and put again.
 * </ul>
 */
public final class PolyDict<K, V> {
  private final Caller caller;
  private final Ref ref;
  private final Codec<K> keys;
  private final Codec<V> values;
  private final DictRequests<K, V> requests;

  private PolyDict(Caller caller, Ref ref, Codec<K> keys, Codec<V> values) {
    this.caller = caller;
    this.ref = ref;
    this.keys = keys;
    this.values = values;
    this.requests = new DictRequests<>(ref.getName(), keys, values);
  }

  static <K, V> PolyDict<K, V> create(
      Caller caller, DictCreateRequest shape, Codec<K> keys, Codec<V> values) {
    return new PolyDict<>(caller, caller.call(DictRequests.CREATE, shape).getRef(), keys, values);
  }

  /** The dict's name. */
  public String name() {
    return ref.getName();
  }

  /** Which dict exactly. */
  public Ref ref() {
    return ref;
  }

  /** The value of {@code key}; null when it has none. */
  public @Nullable V get(K key) {
    return got(caller.call(DictRequests.GET, requests.get(key)));
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<@Nullable V> getAsync(K key) {
    return caller.async(DictRequests.GET, requests.get(key), this::got);
  }

  /** The value of {@code key}; {@code other} when it has none. */
  public V getOrDefault(K key, V other) {
    V value = get(key);
    return value == null ? other : value;
  }

  /** Sets the value of {@code key} and answers the one before; null when there was none. */
  public @Nullable V put(K key, V value) {
    return previous(caller.call(DictRequests.SET, requests.set(key, value, true)));
  }

  /** The twin of {@link #put}. */
  public CompletableFuture<@Nullable V> putAsync(K key, V value) {
    return caller.async(DictRequests.SET, requests.set(key, value, true), this::previous);
  }

  /** Sets the value of {@code key}, without the one before travelling back. */
  public void set(K key, V value) {
    caller.call(DictRequests.SET, requests.set(key, value, false));
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(K key, V value) {
    return caller.async(DictRequests.SET, requests.set(key, value, false), response -> null);
  }

  /** Puts {@code value} where there is none; answers what was there, null when nothing was. */
  public @Nullable V putIfAbsent(K key, V value) {
    return present(caller.call(DictRequests.SET_DEFAULT, requests.setDefault(key, value)));
  }

  /** The twin of {@link #putIfAbsent}. */
  public CompletableFuture<@Nullable V> putIfAbsentAsync(K key, V value) {
    return caller.async(DictRequests.SET_DEFAULT, requests.setDefault(key, value), this::present);
  }

  /** Sets many keys: as many as the daemon takes in one call all at once, more in several calls. */
  public void putAll(Map<? extends K, ? extends V> items) {
    int most = Math.max(1, caller.limits().getPageSize());
    DictUpdateRequest.Builder request = DictUpdateRequest.newBuilder().setDict(name());
    for (Map.Entry<? extends K, ? extends V> item : items.entrySet()) {
      if (request.getItemsCount() == most) {
        caller.call(DictRequests.UPDATE, request.build());
        request.clearItems();
      }
      request.addItems(
          ValueEntry.newBuilder()
              .setKey(keys.encode(item.getKey()))
              .setValue(values.encode(item.getValue())));
    }
    if (request.getItemsCount() > 0) {
      caller.call(DictRequests.UPDATE, request.build());
    }
  }

  /** Removes {@code key} and answers its value; null when it had none. */
  public @Nullable V remove(K key) {
    return popped(caller.call(DictRequests.POP, requests.pop(key)));
  }

  /** The twin of {@link #remove}. */
  public CompletableFuture<@Nullable V> removeAsync(K key) {
    return caller.async(DictRequests.POP, requests.pop(key), this::popped);
  }

  /** Removes {@code key}, without its value travelling back; answers whether it was there. */
  public boolean delete(K key) {
    return caller.call(DictRequests.DELETE, requests.delete(key)).getDeleted();
  }

  /**
   * Sets the value of {@code key} if it is {@code expected}; answers whether it was.
   *
   * @param expected null when the key must not be there
   * @param value null to remove the key
   */
  public boolean compareAndSet(K key, @Nullable V expected, @Nullable V value) {
    return caller
        .call(DictRequests.COMPARE_AND_SET, requests.compareAndSet(key, expected, value))
        .getSwapped();
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(
      K key, @Nullable V expected, @Nullable V value) {
    return caller.async(
        DictRequests.COMPARE_AND_SET,
        requests.compareAndSet(key, expected, value),
        DictCompareAndSetResponse::getSwapped);
  }

  /**
   * Adds a number to the value of {@code key} in one step, and answers the sum.
   *
   * @param initial what counts as the value before when there is none; null when there must be one
   */
  public V add(K key, V amount, @Nullable V initial) {
    return values.decode(
        caller.call(DictRequests.ADD, requests.add(key, amount, initial)).getValue());
  }

  /** The twin of {@link #add}. */
  public CompletableFuture<V> addAsync(K key, V amount, @Nullable V initial) {
    return caller.async(
        DictRequests.ADD,
        requests.add(key, amount, initial),
        (DictAddResponse sum) -> values.decode(sum.getValue()));
  }

  /** Whether {@code key} has a value. */
  public boolean containsKey(K key) {
    return caller.call(DictRequests.CONTAINS, requests.contains(key)).getContains();
  }

  /** How many keys there are. */
  public int size() {
    return (int)
        Math.min(Integer.MAX_VALUE, caller.call(DictRequests.SIZE, requests.size()).getSize());
  }

  /** Whether there is no key. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Removes all keys. */
  public void clear() {
    caller.call(DictRequests.CLEAR, requests.clear());
  }

  /** The keys and values in order; a page is asked for when the iteration gets to it. */
  public Iterable<Map.Entry<K, V>> items() {
    return new Pages<>(
        page -> {
          DictItemsResponse items = caller.call(DictRequests.ITEMS, requests.items(page));
          return new Pages.Page<>(
              items.getItemsList().stream().map(this::entry).toList(), items.getNextPageToken());
        });
  }

  /** The keys in order, as {@link #items}. */
  public Iterable<K> keys() {
    return new Pages<>(
        page -> {
          DictKeysResponse found = caller.call(DictRequests.KEYS, requests.keys(page));
          return new Pages.Page<>(
              found.getKeysList().stream().map(keys::decode).toList(), found.getNextPageToken());
        });
  }

  /** The values in the order of their keys, as {@link #items}. */
  public Iterable<V> values() {
    return new Pages<>(
        page -> {
          DictValuesResponse found = caller.call(DictRequests.VALUES, requests.values(page));
          return new Pages.Page<>(
              found.getValuesList().stream().map(values::decode).toList(),
              found.getNextPageToken());
        });
  }

  private @Nullable V got(DictGetResponse response) {
    return response.hasValue() ? values.decode(response.getValue()) : null;
  }

  private @Nullable V previous(DictSetResponse response) {
    return response.hasPrevious() ? values.decode(response.getPrevious()) : null;
  }

  private @Nullable V present(DictSetDefaultResponse response) {
    return response.getInserted() ? null : values.decode(response.getValue());
  }

  private @Nullable V popped(DictPopResponse response) {
    return response.hasValue() ? values.decode(response.getValue()) : null;
  }

  private Map.Entry<K, V> entry(ValueEntry entry) {
    return Map.entry(keys.decode(entry.getKey()), values.decode(entry.getValue()));
  }
}
