package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Effect;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.polyproc.v1.ServerInfo;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.StreamRecorder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract over gRPC's in-process transport: the real engine and log, all on one thread. */
final class BindingTest {
  private static final Metadata.Key<String> SESSION =
      Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Throwable> bugs = new ArrayList<>();
  private final Engine engine =
      new Engine(EngineFixture.LIMITS, ServerInfo.getDefaultInstance(), EngineFixture.STARTED);
  private final MemoryLog log =
      new MemoryLog(engine, () -> EngineFixture.STARTED, timer, this::happen, bugs::add);
  private final SessionKeeper keeper = new SessionKeeper(timer, () -> 0, log::submit);
  private final ProcessWatch watch = new ProcessWatch(timer, keeper);
  private final Node node =
      new Node(
          log,
          keeper,
          watch,
          new RequestParser(EngineFixture.LIMITS),
          Runnable::run,
          Runnable::run);
  private final Map<String, ServerCallHandler<byte[], Message>> streams = new HashMap<>();
  private Server server;
  private ManagedChannel channel;
  private QueueServiceBlockingStub queues;

  private void happen(Effect effect) {
    if (effect instanceof Effect.SessionOpened opened) {
      keeper.opened(opened.session(), opened.timeToLive());
    }
  }

  private Binding binding() {
    return new Binding(node, engine.operations(), streams);
  }

  @BeforeEach
  void serve() throws IOException {
    Attachments attachments = new Attachments();
    streams.put(
        "SessionService/Attach",
        (rpc, headers) -> {
          AttachStream stream =
              new AttachStream(node, engine.operations(), attachments, rpc, EngineFixture.LIMITS);
          stream.start();
          return stream;
        });
    Operation consume = engine.operations().byName("QueueService/Consume");
    streams.put("QueueService/Consume", ConsumeStream.handler(node, consume));
    streams.put("ProcessService/Output", (rpc, headers) -> new ServerCall.Listener<>() {});
    InProcessServerBuilder builder =
        InProcessServerBuilder.forName("binding").directExecutor().addTransportFilter(watch);
    server = builder.addServices(binding().services()).build().start();
    channel = InProcessChannelBuilder.forName("binding").directExecutor().build();
    queues = QueueServiceGrpc.newBlockingStub(channel);
    assertThat(queues.create(QueueCreateRequest.newBuilder().setQueue("jobs").build()).getCreated())
        .isTrue();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
    timer.shutdownNow();
    assertThat(bugs).isEmpty();
  }

  private String openSession() {
    return SessionServiceGrpc.newBlockingStub(channel)
        .open(SessionOpenRequest.getDefaultInstance())
        .getSession();
  }

  private static QueuePutRequest put(long item) {
    return QueuePutRequest.newBuilder()
        .setQueue("jobs")
        .setItem(Value.newBuilder().setInt(item))
        .build();
  }

  @Test
  void shouldServeEveryMethodOfTheContract() {
    long methods =
        binding().services().stream().mapToLong(service -> service.getMethods().size()).sum();

    assertThat(methods)
        .isEqualTo(
            engine.operations().services().stream()
                .mapToLong(service -> service.getMethods().size())
                .sum())
        .isGreaterThan(40);
  }

  @Test
  void shouldNotServeWhileAStreamHasNoHandler() {
    streams.remove("QueueService/Consume");

    assertThatThrownBy(() -> binding().services())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("QueueService/Consume");
  }

  @Test
  void shouldAnswerAndRefuse() {
    assertThat(queues.put(put(7)).getAccepted()).isTrue();
    QueueGetRequest get = QueueGetRequest.newBuilder().setQueue("jobs").build();
    assertThat(queues.get(get).getItem().getInt()).isEqualTo(7);

    assertThatThrownBy(() -> queues.get(get.toBuilder().setQueue("none").build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void shouldDeliverToAConsumerAndTakeBackWhenItIsGone() {
    Metadata session = new Metadata();
    session.put(SESSION, openSession());
    StreamRecorder<QueueConsumeResponse> deliveries = StreamRecorder.create();
    Context.CancellableContext consuming = Context.current().withCancellation();
    consuming.run(
        () ->
            QueueServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(session))
                .consume(
                    QueueConsumeRequest.newBuilder().setQueue("jobs").setMaxInFlight(2).build(),
                    deliveries));
    for (long item = 1; item <= 3; item++) {
      assertThat(queues.put(put(item)).getAccepted()).isTrue();
    }
    assertThat(deliveries.getValues())
        .extracting(delivery -> delivery.getDelivery().getItem().getInt())
        .containsExactly(1L, 2L);

    consuming.cancel(new CancellationException("enough"));

    QueueGetRequest get = QueueGetRequest.newBuilder().setQueue("jobs").build();
    assertThat(queues.get(get).getAttempt()).isEqualTo(2);
    assertThat(queues.get(get).getAttempt()).isEqualTo(2);
    assertThat(queues.get(get).getAttempt()).isEqualTo(1);
  }

  @Test
  void shouldAnswerTheCallsOfAFrameInTheirOrder() {
    StreamRecorder<SessionAttachResponse> responses = StreamRecorder.create();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(channel).attach(responses);
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) QueueServiceGrpc.getPutMethod().getSchemaDescriptor();
    int number = schema.getMethodDescriptor().getOptions().getExtension(OptionsProto.number);
    SessionAttachRequest.Builder frame =
        SessionAttachRequest.newBuilder().setSession(openSession()).setAttachment(1);
    for (long sequence = 1; sequence <= 3; sequence++) {
      frame.addCalls(
          Call.newBuilder()
              .setSequence(sequence)
              .setMethod(number)
              .setRequest(put(sequence).toByteString()));
    }

    frames.onNext(frame.build());

    assertThat(responses.getValues().get(0).getAttached()).isTrue();
    assertThat(responses.getValues().stream().flatMap(reply -> reply.getRepliesList().stream()))
        .extracting(reply -> reply.getSequence())
        .containsExactly(1L, 2L, 3L);
    frames.onCompleted();
  }
}
