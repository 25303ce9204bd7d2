package dev.polyproc.client.internal.object;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.NamespaceAddRequest;
import dev.polyproc.v1.NamespaceAddResponse;
import dev.polyproc.v1.NamespaceAttributesRequest;
import dev.polyproc.v1.NamespaceAttributesResponse;
import dev.polyproc.v1.NamespaceCompareAndSetRequest;
import dev.polyproc.v1.NamespaceCompareAndSetResponse;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceCreateResponse;
import dev.polyproc.v1.NamespaceDeleteRequest;
import dev.polyproc.v1.NamespaceDeleteResponse;
import dev.polyproc.v1.NamespaceGetRequest;
import dev.polyproc.v1.NamespaceGetResponse;
import dev.polyproc.v1.NamespaceServiceGrpc;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.NamespaceSetResponse;
import dev.polyproc.v1.Value;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PolyNamespace} asks of the daemon.
 *
 * @param name the namespace's name
 */
public record NamespaceRequests(String name) {
  public static final Operation<NamespaceCreateRequest, NamespaceCreateResponse> CREATE =
      Operation.of(NamespaceServiceGrpc.getCreateMethod());
  public static final Operation<NamespaceGetRequest, NamespaceGetResponse> GET =
      Operation.of(NamespaceServiceGrpc.getGetMethod());
  public static final Operation<NamespaceSetRequest, NamespaceSetResponse> SET =
      Operation.of(NamespaceServiceGrpc.getSetMethod());
  public static final Operation<NamespaceDeleteRequest, NamespaceDeleteResponse> DELETE =
      Operation.of(NamespaceServiceGrpc.getDeleteMethod());
  public static final Operation<NamespaceAttributesRequest, NamespaceAttributesResponse>
      ATTRIBUTES = Operation.of(NamespaceServiceGrpc.getAttributesMethod());
  public static final Operation<NamespaceCompareAndSetRequest, NamespaceCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(NamespaceServiceGrpc.getCompareAndSetMethod());
  public static final Operation<NamespaceAddRequest, NamespaceAddResponse> ADD =
      Operation.of(NamespaceServiceGrpc.getAddMethod());

  public NamespaceGetRequest get(String attribute) {
    return NamespaceGetRequest.newBuilder().setNamespace(name).setAttribute(attribute).build();
  }

  public NamespaceSetRequest set(String attribute, Value value) {
    return NamespaceSetRequest.newBuilder()
        .setNamespace(name)
        .setAttribute(attribute)
        .setValue(value)
        .build();
  }

  public NamespaceDeleteRequest delete(String attribute) {
    return NamespaceDeleteRequest.newBuilder().setNamespace(name).setAttribute(attribute).build();
  }

  public NamespaceAttributesRequest attributes(String page) {
    return NamespaceAttributesRequest.newBuilder().setNamespace(name).setPageToken(page).build();
  }

  public NamespaceCompareAndSetRequest compareAndSet(
      String attribute, @Nullable Value expected, @Nullable Value value) {
    NamespaceCompareAndSetRequest.Builder request =
        NamespaceCompareAndSetRequest.newBuilder().setNamespace(name).setAttribute(attribute);
    if (expected != null) {
      request.setExpected(expected);
    }
    if (value != null) {
      request.setValue(value);
    }
    return request.build();
  }

  public NamespaceAddRequest add(
      String attribute, Value amount, @Nullable Value initial, int bits) {
    NamespaceAddRequest.Builder request =
        NamespaceAddRequest.newBuilder()
            .setNamespace(name)
            .setAttribute(attribute)
            .setAmount(amount)
            .setBits(bits);
    if (initial != null) {
      request.setInitial(initial);
    }
    return request.build();
  }
}
