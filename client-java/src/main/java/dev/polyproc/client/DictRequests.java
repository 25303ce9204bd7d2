package dev.polyproc.client;

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
 * What a {@link PolyDict} asks of the daemon.
 *
 * @param name the dict's name
 * @param keys writes its keys
 * @param values writes its values
 */
record DictRequests<K, V>(String name, Codec<K> keys, Codec<V> values) {
  static final Operation<DictCreateRequest, DictCreateResponse> CREATE =
      Operation.of(DictServiceGrpc.getCreateMethod());
  static final Operation<DictGetRequest, DictGetResponse> GET =
      Operation.of(DictServiceGrpc.getGetMethod());
  static final Operation<DictSetRequest, DictSetResponse> SET =
      Operation.of(DictServiceGrpc.getSetMethod());
  static final Operation<DictDeleteRequest, DictDeleteResponse> DELETE =
      Operation.of(DictServiceGrpc.getDeleteMethod());
  static final Operation<DictContainsRequest, DictContainsResponse> CONTAINS =
      Operation.of(DictServiceGrpc.getContainsMethod());
  static final Operation<DictSizeRequest, DictSizeResponse> SIZE =
      Operation.of(DictServiceGrpc.getSizeMethod());
  static final Operation<DictClearRequest, DictClearResponse> CLEAR =
      Operation.of(DictServiceGrpc.getClearMethod());
  static final Operation<DictItemsRequest, DictItemsResponse> ITEMS =
      Operation.of(DictServiceGrpc.getItemsMethod());
  static final Operation<DictKeysRequest, DictKeysResponse> KEYS =
      Operation.of(DictServiceGrpc.getKeysMethod());
  static final Operation<DictValuesRequest, DictValuesResponse> VALUES =
      Operation.of(DictServiceGrpc.getValuesMethod());
  static final Operation<DictPopRequest, DictPopResponse> POP =
      Operation.of(DictServiceGrpc.getPopMethod());
  static final Operation<DictPopItemRequest, DictPopItemResponse> POP_ITEM =
      Operation.of(DictServiceGrpc.getPopItemMethod());
  static final Operation<DictSetDefaultRequest, DictSetDefaultResponse> SET_DEFAULT =
      Operation.of(DictServiceGrpc.getSetDefaultMethod());
  static final Operation<DictCompareAndSetRequest, DictCompareAndSetResponse> COMPARE_AND_SET =
      Operation.of(DictServiceGrpc.getCompareAndSetMethod());
  static final Operation<DictAddRequest, DictAddResponse> ADD =
      Operation.of(DictServiceGrpc.getAddMethod());
  static final Operation<DictUpdateRequest, DictUpdateResponse> UPDATE =
      Operation.of(DictServiceGrpc.getUpdateMethod());

  /** The value for a key, which is not null. */
  Value key(K key) {
    return keys.encode(Objects.requireNonNull(key, "Expected a key, but it is null"));
  }

  /** The value for a value, which is not null. */
  Value value(V value) {
    return values.encode(Objects.requireNonNull(value, "Expected a value, but it is null"));
  }

  ValueEntry entry(K key, V value) {
    return ValueEntry.newBuilder().setKey(key(key)).setValue(value(value)).build();
  }

  DictGetRequest get(Value key) {
    return DictGetRequest.newBuilder().setDict(name).setKey(key).build();
  }

  DictSetRequest set(K key, V value, boolean returnPrevious) {
    return DictSetRequest.newBuilder()
        .setDict(name)
        .setKey(key(key))
        .setValue(value(value))
        .setReturnPrevious(returnPrevious)
        .build();
  }

  DictSetRequest replace(K key, V value) {
    return set(key, value, true).toBuilder().setOnlyIfPresent(true).build();
  }

  DictSetDefaultRequest setDefault(K key, V value) {
    return DictSetDefaultRequest.newBuilder()
        .setDict(name)
        .setKey(key(key))
        .setValue(value(value))
        .build();
  }

  DictPopRequest pop(Value key) {
    return DictPopRequest.newBuilder().setDict(name).setKey(key).build();
  }

  /** What a swap expects. */
  Swap<V> expecting(V expected) {
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

  DictAddRequest add(K key, V amount, @Nullable V initial, int bits) {
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

  DictDeleteRequest delete(Value key) {
    return DictDeleteRequest.newBuilder().setDict(name).setKey(key).build();
  }

  DictContainsRequest contains(Value key) {
    return DictContainsRequest.newBuilder().setDict(name).setKey(key).build();
  }

  DictSizeRequest size() {
    return DictSizeRequest.newBuilder().setDict(name).build();
  }

  DictClearRequest clear() {
    return DictClearRequest.newBuilder().setDict(name).build();
  }

  DictPopItemRequest popItem(boolean first) {
    return DictPopItemRequest.newBuilder().setDict(name).setFirst(first).build();
  }

  DictUpdateRequest update(List<ValueEntry> items) {
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
