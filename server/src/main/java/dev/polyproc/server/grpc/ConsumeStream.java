package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.grpc.Outbox.Outgoing;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * QueueService.Consume: one request, then items as the engine delivers them. How many are under way
 * at once is bounded by {@code max_in_flight}.
 */
final class ConsumeStream extends ServerCall.Listener<byte[]> {
  private final Node node;
  private final Operation operation;
  private final ServerCall<byte[], Message> rpc;
  private final Envelope.Builder envelope;
  private final Outbox outbox;
  private byte @Nullable [] request;
  private boolean closed;

  private ConsumeStream(
      Node node, Operation operation, ServerCall<byte[], Message> rpc, Envelope.Builder envelope) {
    this.node = node;
    this.operation = operation;
    this.rpc = rpc;
    this.envelope = envelope;
    this.outbox = new Outbox(node.loop(), this::drain);
  }

  static ServerCallHandler<byte[], Message> handler(Node node, Operation operation) {
    return (rpc, headers) -> start(node, operation, rpc, headers);
  }

  private static ServerCall.Listener<byte[]> start(
      Node node, Operation operation, ServerCall<byte[], Message> rpc, Metadata headers) {
    try {
      Envelope.Builder envelope = EnvelopeReader.read(headers).clearSequence();
      rpc.request(1);
      return new ConsumeStream(node, operation, rpc, envelope.setTicket(node.ticket()));
    } catch (Refusal refusal) {
      Wire.close(rpc, refusal.status());
      return new ServerCall.Listener<>() {};
    }
  }

  @Override
  public void onMessage(byte[] message) {
    request = message;
  }

  @Override
  public void onHalfClose() {
    try {
      byte[] bytes = request == null ? new byte[0] : request;
      Message message = node.parser().parse(operation, UnsafeByteOperations.unsafeWrap(bytes));
      node.keeper().heard(envelope.getSession());
      rpc.sendHeaders(new Metadata());
      node.submit(List.of(new Call(operation, message, envelope.build(), outbox)));
    } catch (Refusal refusal) {
      closed = true;
      Wire.close(rpc, refusal.status());
    }
  }

  @Override
  public void onReady() {
    drain();
  }

  @Override
  public void onCancel() {
    closed = true;
    node.abandon(envelope.getTicket());
  }

  private void drain() {
    while (!closed && rpc.isReady()) {
      Outgoing next = outbox.poll();
      if (next == null) {
        return;
      }
      Reply reply = next.reply();
      if (reply.error() != null) {
        closed = true;
        Wire.close(rpc, reply.error());
      } else if (reply.response() != null) {
        rpc.sendMessage(reply.response());
      }
      if (next.last() && !closed) {
        closed = true;
        rpc.close(Status.OK, new Metadata());
      }
    }
  }
}
