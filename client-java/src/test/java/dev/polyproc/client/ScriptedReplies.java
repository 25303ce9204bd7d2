package dev.polyproc.client;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.conformance.v1.CallReply;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.Value;

/** What a scripted daemon answers. */
final class ScriptedReplies {
  private static final String PREFIX = "ERROR_REASON_";

  private ScriptedReplies() {}

  /** The reply that a script names. */
  static Reply of(long sequence, CallReply reply) {
    return switch (reply.getOutcomeCase()) {
      case ITEM ->
          of(
              sequence,
              QueueGetResponse.newBuilder()
                  .setItem(Value.newBuilder().setText(reply.getItem()))
                  .setAttempt(1)
                  .build());
      case REASON -> of(sequence, reply.getReason());
      case OUTCOME_NOT_SET -> accepted(sequence);
    };
  }

  /** A put was accepted. */
  static Reply accepted(long sequence) {
    return of(sequence, QueuePutResponse.newBuilder().setAccepted(true).build());
  }

  /** A Cancel found this. */
  static Reply of(long sequence, CancelOutcome outcome) {
    return of(sequence, SessionCancelResponse.newBuilder().setOutcome(outcome).build());
  }

  static Reply of(long sequence, Message response) {
    return Reply.newBuilder()
        .setSequence(sequence)
        .setResponse(ByteString.copyFrom(response.toByteArray()))
        .build();
  }

  static Reply of(long sequence, ErrorReason reason) {
    return Reply.newBuilder().setSequence(sequence).setError(status(reason)).build();
  }

  /** A status as the daemon makes it. */
  static Status status(ErrorReason reason) {
    return Status.newBuilder()
        .setCode(
            reason.getValueDescriptor().getOptions().getExtension(OptionsProto.code).getNumber())
        .setMessage("Expected something else, but the script says " + reason)
        .addDetails(
            Any.pack(
                ErrorInfo.newBuilder()
                    .setDomain("polyproc.dev")
                    .setReason(reason.name().substring(PREFIX.length()))
                    .build()))
        .build();
  }
}
