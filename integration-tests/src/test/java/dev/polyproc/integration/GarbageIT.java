package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.MethodDescriptor;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bytes that are no request, in every method: seeded, so that a failure comes again. */
final class GarbageIT {
  private static final long SEED = Long.getLong("polyproc.garbage.seed", 20_261_121L);
  private static final int REQUESTS_PER_METHOD = 150;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private Client client;

  @BeforeEach
  void connect() {
    client = daemon.client();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private Status.Code send(MethodDescriptor method, byte[] request) {
    io.grpc.MethodDescriptor<byte[], byte[]> grpc =
        RawCalls.method(
            method.getService().getFullName() + "/" + method.getName(),
            method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY);
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    try {
      if (method.isServerStreaming()) {
        Iterator<byte[]> replies =
            ClientCalls.blockingServerStreamingCall(client.channel(), grpc, options, request);
        while (replies.hasNext()) {
          replies.next();
        }
      } else {
        ClientCalls.blockingUnaryCall(client.channel(), grpc, options, request);
      }
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      Refusal.of(e);
      return e.getStatus().getCode();
    }
  }

  @Test
  void shouldAnswerGarbageInEveryMethodWithAReason() {
    Random random = new Random(SEED);
    Map<Status.Code, Integer> codes = new EnumMap<>(Status.Code.class);

    ContractMethods.methods()
        .forEach(
            method -> {
              for (int i = 0; i < REQUESTS_PER_METHOD; i++) {
                codes.merge(send(method, Garbage.bytes(random)), 1, Integer::sum);
              }
            });

    System.out.println("Garbage in every method, seed " + SEED + ": " + codes);
    assertThat(codes)
        .doesNotContainKeys(
            Status.Code.UNKNOWN, Status.Code.INTERNAL, Status.Code.DEADLINE_EXCEEDED);
    assertThat(codes.get(Status.Code.INVALID_ARGUMENT)).isPositive();
  }
}
