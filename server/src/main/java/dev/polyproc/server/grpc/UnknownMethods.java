package dev.polyproc.server.grpc;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.v1.ErrorReason;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers every method that no service has, in the contract's own way. */
final class UnknownMethods extends HandlerRegistry {
  private static final int SHOWN = 100;

  private final List<ServiceDescriptor> services;

  /** Of a contract of some services. */
  UnknownMethods(List<ServiceDescriptor> services) {
    this.services = services;
  }

  @Override
  public ServerMethodDefinition<byte[], byte[]> lookupMethod(
      String methodName, @Nullable String authority) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNKNOWN)
            .setFullMethodName(methodName)
            .setRequestMarshaller(Wire.BYTES)
            .setResponseMarshaller(Wire.BYTES)
            .build();
    return ServerMethodDefinition.create(
        method,
        (call, headers) -> {
          Wire.close(call, refusal(methodName).status());
          return new ServerCall.Listener<>() {};
        });
  }

  /** What a call of a method is told that there is not. */
  Refusal refusal(String methodName) {
    return new Refusal(
        ErrorReason.ERROR_REASON_UNKNOWN_METHOD,
        "Expected a method of the contract, but there is no '"
            + Texts.shown(methodName, SHOWN)
            + "'; "
            + whatThereIs(methodName));
  }

  private String whatThereIs(String methodName) {
    String service = methodName.substring(0, Math.max(0, methodName.lastIndexOf('/')));
    for (ServiceDescriptor known : services) {
      if (known.getFullName().equals(service)) {
        return known.getName()
            + " has "
            + known.getMethods().stream().map(method -> method.getName()).collect(joining(", "))
            + (methodName.equals(service + "/Delete")
                ? "; AdminService/Delete deletes an object of any kind"
                : "");
      }
    }
    return "the services of "
        + services.get(0).getFile().getPackage()
        + " are "
        + services.stream().map(ServiceDescriptor::getName).collect(joining(", "));
  }
}
