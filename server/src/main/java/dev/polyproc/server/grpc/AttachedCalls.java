package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;

/** Reads the calls in the frames of one attachment: what a unary call has in its metadata. */
final class AttachedCalls {
  private final Gateway gateway;
  private final Operations operations;
  private final Connection connection;
  private final Recipient recipient;
  private final Recipient nodeReplies;
  private final long mostReplyBytes;
  private String session = "";
  private long attachment;

  /**
   * Calls that come over a connection.
   *
   * @param recipient where their replies go
   * @param nodeReplies where those go that the node gives
   * @param mostReplyBytes of a frame; 0 for any number
   */
  AttachedCalls(
      Gateway gateway,
      Operations operations,
      Connection connection,
      Recipient recipient,
      Recipient nodeReplies,
      long mostReplyBytes) {
    this.gateway = gateway;
    this.operations = operations;
    this.connection = connection;
    this.recipient = recipient;
    this.nodeReplies = nodeReplies;
    this.mostReplyBytes = mostReplyBytes;
  }

  /** The session that calls, and the number of its attachment. */
  void of(String id, long number) {
    session = id;
    attachment = number;
  }

  /** A call as the engine takes it; refuses what cannot be read. */
  Invocation read(Call call) {
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
    Message request = gateway.parser().parse(operation, bytes);
    Envelope.Builder envelope =
        Envelope.newBuilder()
            .setSession(session)
            .setSequence(call.getSequence())
            .setAttachment(attachment);
    if (operation.kind() == Kind.COMMAND) {
      envelope.setFingerprint(Fingerprint.of(bytes));
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
    gateway.stamp(operation, envelope);
    Recipient then = operation.kind() == Kind.NODE ? nodeReplies : recipient;
    Recipient told = gateway.told(operation, request, connection, envelope, then);
    return new Invocation(operation, request, envelope.build(), told);
  }

  private static long deadline(Call call) {
    long nanos = Times.nanos(call.getDeadline());
    if (nanos <= 0) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_DURATION,
          "Expected deadline to be more than 0 s, but it is not; leave it out to wait as long as"
              + " the request says");
    }
    return nanos;
  }
}
