package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
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
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.NamespaceSetResponse;
import java.util.List;

/** Random requests to namespaces. */
final class NamespaceRequests {
  private final Choices choices;

  NamespaceRequests(Choices choices) {
    this.choices = choices;
  }

  private static <R extends Message> Pending<R> call(
      Client client, String method, Message.Builder request, R prototype) {
    return client.call("NamespaceService/" + method, request.build(), prototype);
  }

  Pending<?> call(Client client, String name) {
    Client caller = choices.meaning(client, name);
    if (choices.shouldCreate(name)) {
      return call(
          caller,
          "Create",
          NamespaceCreateRequest.newBuilder().setNamespace(name).setLifetime(choices.lifetime()),
          NamespaceCreateResponse.getDefaultInstance());
    }
    String attribute = attribute();
    return switch (choices.random.nextInt(10)) {
      case 0, 1, 2 ->
          call(
              caller,
              "Set",
              NamespaceSetRequest.newBuilder()
                  .setNamespace(name)
                  .setAttribute(attribute)
                  .setValue(choices.value()),
              NamespaceSetResponse.getDefaultInstance());
      case 3 ->
          call(
              caller,
              "Delete",
              NamespaceDeleteRequest.newBuilder().setNamespace(name).setAttribute(attribute),
              NamespaceDeleteResponse.getDefaultInstance());
      case 4, 5 ->
          call(
              caller,
              "CompareAndSet",
              compareAndSet().setNamespace(name).setAttribute(attribute),
              NamespaceCompareAndSetResponse.getDefaultInstance());
      case 6, 7 ->
          call(
              caller,
              "Add",
              add().setNamespace(name).setAttribute(attribute),
              NamespaceAddResponse.getDefaultInstance());
      case 8 ->
          call(
              caller,
              "Get",
              NamespaceGetRequest.newBuilder().setNamespace(name).setAttribute(attribute),
              NamespaceGetResponse.getDefaultInstance());
      default ->
          call(
              caller,
              "Attributes",
              NamespaceAttributesRequest.newBuilder()
                  .setNamespace(name)
                  .setPageSize(choices.random.nextInt(3)),
              NamespaceAttributesResponse.getDefaultInstance());
    };
  }

  private String attribute() {
    return choices.oneIn(30)
        ? choices.any(List.of("", "a".repeat(256)))
        : choices.any(List.of("x", "y", "z"));
  }

  private NamespaceCompareAndSetRequest.Builder compareAndSet() {
    NamespaceCompareAndSetRequest.Builder request = NamespaceCompareAndSetRequest.newBuilder();
    if (!choices.oneIn(3)) {
      request.setExpected(choices.value());
    }
    if (!choices.oneIn(3)) {
      request.setValue(choices.value());
    }
    return request;
  }

  private NamespaceAddRequest.Builder add() {
    NamespaceAddRequest.Builder request = NamespaceAddRequest.newBuilder();
    if (choices.oneIn(2)) {
      request.setAmount(Plain.value(choices.number()));
    }
    if (choices.oneIn(2)) {
      request.setInitial(Plain.value(choices.number()));
    }
    return request;
  }
}
