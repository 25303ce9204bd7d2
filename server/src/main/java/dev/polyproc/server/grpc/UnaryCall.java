package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Caller;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.engine.Operation.Kind;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One unary rpc.
 *
 * <p>Without a sequence it is at most once: its parked call goes when the rpc goes. With one it
 * stays, to be found by a repeat, until the rpc's own deadline.
 */
final class UnaryCall extends ServerCall.Listener<byte[]> implements Caller {
  private final Node node;
  private final Operation operation;
  private final ServerCall<byte[], Message> rpc;
  private final Envelope.Builder envelope;
  private byte @Nullable [] request;
  private volatile @Nullable Reply reply;
  private @Nullable ClientProcess opener;
  private boolean closed;
  private long size;
  private boolean sending;

  private UnaryCall(
      Node node, Operation operation, ServerCall<byte[], Message> rpc, Envelope.Builder envelope) {
    this.node = node;
    this.operation = operation;
    this.rpc = rpc;
    this.envelope = envelope;
  }

  /** Serves the rpcs of an operation. */
  static ServerCallHandler<byte[], Message> handler(Node node, Operation operation) {
    return (rpc, headers) -> start(node, operation, rpc, headers);
  }

  private static ServerCall.Listener<byte[]> start(
      Node node, Operation operation, ServerCall<byte[], Message> rpc, Metadata headers) {
    try {
      Envelope.Builder envelope = EnvelopeReader.read(headers);
      // One more than the one message, so that a second one is seen.
      rpc.request(2);
      return new UnaryCall(node, operation, rpc, envelope);
    } catch (Refusal refusal) {
      Wire.close(rpc, refusal.status());
      return new ServerCall.Listener<>() {};
    }
  }

  @Override
  public void onMessage(byte[] message) {
    if (request != null) {
      refuse(malformed("there are more"));
    }
    request = message;
  }

  @Override
  public void onHalfClose() {
    if (closed) {
      return;
    }
    if (request == null) {
      refuse(malformed("there is none"));
      return;
    }
    try {
      ByteString bytes = UnsafeByteOperations.unsafeWrap(request);
      request = null;
      submit(node.parser().parse(operation, bytes), bytes);
    } catch (Refusal refusal) {
      refuse(refusal);
    }
  }

  private void refuse(Refusal refusal) {
    closed = true;
    Wire.close(rpc, refusal.status());
  }

  private static Refusal malformed(String actual) {
    return new Refusal(
        ErrorReason.ERROR_REASON_MALFORMED_REQUEST, "Expected one request, but " + actual);
  }

  private void submit(Message message, ByteString bytes) {
    if (!envelope.getSession().isEmpty()) {
      node.keeper().heard(envelope.getSession());
    }
    if (envelope.getSequence() != 0) {
      envelope.setFingerprint(bytes.hashCode()).setDeadline(deadline());
    } else if (operation.kind() == Kind.COMMAND) {
      envelope.setTicket(node.ticket());
    }
    node.addSecret(operation, envelope);
    if (message instanceof SessionOpenRequest open && open.hasProcess()) {
      opener = open.getProcess();
    }
    if (operation.kind() == Kind.READ) {
      confirm();
    }
    List<Call> call = List.of(new Call(operation, message, envelope.build(), this));
    // What the call itself confirms may make the room that it needs.
    if (node.submit(call) == 0 && (!confirm() || node.submit(call) == 0)) {
      throw Refusal.windowFull();
    }
  }

  /** Applies what the metadata confirm, for a call that is not applied itself. */
  private boolean confirm() {
    if (envelope.getReceivedBelow() == 0 && envelope.getReceivedCount() == 0) {
      return false;
    }
    node.confirm(envelope.getSession(), envelope.getReceivedBelow(), envelope.getReceivedList());
    return true;
  }

  private static long deadline() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null ? 0 : Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS));
  }

  @Override
  public void onCancel() {
    if (envelope.getTicket() != 0 && reply == null) {
      node.abandon(envelope.getTicket());
    }
    leaveBacklog();
  }

  @Override
  public void onComplete() {
    leaveBacklog();
  }

  @Override
  public void reply(Call call, Reply answer, boolean last) {
    reply = answer;
  }

  @Override
  public void flush() {
    node.loop().execute(this::send);
  }

  private void send() {
    Reply answer = reply;
    if (answer == null || closed || rpc.isCancelled()) {
      return;
    }
    closed = true;
    if (answer.error() != null) {
      Wire.close(rpc, answer.error());
    } else if (answer.response() != null) {
      send(answer.response());
    }
  }

  private void send(Message response) {
    if (opener != null && response instanceof SessionOpenResponse opened) {
      node.watch().opened(opened.getSession(), connection(), opener);
    }
    size = response.getSerializedSize();
    connection().backlog().send(size, () -> sendNow(response));
  }

  private void sendNow(Message response) {
    sending = true;
    if (rpc.isCancelled()) {
      leaveBacklog();
      return;
    }
    rpc.sendHeaders(new Metadata());
    rpc.sendMessage(response);
    rpc.close(Status.OK, new Metadata());
  }

  private void leaveBacklog() {
    if (sending) {
      sending = false;
      Backlog backlog = connection().backlog();
      if (backlog.sent(size)) {
        node.afterwards(backlog::sendOn);
      }
    }
  }

  private ProcessWatch.Connection connection() {
    return ProcessWatch.connection(rpc.getAttributes());
  }
}
