package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
 *   <li>The log has calls of one entry at a time: the next ones are handed over when it is known
 *       that those were applied.
 *   <li>It ends when its client sends no more and all is answered that does not wait for others:
 *       what the node answers later, too.
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

  private final Gateway gateway;
  private final Operations operations;
  private final Attachments attachments;
  private final ServerCall<byte[], Message> rpc;
  private final Connection connection;
  private final Limits limits;
  private final long mostReplyBytes;
  private final Outbox outbox;
  private final Outlet<Message> outlet;
  private final NodeReplies nodeReplies;
  private final HeldCalls held;
  private final AttachedCalls calls;
  private final List<Call> taken = new ArrayList<>(TOGETHER);
  private final List<Invocation> next = new ArrayList<>(TOGETHER);

  /** What was confirmed and not submitted: it goes with the next calls. */
  private @Nullable NodeEvent confirmation;

  private String session = "";
  private long attachment;
  private int together = FIRST_TOGETHER;
  private long charged;
  private boolean requested;
  private boolean windowIsFull;
  private boolean turnIsComing;
  private boolean applying;

  /** Whether the log has something of this stream and has not told what became of it. */
  private boolean handedOver;

  /** Whether the session has confirmed something since that was handed over. */
  private boolean roomier;

  private volatile int applied;
  private volatile boolean appliedUntilFull;
  private boolean finishing;
  private boolean closed;

  private AttachStream(
      Gateway gateway,
      Operations operations,
      Attachments attachments,
      ServerCall<byte[], Message> rpc,
      Limits limits,
      long mostReplyBytes) {
    this.gateway = gateway;
    this.operations = operations;
    this.attachments = attachments;
    this.rpc = rpc;
    this.connection = Connection.of(rpc.getAttributes());
    this.limits = limits;
    this.mostReplyBytes = mostReplyBytes;
    this.outbox = new Outbox(connection.loop(), this::drain);
    this.outlet = new Outlet<>(rpc);
    this.nodeReplies = new NodeReplies(outbox);
    this.held = new HeldCalls(gateway.arrivals(), connection);
    this.calls =
        new AttachedCalls(gateway, operations, connection, outbox, nodeReplies, mostReplyBytes);
  }

  static ServerCallHandler<byte[], Message> handler(
      Gateway gateway, Operations operations, Attachments attachments, Limits limits) {
    return (rpc, headers) -> {
      try {
        long most = EnvelopeReader.readAttach(headers);
        AttachStream stream = new AttachStream(gateway, operations, attachments, rpc, limits, most);
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

  /** The number of its attachment: of two of a session the higher one is the later. Unsigned. */
  long attachment() {
    return attachment;
  }

  @Override
  public void onMessage(byte[] bytes) {
    requested = false;
    if (closed) {
      return;
    }
    try {
      SessionAttachRequest frame = gateway.parser().parseFrame(bytes);
      held.add(frame.getCallsList(), bytes.length);
      if (session.isEmpty()) {
        attach(frame);
        return;
      }
      gateway.keeper().heard(session);
      receive(frame);
    } catch (Refusal refusal) {
      end(refusal);
      return;
    }
    takeTurn();
  }

  /** Asks to be attached; the frame is read further when that is answered. */
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
    calls.of(session, attachment);
    Operation attach = operations.byName("SessionService/Attach");
    SessionAttachRequest request =
        SessionAttachRequest.newBuilder().setSession(session).setAttachment(attachment).build();
    LoopRecipient answer =
        new LoopRecipient(connection.loop(), reply -> attached(reply, attached, frame));
    handedOver = true;
    attachments.ask(this);
    gateway.submit(
        connection, new Invocation(attach, request, Envelope.getDefaultInstance(), answer));
  }

  private void attached(Answer reply, SessionAttachResponse attached, SessionAttachRequest frame) {
    handedOver = false;
    if (closed) {
      return; // The client has gone meanwhile, or its session.
    }
    if (reply.error() != null) {
      leave();
      Wire.close(rpc, reply.error());
      return;
    }
    attachments.add(this);
    attachments.answered(this);
    if (closed) {
      return; // A later one was here before.
    }
    gateway.keeper().heard(session);
    gateway.watch().attached(session, connection);
    outlet.send(attached, attached.getSerializedSize());
    try {
      receive(frame);
    } catch (Refusal refusal) {
      end(refusal);
      return;
    }
    takeTurn();
  }

  /** Takes what a frame confirms, for the turn that follows; its calls are held by now. */
  private void receive(SessionAttachRequest frame) {
    frame.getReceivedList().forEach(range -> EnvelopeReader.requireForward("received", range));
    if (frame.getReceivedBelow() > 0 || frame.getReceivedCount() > 0) {
      confirmation =
          Gateway.confirmation(session, frame.getReceivedBelow(), frame.getReceivedList());
      windowIsFull = false;
      roomier = true;
    }
    if (windowIsFull
        && (held.size() > limits.getWindowCalls() || held.bytes() > limits.getWindowBytes())) {
      throw Refusal.windowFull();
    }
    if (gateway.arrivals().isTooMuch(connection) && held.size() > 0 && windowIsFull) {
      throw gateway.arrivals().tooMuch();
    }
  }

  /** Applies some of the calls that are held. On the loop. */
  private void takeTurn() {
    turnIsComing = false;
    applying = true;
    boolean several = held.size() > 1; // One by itself keeps nobody from a turn.
    long began = several ? System.nanoTime() : 0;
    long spent = 0;
    int done = 0;
    while (!closed
        && !handedOver
        && !windowIsFull
        && held.hasNext()
        && done < TURN
        && spent < TURN_NANOS
        && outbox.bytes() < FRAME_BYTES) {
      long replies = outbox.bytes();
      done += applySome();
      if (several) {
        long now = System.nanoTime() - began;
        adapt(now - spent, outbox.bytes() - replies);
        spent = now;
      }
    }
    NodeEvent alone = confirmation;
    if (alone != null) {
      confirmation = null;
      gateway.confirm(alone);
    }
    applying = false;
    outbox.flush();
  }

  /** There may be room in the session's window by now. By any thread. */
  void tryAgain() {
    connection.loop().execute(this::goOnInWindow);
  }

  private void goOnInWindow() {
    roomier = true;
    if (windowIsFull && !closed) {
      windowIsFull = false;
      turnLater();
    }
  }

  private void turnLater() {
    if (!turnIsComing) {
      turnIsComing = true;
      connection.loop().afterwards(this::takeTurn);
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
      Call call = held.next();
      try {
        Invocation read = calls.read(call);
        next.add(read);
        taken.add(call);
        bytes += call.getRequest().size();
        if (read.operation().kind() == Kind.NODE) {
          nodeReplies.begin();
          break; // The node goes on with it before what follows is applied.
        }
      } catch (Refusal refusal) {
        outbox.add(call.getSequence(), Answer.of(refusal), true);
      }
    }
    int some = next.size();
    roomier = false;
    if (some == 0) {
      settle(0, false);
    } else {
      handedOver = true;
      NodeEvent before = confirmation;
      confirmation = null;
      if (before == null) {
        gateway.submit(connection, next, this::applied);
      } else {
        gateway.submit(connection, before, next, this::applied);
      }
    }
    return some;
  }

  /** By any thread. */
  private void applied(int count, boolean isFull) {
    applied = count;
    appliedUntilFull = isFull;
    connection.loop().execute(this::applied);
  }

  private void applied() {
    handedOver = false;
    if (!closed) {
      settle(applied, appliedUntilFull);
    }
    if (!applying && !closed) {
      adapt(0, 0); // The log applies later: nobody else waited for that.
      drain();
    }
  }

  /** So many of the calls that were handed over are done with; the others are held again. */
  private void settle(int count, boolean isFull) {
    if (count < next.size() && next.get(next.size() - 1).operation().kind() == Kind.NODE) {
      nodeReplies.takeBack();
    }
    taken.subList(0, count).clear();
    // What the session confirmed since may have made room.
    windowIsFull = isFull && !roomier;
    held.putBack(taken);
    taken.clear();
    next.clear();
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
      connection.backlog().whenRoom(this);
    }
  }

  /** Charges what waits to be sent. */
  private void charge(long waiting) {
    long more = waiting - charged;
    charged = waiting;
    connection.backlog().waits(more);
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
        bytes += next.size() + Invocation.AROUND_IN_FRAME;
      } while (frame.getRepliesCount() < FRAME_REPLIES
          && !outbox.isEmpty()
          && bytes + outbox.nextSize() + Invocation.AROUND_IN_FRAME <= most);
      SessionAttachResponse message = frame.build();
      outlet.send(message, message.getSerializedSize());
    }
  }

  private void goOn() {
    if (applying || handedOver) {
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
    } else if (nodeReplies.areThere()) {
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
    connection.loop().execute(() -> end(cause));
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
    attachments.answered(this);
    connection.backlog().forget(this);
    outbox.clear();
    charge(0);
    held.clear();
  }
}
