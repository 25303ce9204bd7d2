package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayAddResponse;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCompareAndSetResponse;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayCreateResponse;
import dev.polyproc.v1.ArrayGetRequest;
import dev.polyproc.v1.ArrayGetResponse;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetResponse;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySetSliceResponse;
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ListRange;

/** The calls of a client to one array. */
public final class ArrayCalls {
  private final Client client;
  private final String array;

  ArrayCalls(Client client, String array) {
    this.client = client;
    this.array = array;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("ArrayService/" + method, request, prototype);
  }

  private <R extends Message> Pending<R> read(String method, Message request, R prototype) {
    return client.call("ArrayService/" + method, request, prototype);
  }

  public Pending<ArrayCreateResponse> create(ElementType type, long length) {
    return create(ArrayCreateRequest.newBuilder().setType(type).setLength(length));
  }

  public Pending<ArrayCreateResponse> create(ArrayCreateRequest.Builder shape) {
    return call("Create", shape.setArray(array).build(), ArrayCreateResponse.getDefaultInstance());
  }

  public Pending<ArraySizeResponse> size() {
    return read(
        "Size",
        ArraySizeRequest.newBuilder().setArray(array).build(),
        ArraySizeResponse.getDefaultInstance());
  }

  public Pending<ArrayGetResponse> get(long index) {
    return read(
        "Get",
        ArrayGetRequest.newBuilder().setArray(array).setIndex(index).build(),
        ArrayGetResponse.getDefaultInstance());
  }

  public Pending<ArraySetResponse> set(ArraySetRequest.Builder what) {
    return call("Set", what.setArray(array).build(), ArraySetResponse.getDefaultInstance());
  }

  public Pending<ArrayAddResponse> add(ArrayAddRequest.Builder what) {
    return call("Add", what.setArray(array).build(), ArrayAddResponse.getDefaultInstance());
  }

  public Pending<ArrayCompareAndSetResponse> compareAndSet(ArrayCompareAndSetRequest.Builder what) {
    return call(
        "CompareAndSet",
        what.setArray(array).build(),
        ArrayCompareAndSetResponse.getDefaultInstance());
  }

  public Pending<ArraySliceResponse> slice(ListRange.Builder range) {
    return read(
        "Slice",
        ArraySliceRequest.newBuilder().setArray(array).setRange(range).build(),
        ArraySliceResponse.getDefaultInstance());
  }

  public Pending<ArraySetSliceResponse> setSlice(ListRange.Builder range, Elements.Builder some) {
    return setSlice(ArraySetSliceRequest.newBuilder().setRange(range).setElements(some));
  }

  public Pending<ArraySetSliceResponse> setSlice(ArraySetSliceRequest.Builder what) {
    return call(
        "SetSlice", what.setArray(array).build(), ArraySetSliceResponse.getDefaultInstance());
  }
}
