package dev.polyproc.server.engine;

import com.google.protobuf.Message;
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
import dev.polyproc.v1.ValueEntry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls of a client to one dict. */
public final class DictCalls {
  private final Client client;
  private final String dict;

  DictCalls(Client client, String dict) {
    this.client = client;
    this.dict = dict;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("DictService/" + method, request, prototype);
  }

  public Pending<DictCreateResponse> create() {
    return create(DictCreateRequest.newBuilder());
  }

  public Pending<DictCreateResponse> create(DictCreateRequest.Builder shape) {
    return call("Create", shape.setDict(dict).build(), DictCreateResponse.getDefaultInstance());
  }

  public Pending<DictGetResponse> get(@Nullable Object key) {
    return call(
        "Get",
        DictGetRequest.newBuilder().setDict(dict).setKey(Plain.value(key)).build(),
        DictGetResponse.getDefaultInstance());
  }

  public Pending<DictSetResponse> set(@Nullable Object key, @Nullable Object value) {
    return call(
        "Set",
        DictSetRequest.newBuilder()
            .setDict(dict)
            .setKey(Plain.value(key))
            .setValue(Plain.value(value))
            .setReturnPrevious(true)
            .build(),
        DictSetResponse.getDefaultInstance());
  }

  public Pending<DictDeleteResponse> delete(@Nullable Object key) {
    return call(
        "Delete",
        DictDeleteRequest.newBuilder().setDict(dict).setKey(Plain.value(key)).build(),
        DictDeleteResponse.getDefaultInstance());
  }

  public Pending<DictContainsResponse> contains(@Nullable Object key) {
    return call(
        "Contains",
        DictContainsRequest.newBuilder().setDict(dict).setKey(Plain.value(key)).build(),
        DictContainsResponse.getDefaultInstance());
  }

  public long size() {
    return askSize().response().getSize();
  }

  public Pending<DictSizeResponse> askSize() {
    return call(
        "Size",
        DictSizeRequest.newBuilder().setDict(dict).build(),
        DictSizeResponse.getDefaultInstance());
  }

  public Pending<DictClearResponse> clear() {
    return call(
        "Clear",
        DictClearRequest.newBuilder().setDict(dict).build(),
        DictClearResponse.getDefaultInstance());
  }

  public Pending<DictItemsResponse> items(int pageSize, String pageToken) {
    return call(
        "Items",
        DictItemsRequest.newBuilder()
            .setDict(dict)
            .setPageSize(pageSize)
            .setPageToken(pageToken)
            .build(),
        DictItemsResponse.getDefaultInstance());
  }

  public Pending<DictKeysResponse> keys(int pageSize, String pageToken) {
    return call(
        "Keys",
        DictKeysRequest.newBuilder()
            .setDict(dict)
            .setPageSize(pageSize)
            .setPageToken(pageToken)
            .build(),
        DictKeysResponse.getDefaultInstance());
  }

  public Pending<DictValuesResponse> values(int pageSize, String pageToken) {
    return call(
        "Values",
        DictValuesRequest.newBuilder()
            .setDict(dict)
            .setPageSize(pageSize)
            .setPageToken(pageToken)
            .build(),
        DictValuesResponse.getDefaultInstance());
  }

  public Pending<DictPopResponse> pop(@Nullable Object key) {
    return call(
        "Pop",
        DictPopRequest.newBuilder().setDict(dict).setKey(Plain.value(key)).build(),
        DictPopResponse.getDefaultInstance());
  }

  /** Takes the key that was set first, or last. */
  public Pending<DictPopItemResponse> popItem(boolean first) {
    return call(
        "PopItem",
        DictPopItemRequest.newBuilder().setDict(dict).setFirst(first).build(),
        DictPopItemResponse.getDefaultInstance());
  }

  /** Sets a key only if it is there. */
  public Pending<DictSetResponse> replace(@Nullable Object key, @Nullable Object value) {
    return call(
        "Set",
        DictSetRequest.newBuilder()
            .setDict(dict)
            .setKey(Plain.value(key))
            .setValue(Plain.value(value))
            .setReturnPrevious(true)
            .setOnlyIfPresent(true)
            .build(),
        DictSetResponse.getDefaultInstance());
  }

  public Pending<DictSetDefaultResponse> setDefault(@Nullable Object key, @Nullable Object value) {
    return call(
        "SetDefault",
        DictSetDefaultRequest.newBuilder()
            .setDict(dict)
            .setKey(Plain.value(key))
            .setValue(Plain.value(value))
            .build(),
        DictSetDefaultResponse.getDefaultInstance());
  }

  /** {@code how} says what is expected and what is set; absent for an absent key. */
  public Pending<DictCompareAndSetResponse> compareAndSet(
      @Nullable Object key, DictCompareAndSetRequest.Builder how) {
    return call(
        "CompareAndSet",
        how.setDict(dict).setKey(Plain.value(key)).build(),
        DictCompareAndSetResponse.getDefaultInstance());
  }

  public Pending<DictAddResponse> add(@Nullable Object key, DictAddRequest.Builder how) {
    return call(
        "Add",
        how.setDict(dict).setKey(Plain.value(key)).build(),
        DictAddResponse.getDefaultInstance());
  }

  public Pending<DictUpdateResponse> update(Map<?, ?> items) {
    DictUpdateRequest.Builder request = DictUpdateRequest.newBuilder().setDict(dict);
    items.forEach(
        (key, value) ->
            request.addItems(
                ValueEntry.newBuilder().setKey(Plain.value(key)).setValue(Plain.value(value))));
    return call("Update", request.build(), DictUpdateResponse.getDefaultInstance());
  }
}
