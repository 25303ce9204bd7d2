package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.StreamRecorder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BindingTest {
  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void shouldServeEveryMethodOfTheContract() {
    long methods =
        server.services().definitions().stream()
            .mapToLong(service -> service.getMethods().size())
            .sum();

    assertThat(methods)
        .isEqualTo(
            server.engine().operations().services().stream()
                .mapToLong(service -> service.getMethods().size())
                .sum())
        .isGreaterThan(40);
  }

  @Test
  void shouldNotServeWhileAStreamHasNoHandler() {
    server.services().streams().remove("QueueService/Consume");

    assertThatThrownBy(() -> server.services().definitions())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("QueueService/Consume");
  }

  @Test
  void shouldAnswerTheCallsOfAFrameInTheirOrder() throws Exception {
    var unused =
        QueueServiceGrpc.newBlockingStub(server.channel())
            .create(QueueCreateRequest.newBuilder().setQueue("jobs").build());
    String session =
        SessionServiceGrpc.newBlockingStub(server.channel())
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) QueueServiceGrpc.getPutMethod().getSchemaDescriptor();
    int number = schema.getMethodDescriptor().getOptions().getExtension(OptionsProto.number);
    SessionAttachRequest.Builder frame =
        SessionAttachRequest.newBuilder().setSession(session).setAttachment(1);
    for (long sequence = 1; sequence <= 3; sequence++) {
      QueuePutRequest put =
          QueuePutRequest.newBuilder()
              .setQueue("jobs")
              .setItem(Value.newBuilder().setInt(sequence))
              .build();
      frame.addCalls(
          Call.newBuilder()
              .setSequence(sequence)
              .setMethodNumber(number)
              .setRequest(put.toByteString()));
    }
    StreamRecorder<SessionAttachResponse> responses = StreamRecorder.create();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(server.channel()).attach(responses);

    frames.onNext(frame.build());
    frames.onCompleted();

    assertThat(responses.awaitCompletion(20, TimeUnit.SECONDS)).isTrue();
    assertThat(responses.getValues().get(0).getAttached()).isTrue();
    assertThat(responses.getValues().stream().flatMap(reply -> reply.getRepliesList().stream()))
        .extracting(Reply::getSequence)
        .containsExactly(1L, 2L, 3L);
  }
}
