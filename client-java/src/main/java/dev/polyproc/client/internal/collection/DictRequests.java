package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.request.Swap;
import dev.polyproc.client.internal.wire.Operation;
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
import dev.polyproc.v1.DictPopItemRequest;
import dev.polyproc.v1.DictPopItemResponse;
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
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PolyDict} asks of the daemon.
 *
 * @param name the dict's name
 * @param keys writes its keys
 * @param values writes its values
 */
public record DictRequests<K, V>(String name, Codec<K> keys, Codec<V> values) {
  public static final Operation<DictCreateRequest, DictCreateResponse> CREATE =
      Operation.of(DictServiceGrpc.getCreateMethod());
  public static final Operation<DictGetRequest, DictGetResponse> GET =
      Operation.of(DictServiceGrpc.getGetMethod());
  public static final Operation<DictSetRequest, DictSetResponse> SET =
      Operation.of(DictServiceGrpc.getSetMethod());
  public static final Operation<DictDeleteRequest, DictDeleteResponse> DELETE =
      Operation.of(DictServiceGrpc.getDeleteMethod());
  public static final Operation<DictContainsRequest, DictContainsResponse> CONTAINS =
      Operation.of(DictServiceGrpc.getContainsMethod());
  public static final Operation<DictSizeRequest, DictSizeResponse> SIZE =
      Operation.of(DictServiceGrpc.getSizeMethod());
  public static final Operation<DictClearRequest, DictClearResponse> CLEAR =
      Operation.of(DictServiceGrpc.getClearMethod());
  public static final Operation<DictItemsRequest, DictItemsResponse> ITEMS =
      Operation.of(DictServiceGrpc.getItemsMethod());
  public static final Operation<DictKeysRequest, DictKeysResponse> KEYS =
      Operation.of(DictServiceGrpc.getKeysMethod());
  public static final Operation<DictValuesRequest, DictValuesResponse> VALUES =
      Operation.of(DictServiceGrpc.getValuesMethod());
  public static final Operation<DictPopRequest, DictPopResponse> POP =
      Operation.of(DictServiceGrpc.getPopMethod());
  public static final Operation<DictPopItemRequest, DictPopItemResponse> POP_ITEM =
      Operation.of(DictServiceGrpc.getPopItemMethod());
  public static final Operation<DictSetDefaultRequest, DictSetDefaultResponse> SET_DEFAULT =
      Operation.of(DictServiceGrpc.getSetDefaultMethod());
  public static final Operation<DictCompareAndSetRequest, DictCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(DictServiceGrpc.getCompareAndSetMethod());
  public static final Operation<DictAddRequest, DictAddResponse> ADD =
      Operation.of(DictServiceGrpc.getAddMethod());
  public static final Operation<DictUpdateRequest, DictUpdateResponse> UPDATE =
      Operation.of(DictServiceGrpc.getUpdateMethod());

  /** The value for a key, which is not null. */
  public Value key(K key) {
    return keys.encode(Objects.requireNonNull(key, "Expected a key, but it is null"));
  }

  /** The value for a value, which is not null. */
  public Value value(V value) {
    return values.encode(Objects.requireNonNull(value, "Expected a value, but it is null"));
  }

  public ValueEntry entry(K key, V value) {
    return ValueEntry.newBuilder().setKey(key(key)).setValue(value(value)).build();
  }

  public DictGetRequest get(Value key) {
    return DictGetRequest.newBuilder().setDict(name).setKey(key).build();
  }

  public DictSetRequest set(K key, V value, boolean returnPrevious) {
    return DictSetRequest.newBuilder()
        .setDict(name)
        .setKey(key(key))
        .setValue(value(value))
        .setReturnPrevious(returnPrevious)
        .build();
  }

  public DictSetRequest replace(K key, V value) {
    return set(key, value, true).toBuilder().setOnlyIfPresent(true).build();
  }

  public DictSetDefaultRequest setDefault(K key, V value) {
    return DictSetDefaultRequest.newBuilder()
        .setDict(name)
        .setKey(key(key))
        .setValue(value(value))
        .build();
  }

  public DictPopRequest pop(Value key) {
    return DictPopRequest.newBuilder().setDict(name).setKey(key).build();
  }

  /** What a swap expects. */
  public Swap<V> expecting(V expected) {
    return new Swap<>(values, expected, value(expected));
  }

  static DictCompareAndSetRequest compareAndSet(
      String name, Value key, @Nullable Value expected, @Nullable Value value) {
    DictCompareAndSetRequest.Builder request =
        DictCompareAndSetRequest.newBuilder().setDict(name).setKey(key);
    if (expected != null) {
      request.setExpected(expected);
    }
    if (value != null) {
      request.setValue(value);
    }
    return request.build();
  }

  public DictAddRequest add(K key, V amount, @Nullable V initial, int bits) {
    DictAddRequest.Builder request =
        DictAddRequest.newBuilder()
            .setDict(name)
            .setKey(key(key))
            .setAmount(value(amount))
            .setBits(bits);
    if (initial != null) {
      request.setInitial(values.encode(initial));
    }
    return request.build();
  }

  public DictDeleteRequest delete(Value key) {
    return DictDeleteRequest.newBuilder().setDict(name).setKey(key).build();
  }

  public DictContainsRequest contains(Value key) {
    return DictContainsRequest.newBuilder().setDict(name).setKey(key).build();
  }

  public DictSizeRequest size() {
    return DictSizeRequest.newBuilder().setDict(name).build();
  }

  public DictClearRequest clear() {
    return DictClearRequest.newBuilder().setDict(name).build();
  }

  public DictPopItemRequest popItem(boolean first) {
    return DictPopItemRequest.newBuilder().setDict(name).setFirst(first).build();
  }

  public DictUpdateRequest update(List<ValueEntry> items) {
    return DictUpdateRequest.newBuilder().setDict(name).addAllItems(items).build();
  }

  static DictItemsRequest items(String name, String page) {
    return DictItemsRequest.newBuilder().setDict(name).setPageToken(page).build();
  }

  static DictKeysRequest keys(String name, String page) {
    return DictKeysRequest.newBuilder().setDict(name).setPageToken(page).build();
  }

  static DictValuesRequest values(String name, String page) {
    return DictValuesRequest.newBuilder().setDict(name).setPageToken(page).build();
  }
}
