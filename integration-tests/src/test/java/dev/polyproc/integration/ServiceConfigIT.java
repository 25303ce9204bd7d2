package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueSizeResponse;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The retry policy for bare stubs: what is safe to repeat, and nothing else. */
final class ServiceConfigIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private static Struct read() throws IOException {
    Struct.Builder config = Struct.newBuilder();
    JsonFormat.parser()
        .merge(Files.readString(Launch.root().resolve("proto/service-config.json")), config);
    return config.build();
  }

  /** As grpc-java takes it. */
  private static Map<String, ?> plain(Struct struct) {
    Map<String, Object> plain = new HashMap<>();
    struct.getFieldsMap().forEach((name, value) -> plain.put(name, plain(value)));
    return plain;
  }

  private static Object plain(Value value) {
    return switch (value.getKindCase()) {
      case STRUCT_VALUE -> plain(value.getStructValue());
      case LIST_VALUE -> plain(value.getListValue());
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> value.getNumberValue();
      default -> throw new AssertionError("Expected what a service config has, but: " + value);
    };
  }

  private static List<Object> plain(ListValue values) {
    return values.getValuesList().stream().map(ServiceConfigIT::plain).toList();
  }

  @Test
  void shouldNameAllReadsAndNothingElse() throws Exception {
    List<String> reads =
        ContractMethods.methods()
            .filter(
                method ->
                    method.getOptions().getIdempotencyLevel() == IdempotencyLevel.NO_SIDE_EFFECTS)
            .filter(method -> !method.isServerStreaming() && !method.isClientStreaming())
            .map(method -> method.getService().getFullName() + "/" + method.getName())
            .toList();

    List<String> named =
        read().getFieldsOrThrow("methodConfig").getListValue().getValuesList().stream()
            .flatMap(
                config ->
                    config
                        .getStructValue()
                        .getFieldsOrThrow("name")
                        .getListValue()
                        .getValuesList()
                        .stream())
            .map(Value::getStructValue)
            .map(name -> text(name, "service") + "/" + text(name, "method"))
            .toList();

    assertThat(named).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(reads);
  }

  private static String text(Struct struct, String field) {
    return struct.getFieldsOrThrow(field).getStringValue();
  }

  @Test
  void shouldRepeatAReadAndNotACommandWhenTheirAnswersAreLost() throws Exception {
    try (CuttingProxy network = new CuttingProxy(daemon.get().socket());
        Client near = daemon.client();
        Client far = Client.over(network.socket(), plain(read()))) {
      far.queues().create(createQueue("retried"));
      network.loseReplies();
      ListenableFuture<QueueSizeResponse> size = far.queuesLater().size(size("retried"));
      ListenableFuture<QueuePutResponse> put = far.queuesLater().put(put("retried", 1));
      await().until(() -> near.queues().size(size("retried")).getSize() == 1);

      network.cut();

      assertThat(Later.get(size).getSize()).isEqualTo(1);
      Throwable thrown = catchThrowable(() -> put.get());
      assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(near.queues().size(size("retried")).getSize()).isEqualTo(1);
    }
  }

  @Test
  void shouldRepeatAReadUntilTheChannelHasConnectedAtItsSecondAttempt() throws Exception {
    try (CuttingProxy network = new CuttingProxy(daemon.get().socket());
        Client far = Client.over(network.socket(), plain(read()))) {
      far.queues().create(createQueue("connected-later"));
      network.loseReplies();
      ListenableFuture<QueueSizeResponse> size = far.queuesLater().size(size("connected-later"));
      network.refuseNext();

      network.cut();

      assertThat(Later.get(size).getSize()).isZero();
    }
  }
}
