package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueAddResponse;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueGetResponse;
import dev.polyproc.v1.ValueSetRequest;
import dev.polyproc.v1.ValueSetResponse;

/** The calls of a client to one value. */
public final class ValueCalls {
  private final Client client;
  private final String value;

  ValueCalls(Client client, String value) {
    this.client = client;
    this.value = value;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("ValueService/" + method, request, prototype);
  }

  public Pending<ValueCreateResponse> create(ElementType type) {
    return create(ValueCreateRequest.newBuilder().setType(type));
  }

  public Pending<ValueCreateResponse> create(ValueCreateRequest.Builder shape) {
    return call("Create", shape.setValue(value).build(), ValueCreateResponse.getDefaultInstance());
  }

  public Pending<ValueGetResponse> get() {
    return client.call(
        "ValueService/Get",
        ValueGetRequest.newBuilder().setValue(value).build(),
        ValueGetResponse.getDefaultInstance());
  }

  public Pending<ValueSetResponse> set(Value content) {
    return set(ValueSetRequest.newBuilder().setContent(content));
  }

  public Pending<ValueSetResponse> set(ValueSetRequest.Builder what) {
    return call("Set", what.setValue(value).build(), ValueSetResponse.getDefaultInstance());
  }

  public Pending<ValueAddResponse> add(ValueAddRequest.Builder what) {
    return call("Add", what.setValue(value).build(), ValueAddResponse.getDefaultInstance());
  }

  public Pending<ValueCompareAndSetResponse> compareAndSet(ValueCompareAndSetRequest.Builder what) {
    return call(
        "CompareAndSet",
        what.setValue(value).build(),
        ValueCompareAndSetResponse.getDefaultInstance());
  }
}
