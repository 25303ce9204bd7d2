package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.v1.ErrorReason;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import org.jspecify.annotations.Nullable;

/** Answers every method that no service has, in the contract's own way. */
final class UnknownMethods extends HandlerRegistry {
  private static final int SHOWN = 100;

  @Override
  public ServerMethodDefinition<byte[], byte[]> lookupMethod(
      String methodName, @Nullable String authority) {
    String shown = Texts.shown(methodName, SHOWN);
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
          Refusal refusal =
              new Refusal(
                  ErrorReason.ERROR_REASON_UNKNOWN_METHOD,
                  "Expected a method of the contract, but there is no '" + shown + "'");
          Wire.close(call, refusal.status());
          return new ServerCall.Listener<>() {};
        });
  }
}
