package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.engine.Operation.Kind;
import dev.polyproc.server.engine.Operations;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.server.engine.Times;
import dev.polyproc.server.grpc.Outbox.Outgoing;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * SessionService.Attach: the calls of one session over one stream, many in a frame.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Calls take effect in the order in which they were sent.
 *   <li>A call that cannot be read is answered on its own and harms no other.
 *   <li>While the reader does not read, or the session confirms nothing, the stream is not read;
 *       what is held for it is bounded.
 * </ul>
 */
final class AttachStream extends ServerCall.Listener<byte[]> {
  private static final int FRAME_REPLIES = 512;
  private static final int FRAME_BYTES = 1 << 20;

  private final Node node;
  private final Operations operations;
  private final Attachments attachments;
  private final ServerCall<byte[], Message> rpc;
  private final Limits limits;
  private final Outbox outbox;
  private final Queue<Call> held = new ArrayDeque<>();
  private String session = "";
  private long attachment;
  private boolean paused;
  private boolean finishing;
  private boolean closed;

  AttachStream(
      Node node,
      Operations operations,
      Attachments attachments,
      ServerCall<byte[], Message> rpc,
      Limits limits) {
    this.node = node;
    this.operations = operations;
    this.attachments = attachments;
    this.rpc = rpc;
    this.limits = limits;
    this.outbox = new Outbox(node.loop(), this::drain);
  }

  /** Begins to read. */
  void start() {
    rpc.sendHeaders(new Metadata());
    rpc.request(1);
  }

  String session() {
    return session;
  }

  @Override
  public void onMessage(byte[] bytes) {
    if (closed) {
      return;
    }
    try {
      SessionAttachRequest frame = node.parser().parseFrame(bytes);
      if (session.isEmpty()) {
        attach(frame);
      } else {
        node.keeper().heard(session);
      }
      receive(frame);
    } catch (Refusal refusal) {
      end(refusal);
      return;
    }
    outbox.flush();
    readOn();
  }

  private void attach(SessionAttachRequest frame) {
    if (frame.getSession().isEmpty()) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_ATTACHMENT,
          "Expected a session in the first frame, but there is none");
    }
    session = frame.getSession();
    attachment = frame.getAttachment();
    Operation attach = operations.byName("SessionService/Attach");
    SessionAttachRequest request =
        SessionAttachRequest.newBuilder().setSession(session).setAttachment(attachment).build();
    Answer answer = new Answer();
    node.submit(List.of(new Call(attach, request, Envelope.getDefaultInstance(), answer)));
    com.google.rpc.Status error = answer.get().error();
    if (error != null) {
      session = "";
      closed = true;
      Wire.close(rpc, error);
      return;
    }
    attachments.add(this);
    node.keeper().heard(session);
    node.watch().attached(session, ProcessWatch.connection(rpc.getAttributes()));
    rpc.sendMessage(SessionAttachResponse.newBuilder().setAttached(true).build());
  }

  private void receive(SessionAttachRequest frame) {
    if (closed) {
      return;
    }
    frame.getReceivedList().forEach(range -> EnvelopeReader.requireForward("received", range));
    if (frame.getReceivedBelow() > 0 || frame.getReceivedCount() > 0) {
      node.confirm(session, frame.getReceivedBelow(), frame.getReceivedList());
    }
    List<Call> calls = new ArrayList<>(held.size() + frame.getCallsCount());
    calls.addAll(held);
    held.clear();
    for (dev.polyproc.v1.Call call : frame.getCallsList()) {
      try {
        calls.add(parse(call));
      } catch (Refusal refusal) {
        outbox.add(call.getSequence(), Reply.of(refusal), true);
      }
    }
    int done = calls.isEmpty() ? 0 : node.submit(calls);
    if (done < calls.size()) {
      hold(calls.subList(done, calls.size()));
    }
  }

  /** Keeps calls until the session has confirmed enough. */
  private void hold(List<Call> calls) {
    held.addAll(calls);
    long bytes = held.stream().mapToLong(call -> call.requestMessage().getSerializedSize()).sum();
    if (held.size() > limits.getWindowCalls() || bytes > limits.getWindowBytes()) {
      throw Refusal.windowFull();
    }
  }

  private Call parse(dev.polyproc.v1.Call call) {
    if (call.getSequence() <= 0) {
      throw Refusal.argument(
          "sequence",
          "Expected a sequence from 1 to "
              + Long.MAX_VALUE
              + ", but it is "
              + Long.toUnsignedString(call.getSequence()));
    }
    Operation operation = operations.byNumber(call.getMethod());
    if (operation == null || operation.kind() == Kind.STREAM) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_UNKNOWN_METHOD,
          "Expected the number of a unary method, but it is "
              + Integer.toUnsignedString(call.getMethod()));
    }
    ByteString bytes = call.getRequest();
    Message request = node.parser().parse(operation, bytes);
    Envelope.Builder envelope =
        Envelope.newBuilder()
            .setSession(session)
            .setSequence(call.getSequence())
            .setAttachment(attachment);
    if (operation.kind() == Kind.COMMAND) {
      envelope.setFingerprint(bytes.hashCode());
    }
    if (!call.getOwner().isEmpty()) {
      Texts.check("owner", call.getOwner());
      envelope.setOwner(call.getOwner());
    }
    if (!call.getCallSite().isEmpty()) {
      Texts.check("call_site", call.getCallSite());
      envelope.setCallSite(call.getCallSite());
    }
    envelope.setIncarnation(call.getIncarnation());
    if (call.hasGuard()) {
      envelope.setGuard(call.getGuard());
    }
    if (call.hasDeadline()) {
      envelope.setDeadline(deadline(call));
    }
    node.addSecret(operation, envelope);
    return new Call(operation, request, envelope.build(), outbox);
  }

  private static long deadline(dev.polyproc.v1.Call call) {
    long nanos = Times.nanos(call.getDeadline());
    if (nanos <= 0) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_DURATION,
          "Expected deadline to be more than 0 s, but it is not");
    }
    return nanos;
  }

  private void readOn() {
    if (closed) {
      return;
    }
    if (rpc.isReady() && outbox.isEmpty()) {
      rpc.request(1);
    } else {
      paused = true;
    }
  }

  @Override
  public void onReady() {
    drain();
  }

  /** Sends what there is, while the reader reads. On the loop. */
  private void drain() {
    while (!closed && !outbox.isEmpty() && rpc.isReady()) {
      SessionAttachResponse.Builder frame = SessionAttachResponse.newBuilder();
      long bytes = 0;
      while (frame.getRepliesCount() < FRAME_REPLIES && bytes < FRAME_BYTES) {
        Outgoing next = outbox.poll();
        if (next == null) {
          break;
        }
        dev.polyproc.v1.Reply reply = next.reply().toProto(next.sequence());
        bytes += reply.getSerializedSize();
        frame.addReplies(reply);
      }
      rpc.sendMessage(frame.build());
    }
    if (closed || !outbox.isEmpty()) {
      return;
    }
    if (finishing) {
      closed = true;
      attachments.remove(this);
      rpc.close(Status.OK, new Metadata());
    } else if (paused && rpc.isReady()) {
      paused = false;
      rpc.request(1);
    }
  }

  /** The client sends no more: it gets the replies that are there. What waits stays. */
  @Override
  public void onHalfClose() {
    finishing = true;
    drain();
  }

  @Override
  public void onCancel() {
    closed = true;
    attachments.remove(this);
  }

  /** Ends the stream, from any thread. */
  void endFromElsewhere(Refusal cause) {
    node.loop().execute(() -> end(cause));
  }

  private void end(Refusal cause) {
    if (!closed) {
      drain();
      closed = true;
      attachments.remove(this);
      Wire.close(rpc, cause.status());
    }
  }
}
