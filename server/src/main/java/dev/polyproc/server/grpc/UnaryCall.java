package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.refusal.Refusal;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One unary rpc.
 *
 * <p>When the rpc goes before the answer, its parked call
 *
 * <ul>
 *   <li>goes too, as if it had not come, when its client has reset the rpc or the rpc's deadline
 *       has passed; unless the caller said that it will repeat the call;
 *   <li>goes too when the connection broke, where it has no sequence: it is at most once. With one
 *       it stays, to be found by a repeat.
 * </ul>
 *
 * <pre>
 *   arrived ─▶ (waits while the connection's replies are not read) ─▶ submitted ─▶ answered
 *                                           ─▶ (waits for room) ─▶ sending ─▶ complete
 * </pre>
 */
final class UnaryCall extends OneRequest implements Backlog.Waiting {
  private final Gateway gateway;
  private final Operation operation;
  private final ServerCall<byte[], Message> rpc;
  private final Envelope.Builder envelope;
  private final boolean repeats;
  private final Admission.@Nullable Request request = Admission.request();
  private final Replies replies = new Replies(this);
  private @Nullable Message response;
  private @Nullable Deadline deadline;
  private boolean submitted;
  private long size;
  private boolean sending;

  private UnaryCall(
      Gateway gateway, Operation operation, ServerCall<byte[], Message> rpc, Metadata headers) {
    super(gateway.arrivals(), rpc);
    this.gateway = gateway;
    this.operation = operation;
    this.rpc = rpc;
    OurMetadata ours = OurMetadata.of(headers);
    this.envelope = EnvelopeReader.read(ours, connection());
    this.repeats = EnvelopeReader.repeats(ours);
  }

  /** Serves the rpcs of an operation. */
  static ServerCallHandler<byte[], Message> handler(Gateway gateway, Operation operation) {
    return (rpc, headers) -> start(gateway, operation, rpc, headers);
  }

  private static ServerCall.Listener<byte[]> start(
      Gateway gateway, Operation operation, ServerCall<byte[], Message> rpc, Metadata headers) {
    try {
      return new UnaryCall(gateway, operation, rpc, headers);
    } catch (Refusal refusal) {
      Wire.close(rpc, refusal.status());
      return new ServerCall.Listener<>() {};
    }
  }

  @Override
  void arrived() {
    if (!envelope.getSession().isEmpty()) {
      gateway.keeper().heard(envelope.getSession());
    }
    deadline = Context.current().getDeadline();
    connection().backlog().begin(this);
  }

  /** The size of the reply, in bytes; 0 while there is none. */
  @Override
  public long size() {
    return size;
  }

  @Override
  public void go() {
    Message answer = response;
    if (answer != null) {
      send(answer);
      return;
    }
    try {
      ByteString bytes = bytes();
      submit(gateway.parser().parse(operation, bytes), bytes);
    } catch (Refusal refusal) {
      refuse(refusal);
    } finally {
      letGo(); // Not before: several loops may read requests, and wait for their turn with them.
    }
  }

  private void submit(Message message, ByteString bytes) {
    if (envelope.getSequence() != 0) {
      envelope.setFingerprint(Fingerprint.of(bytes)).setDeadline(repeats ? 0 : timeLeft());
    }
    if (operation.kind() == Kind.COMMAND) {
      envelope.setTicket(gateway.ticket());
    }
    gateway.stamp(operation, envelope);
    Recipient recipient = gateway.told(operation, message, connection(), envelope, replies);
    if (operation.isRead()) {
      confirm();
    }
    submitted = true;
    gateway.submit(connection(), new Invocation(operation, message, envelope.build(), recipient));
    if (confirms()) {
      gateway.confirmed(envelope.getSession());
    }
  }

  private boolean confirms() {
    return envelope.getReceivedBelow() != 0 || envelope.getReceivedCount() != 0;
  }

  /** Applies what the metadata confirm, for a read, which changes nothing itself. */
  private void confirm() {
    if (confirms()) {
      gateway.confirm(
          Gateway.confirmation(
              envelope.getSession(), envelope.getReceivedBelow(), envelope.getReceivedList()));
    }
  }

  private long timeLeft() {
    return deadline == null ? 0 : Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS));
  }

  @Override
  public void onCancel() {
    if (submitted && envelope.getTicket() != 0 && replies.reply == null) {
      if (isGivenUp()) {
        connection().departures().giveUp(envelope.getTicket(), envelope.getSession());
      } else if (envelope.getSequence() == 0) {
        connection().departures().abandon(envelope.getTicket());
      }
    }
    leave();
  }

  /** Whether the caller ended the rpc, and not its connection; and does not mean to repeat it. */
  private boolean isGivenUp() {
    boolean wasReset = request == null || request.wasReset();
    return !repeats && (wasReset || (deadline != null && deadline.isExpired()));
  }

  @Override
  public void onComplete() {
    leave();
  }

  /** Where the engine replies to. A call that waits on without its rpc keeps no more than this. */
  private static final class Replies implements Recipient {
    private volatile @Nullable UnaryCall rpc;
    private volatile @Nullable Answer reply;

    Replies(UnaryCall rpc) {
      this.rpc = rpc;
    }

    @Override
    public void reply(Invocation call, Answer answer, boolean last) {
      if (rpc != null) {
        reply = answer;
      }
    }

    @Override
    public void flush() {
      UnaryCall answered = rpc;
      if (answered != null) {
        answered.connection().loop().execute(answered::answer);
      }
    }

    void detach() {
      rpc = null;
      reply = null;
    }
  }

  private void answer() {
    Answer answer = replies.reply;
    if (answer == null || isClosed()) {
      return;
    }
    if (answer.error() != null) {
      close(answer.error());
    } else if (answer.response() != null) {
      closed();
      answer(answer.response());
    }
  }

  private void answer(Message answer) {
    response = answer;
    size = answer.getSerializedSize();
    connection().backlog().send(this);
  }

  private void send(Message answer) {
    sending = true;
    rpc.sendHeaders(new Metadata());
    rpc.sendMessage(answer);
    rpc.close(Status.OK, new Metadata());
  }

  /** The rpc is over: what it holds goes. */
  private void leave() {
    closed();
    replies.detach();
    if (sending) {
      sending = false;
      connection().backlog().giveBack(size);
    } else {
      connection().backlog().forget(this);
    }
  }
}
