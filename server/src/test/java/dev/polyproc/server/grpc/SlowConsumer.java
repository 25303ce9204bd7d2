package dev.polyproc.server.grpc;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A consumer that reads nothing, of items whose reservations are over at once. */
final class SlowConsumer extends ClientCall.Listener<QueueConsumeResponse> {
  static final String QUEUE = "slowly";

  private final CompletableFuture<com.google.rpc.Status> ended = new CompletableFuture<>();

  private SlowConsumer() {}

  /** Lets one consume until its stream ends; answers how. */
  static com.google.rpc.Status run(InProcess daemon)
      throws ExecutionException, InterruptedException, TimeoutException {
    var queues = QueueServiceGrpc.newBlockingStub(daemon.channel());
    var unused = queues.create(QueueCreateRequest.newBuilder().setQueue(QUEUE).build());
    for (int i = 0; i < 4; i++) {
      var put =
          queues.put(
              QueuePutRequest.newBuilder()
                  .setQueue(QUEUE)
                  .setItem(Value.newBuilder().setInt(i))
                  .build());
      if (!put.getAccepted()) {
        throw new AssertionError("Expected room for an item");
      }
    }
    Metadata session = new Metadata();
    session.put(
        Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER),
        SessionServiceGrpc.newBlockingStub(daemon.channel())
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession());
    SlowConsumer consumer = new SlowConsumer();
    ClientCall<QueueConsumeRequest, QueueConsumeResponse> call =
        daemon.channel().newCall(QueueServiceGrpc.getConsumeMethod(), CallOptions.DEFAULT);
    call.start(consumer, session);
    call.sendMessage(
        QueueConsumeRequest.newBuilder()
            .setQueue(QUEUE)
            .setMaxInFlight(2)
            .setReservationTimeout(Durations.fromMillis(1))
            .build());
    call.halfClose();
    return consumer.ended.get(30, TimeUnit.SECONDS);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    ended.complete(Objects.requireNonNull(StatusProto.fromStatusAndTrailers(status, trailers)));
  }
}
