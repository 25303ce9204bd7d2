package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Caller;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.engine.Operation.Kind;
import dev.polyproc.server.engine.Operations;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.server.engine.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * SessionService.Attach: the calls of one session over one stream, many in a frame.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Calls take effect in the order in which they were sent.
 *   <li>A call that cannot be read is answered on its own and harms no other.
 *   <li>While the reader does not read, the stream is not read; while the session confirms nothing,
 *       it is read for what it confirms. What it sent before takes no effect then, and is bounded.
 *   <li>After some hundred calls, or two milliseconds, others have their turn.
 * </ul>
 */
final class AttachStream extends ServerCall.Listener<byte[]> implements Backlog.Waiting {
  private static final int FRAME_REPLIES = 512;
  private static final int FRAME_BYTES = 1 << 20;

  /**
   * How many calls are applied in one entry at most, and in one turn. Both are less where calls
   * take long, or have large replies: see {@link #adapt}.
   */
  private static final int TOGETHER = 64;

  private static final int FIRST_TOGETHER = 4;
  private static final int TOGETHER_BYTES = 64 << 10;
  private static final int TURN = 512;
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Node node;
  private final Operations operations;
  private final Attachments attachments;
  private final ServerCall<byte[], Message> rpc;
  private final Limits limits;
  private final long mostReplyBytes;
  private final Outbox outbox;
  private final Outlet<Message> outlet;
  private final HeldCalls held;
  private final List<dev.polyproc.v1.Call> taken = new ArrayList<>(TOGETHER);
  private final List<Call> next = new ArrayList<>(TOGETHER);
  private String session = "";
  private long attachment;
  private int together = FIRST_TOGETHER;
  private long charged;
  private boolean requested;
  private boolean windowIsFull;
  private boolean turnIsComing;
  private boolean applying;
  private boolean finishing;
  private boolean closed;

  private AttachStream(
      Node node,
      Operations operations,
      Attachments attachments,
      ServerCall<byte[], Message> rpc,
      Limits limits,
      long mostReplyBytes) {
    this.node = node;
    this.operations = operations;
    this.attachments = attachments;
    this.rpc = rpc;
    this.limits = limits;
    this.mostReplyBytes = mostReplyBytes;
    this.outbox = new Outbox(node.loop(), this::drain);
    this.outlet = new Outlet<>(rpc);
    this.held = new HeldCalls(node.arrivals(), connection());
  }

  static ServerCallHandler<byte[], Message> handler(
      Node node, Operations operations, Attachments attachments, Limits limits) {
    return (rpc, headers) -> {
      try {
        long most = EnvelopeReader.readAttach(headers);
        AttachStream stream = new AttachStream(node, operations, attachments, rpc, limits, most);
        rpc.sendHeaders(new Metadata());
        stream.readOn();
        return stream;
      } catch (Refusal refusal) {
        Wire.close(rpc, refusal.status());
        return new ServerCall.Listener<>() {};
      }
    };
  }

  String session() {
    return session;
  }

  private Connection connection() {
    return Connection.of(rpc.getAttributes());
  }

  @Override
  public void onMessage(byte[] bytes) {
    requested = false;
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
      receive(frame, bytes.length);
    } catch (Refusal refusal) {
      end(refusal);
      return;
    }
    takeTurn();
  }

  private void attach(SessionAttachRequest frame) {
    if (frame.getSession().isEmpty()) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_ATTACHMENT,
          "Expected a session in the first frame, but there is none; SessionService/Open answers"
              + " its id");
    }
    SessionAttachResponse attached = SessionAttachResponse.newBuilder().setAttached(true).build();
    if (!outlet.hasRoom(attached.getSerializedSize())) {
      throw outlet.unread("streams", attached.getSerializedSize());
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
    node.watch().attached(session, connection());
    outlet.send(attached, attached.getSerializedSize());
  }

  private void receive(SessionAttachRequest frame, int bytes) {
    if (closed) {
      return;
    }
    frame.getReceivedList().forEach(range -> EnvelopeReader.requireForward("received", range));
    if (frame.getReceivedBelow() > 0 || frame.getReceivedCount() > 0) {
      node.confirm(session, frame.getReceivedBelow(), frame.getReceivedList());
      windowIsFull = false;
    }
    held.add(frame.getCallsList(), bytes);
    if (windowIsFull
        && (held.size() > limits.getWindowCalls() || held.bytes() > limits.getWindowBytes())) {
      throw Refusal.windowFull();
    }
    if (node.arrivals().isTooMuch(connection()) && held.size() > 0 && windowIsFull) {
      throw node.arrivals().tooMuch();
    }
  }

  /** Applies some of the calls that are held. On the loop. */
  private void takeTurn() {
    turnIsComing = false;
    applying = true;
    long began = held.hasNext() ? System.nanoTime() : 0;
    long spent = 0;
    int done = 0;
    while (!closed
        && !windowIsFull
        && held.hasNext()
        && done < TURN
        && spent < TURN_NANOS
        && outbox.bytes() < FRAME_BYTES) {
      long replies = outbox.bytes();
      done += applySome();
      long now = System.nanoTime() - began;
      adapt(now - spent, outbox.bytes() - replies);
      spent = now;
    }
    applying = false;
    outbox.flush();
  }

  /** There may be room in the session's window by now. On the loop. */
  void tryAgain() {
    if (windowIsFull && !closed) {
      windowIsFull = false;
      turnLater();
    }
  }

  private void turnLater() {
    if (!turnIsComing) {
      turnIsComing = true;
      node.afterwards(this::takeTurn);
    }
  }

  /** Fewer calls go into the next entry where this one was long or large, and more where not. */
  private void adapt(long nanos, long replyBytes) {
    boolean much = nanos > TURN_NANOS / 2 || replyBytes > FRAME_BYTES / 4;
    together = much ? Math.max(1, together / 4) : Math.min(TOGETHER, together * 2);
  }

  /** Applies what goes into one entry. What has to wait is held as it came, which takes least. */
  private int applySome() {
    long bytes = 0;
    while (held.hasNext() && taken.size() < together && bytes < TOGETHER_BYTES) {
      dev.polyproc.v1.Call call = held.next();
      try {
        next.add(parse(call));
        taken.add(call);
        bytes += call.getRequest().size();
      } catch (Refusal refusal) {
        outbox.add(call.getSequence(), Reply.of(refusal), true);
      }
    }
    int applied = next.isEmpty() ? 0 : node.submit(next);
    taken.subList(0, applied).clear();
    windowIsFull = !taken.isEmpty();
    held.putBack(taken);
    taken.clear();
    next.clear();
    return applied;
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
    Operation operation = operations.byNumber(call.getMethodNumber());
    if (operation == null || operation.kind() == Kind.STREAM) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_UNKNOWN_METHOD,
          "Expected the number of a unary method, as its option polyproc.v1.number says, but it is "
              + Integer.toUnsignedString(call.getMethodNumber()));
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
    envelope.setMaxReplyBytes(mostReplyBytes);
    node.addSecret(operation, envelope);
    Caller caller =
        request instanceof SessionOpenRequest open
            ? node.watch().opening(open, connection(), envelope, outbox)
            : outbox;
    return new Call(operation, request, envelope.build(), caller);
  }

  private static long deadline(dev.polyproc.v1.Call call) {
    long nanos = Times.nanos(call.getDeadline());
    if (nanos <= 0) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_DURATION,
          "Expected deadline to be more than 0 s, but it is not; leave it out to wait as long as"
              + " the request says");
    }
    return nanos;
  }

  @Override
  public void onReady() {
    drain();
  }

  @Override
  public long size() {
    return Math.min(outbox.bytes(), FRAME_BYTES);
  }

  @Override
  public void go() {
    drain();
  }

  /** Sends what there is, and goes on when all is sent. On the loop. */
  private void drain() {
    send();
    if (closed) {
      return;
    }
    charge(outbox.bytes());
    if (closed) {
      return; // So much waited that the connection was ended.
    }
    if (outbox.isEmpty()) {
      goOn();
    } else if (rpc.isReady()) {
      connection().backlog().whenRoom(this);
    }
  }

  /** Charges what waits to be sent. */
  private void charge(long waiting) {
    long more = waiting - charged;
    charged = waiting;
    connection().backlog().waits(more);
  }

  /** Sends what there is, while the reader reads. */
  private void send() {
    long most = mostReplyBytes == 0 ? FRAME_BYTES : Math.min(FRAME_BYTES, mostReplyBytes);
    while (!closed && !outbox.isEmpty() && outlet.mayTake(size())) {
      SessionAttachResponse.Builder frame = SessionAttachResponse.newBuilder();
      long bytes = 0;
      // A reply that is larger has a frame of its own.
      do {
        Outbox.Outgoing next = outbox.take();
        frame.addReplies(next.reply().toProto(next.sequence()));
        bytes += next.size() + Call.AROUND_IN_FRAME;
      } while (frame.getRepliesCount() < FRAME_REPLIES
          && !outbox.isEmpty()
          && bytes + outbox.nextSize() + Call.AROUND_IN_FRAME <= most);
      SessionAttachResponse message = frame.build();
      outlet.send(message, message.getSerializedSize());
    }
  }

  private void goOn() {
    if (applying) {
      return; // Replies are sent while calls are applied; the turn goes on by itself.
    }
    if (!windowIsFull && held.hasNext()) {
      turnLater();
    } else if (!finishing) {
      if (rpc.isReady()) {
        readOn();
      }
    } else if (windowIsFull) {
      end(Refusal.windowFull()); // Nothing that confirms replies can come any more.
    } else {
      closed = true;
      attachments.remove(this);
      rpc.close(Status.OK, new Metadata());
    }
  }

  private void readOn() {
    if (!requested) {
      requested = true;
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
    leave();
    outlet.close();
  }

  @Override
  public void onComplete() {
    leave();
    outlet.close();
  }

  /** Ends the stream, from any thread. */
  void endFromElsewhere(Refusal cause) {
    node.loop().execute(() -> end(cause));
  }

  private void end(Refusal cause) {
    if (!closed) {
      send();
      leave();
      Wire.close(rpc, cause.status());
    }
  }

  private void leave() {
    closed = true;
    attachments.remove(this);
    connection().backlog().forget(this);
    outbox.clear();
    charge(0);
    held.clear();
  }
}
