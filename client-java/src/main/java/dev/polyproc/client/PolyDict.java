package dev.polyproc.client;

import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.DictClearRequest;
import dev.polyproc.v1.DictClearResponse;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictContainsRequest;
import dev.polyproc.v1.DictContainsResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictCreateResponse;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictDeleteResponse;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictItemsRequest;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictKeysRequest;
import dev.polyproc.v1.DictKeysResponse;
import dev.polyproc.v1.DictPopRequest;
import dev.polyproc.v1.DictPopResponse;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetDefaultRequest;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.DictSizeRequest;
import dev.polyproc.v1.DictSizeResponse;
import dev.polyproc.v1.DictUpdateRequest;
import dev.polyproc.v1.DictUpdateResponse;
import dev.polyproc.v1.DictValuesRequest;
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
  private static final Operation<DictCreateRequest, DictCreateResponse> CREATE =
      Operation.of(DictServiceGrpc.getCreateMethod());
  private static final Operation<DictGetRequest, DictGetResponse> GET =
      Operation.of(DictServiceGrpc.getGetMethod());
  private static final Operation<DictSetRequest, DictSetResponse> SET =
      Operation.of(DictServiceGrpc.getSetMethod());
  private static final Operation<DictDeleteRequest, DictDeleteResponse> DELETE =
      Operation.of(DictServiceGrpc.getDeleteMethod());
  private static final Operation<DictContainsRequest, DictContainsResponse> CONTAINS =
      Operation.of(DictServiceGrpc.getContainsMethod());
  private static final Operation<DictSizeRequest, DictSizeResponse> SIZE =
      Operation.of(DictServiceGrpc.getSizeMethod());
  private static final Operation<DictClearRequest, DictClearResponse> CLEAR =
      Operation.of(DictServiceGrpc.getClearMethod());
  private static final Operation<DictItemsRequest, DictItemsResponse> ITEMS =
      Operation.of(DictServiceGrpc.getItemsMethod());
  private static final Operation<DictKeysRequest, DictKeysResponse> KEYS =
      Operation.of(DictServiceGrpc.getKeysMethod());
  private static final Operation<DictValuesRequest, DictValuesResponse> VALUES =
      Operation.of(DictServiceGrpc.getValuesMethod());
  private static final Operation<DictPopRequest, DictPopResponse> POP =
      Operation.of(DictServiceGrpc.getPopMethod());
  private static final Operation<DictSetDefaultRequest, DictSetDefaultResponse> SET_DEFAULT =
      Operation.of(DictServiceGrpc.getSetDefaultMethod());
  private static final Operation<DictCompareAndSetRequest, DictCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(DictServiceGrpc.getCompareAndSetMethod());
  private static final Operation<DictAddRequest, DictAddResponse> ADD =
      Operation.of(DictServiceGrpc.getAddMethod());
  private static final Operation<DictUpdateRequest, DictUpdateResponse> UPDATE =
      Operation.of(DictServiceGrpc.getUpdateMethod());

  private final Caller caller;
  private final Ref ref;
  private final Codec<K> keys;
  private final Codec<V> values;

  private PolyDict(Caller caller, Ref ref, Codec<K> keys, Codec<V> values) {
    this.caller = caller;
    this.ref = ref;
    this.keys = keys;
    this.values = values;
  }

  static <K, V> PolyDict<K, V> create(
      Caller caller, DictCreateRequest shape, Codec<K> keys, Codec<V> values) {
    return new PolyDict<>(caller, caller.call(CREATE, shape).getRef(), keys, values);
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
    return got(caller.call(GET, getRequest(key)));
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<@Nullable V> getAsync(K key) {
    return caller.async(GET, getRequest(key), this::got);
  }

  /** The value of {@code key}; {@code other} when it has none. */
  public V getOrDefault(K key, V other) {
    V value = get(key);
    return value == null ? other : value;
  }

  /** Sets the value of {@code key} and answers the one before; null when there was none. */
  public @Nullable V put(K key, V value) {
    return previous(caller.call(SET, setRequest(key, value, true)));
  }

  /** The twin of {@link #put}. */
  public CompletableFuture<@Nullable V> putAsync(K key, V value) {
    return caller.async(SET, setRequest(key, value, true), this::previous);
  }

  /** Sets the value of {@code key}, without the one before travelling back. */
  public void set(K key, V value) {
    caller.call(SET, setRequest(key, value, false));
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(K key, V value) {
    return caller.async(SET, setRequest(key, value, false), response -> null);
  }

  /** Puts {@code value} where there is none; answers what was there, null when nothing was. */
  public @Nullable V putIfAbsent(K key, V value) {
    return present(caller.call(SET_DEFAULT, setDefaultRequest(key, value)));
  }

  /** The twin of {@link #putIfAbsent}. */
  public CompletableFuture<@Nullable V> putIfAbsentAsync(K key, V value) {
    return caller.async(SET_DEFAULT, setDefaultRequest(key, value), this::present);
  }

  /** Sets many keys: as many as the daemon takes in one call all at once, more in several calls. */
  public void putAll(Map<? extends K, ? extends V> items) {
    int most = Math.max(1, caller.limits().getPageSize());
    DictUpdateRequest.Builder request = DictUpdateRequest.newBuilder().setDict(name());
    for (Map.Entry<? extends K, ? extends V> item : items.entrySet()) {
      if (request.getItemsCount() == most) {
        caller.call(UPDATE, request.build());
        request.clearItems();
      }
      request.addItems(
          ValueEntry.newBuilder()
              .setKey(keys.encode(item.getKey()))
              .setValue(values.encode(item.getValue())));
    }
    if (request.getItemsCount() > 0) {
      caller.call(UPDATE, request.build());
    }
  }

  /** Removes {@code key} and answers its value; null when it had none. */
  public @Nullable V remove(K key) {
    return popped(caller.call(POP, popRequest(key)));
  }

  /** The twin of {@link #remove}. */
  public CompletableFuture<@Nullable V> removeAsync(K key) {
    return caller.async(POP, popRequest(key), this::popped);
  }

  /** Removes {@code key}, without its value travelling back; answers whether it was there. */
  public boolean delete(K key) {
    DictDeleteRequest request =
        DictDeleteRequest.newBuilder().setDict(name()).setKey(keys.encode(key)).build();
    return caller.call(DELETE, request).getDeleted();
  }

  /**
   * Sets the value of {@code key} if it is {@code expected}; answers whether it was.
   *
   * @param expected null when the key must not be there
   * @param value null to remove the key
   */
  public boolean compareAndSet(K key, @Nullable V expected, @Nullable V value) {
    return caller.call(COMPARE_AND_SET, compareAndSetRequest(key, expected, value)).getSwapped();
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(
      K key, @Nullable V expected, @Nullable V value) {
    return caller.async(
        COMPARE_AND_SET,
        compareAndSetRequest(key, expected, value),
        DictCompareAndSetResponse::getSwapped);
  }

  /**
   * Adds a number to the value of {@code key} in one step, and answers the sum.
   *
   * @param initial what counts as the value before when there is none; null when there must be one
   */
  public V add(K key, V amount, @Nullable V initial) {
    return values.decode(caller.call(ADD, addRequest(key, amount, initial)).getValue());
  }

  /** The twin of {@link #add}. */
  public CompletableFuture<V> addAsync(K key, V amount, @Nullable V initial) {
    return caller.async(
        ADD,
        addRequest(key, amount, initial),
        (DictAddResponse sum) -> values.decode(sum.getValue()));
  }

  /** Whether {@code key} has a value. */
  public boolean containsKey(K key) {
    DictContainsRequest request =
        DictContainsRequest.newBuilder().setDict(name()).setKey(keys.encode(key)).build();
    return caller.call(CONTAINS, request).getContains();
  }

  /** How many keys there are. */
  public int size() {
    DictSizeRequest request = DictSizeRequest.newBuilder().setDict(name()).build();
    return (int) Math.min(Integer.MAX_VALUE, caller.call(SIZE, request).getSize());
  }

  /** Whether there is no key. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Removes all keys. */
  public void clear() {
    caller.call(CLEAR, DictClearRequest.newBuilder().setDict(name()).build());
  }

  /** The keys and values in order; a page is asked for when the iteration gets to it. */
  public Iterable<Map.Entry<K, V>> items() {
    return new Pages<>(
        page -> {
          DictItemsResponse items =
              caller.call(
                  ITEMS, DictItemsRequest.newBuilder().setDict(name()).setPageToken(page).build());
          return new Pages.Page<>(
              items.getItemsList().stream().map(this::entry).toList(), items.getNextPageToken());
        });
  }

  /** The keys in order, as {@link #items}. */
  public Iterable<K> keys() {
    return new Pages<>(
        page -> {
          DictKeysResponse found =
              caller.call(
                  KEYS, DictKeysRequest.newBuilder().setDict(name()).setPageToken(page).build());
          return new Pages.Page<>(
              found.getKeysList().stream().map(keys::decode).toList(), found.getNextPageToken());
        });
  }

  /** The values in the order of their keys, as {@link #items}. */
  public Iterable<V> values() {
    return new Pages<>(
        page -> {
          DictValuesResponse found =
              caller.call(
                  VALUES,
                  DictValuesRequest.newBuilder().setDict(name()).setPageToken(page).build());
          return new Pages.Page<>(
              found.getValuesList().stream().map(values::decode).toList(),
              found.getNextPageToken());
        });
  }

  private DictGetRequest getRequest(K key) {
    return DictGetRequest.newBuilder().setDict(name()).setKey(keys.encode(key)).build();
  }

  private DictSetRequest setRequest(K key, V value, boolean returnPrevious) {
    return DictSetRequest.newBuilder()
        .setDict(name())
        .setKey(keys.encode(key))
        .setValue(values.encode(value))
        .setReturnPrevious(returnPrevious)
        .build();
  }

  private DictSetDefaultRequest setDefaultRequest(K key, V value) {
    return DictSetDefaultRequest.newBuilder()
        .setDict(name())
        .setKey(keys.encode(key))
        .setValue(values.encode(value))
        .build();
  }

  private DictPopRequest popRequest(K key) {
    return DictPopRequest.newBuilder().setDict(name()).setKey(keys.encode(key)).build();
  }

  private DictCompareAndSetRequest compareAndSetRequest(
      K key, @Nullable V expected, @Nullable V value) {
    DictCompareAndSetRequest.Builder request =
        DictCompareAndSetRequest.newBuilder().setDict(name()).setKey(keys.encode(key));
    if (expected != null) {
      request.setExpected(values.encode(expected));
    }
    if (value != null) {
      request.setValue(values.encode(value));
    }
    return request.build();
  }

  private DictAddRequest addRequest(K key, V amount, @Nullable V initial) {
    DictAddRequest.Builder request =
        DictAddRequest.newBuilder()
            .setDict(name())
            .setKey(keys.encode(key))
            .setAmount(values.encode(amount));
    if (initial != null) {
      request.setInitial(values.encode(initial));
    }
    return request.build();
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
