package dev.polyproc.server.engine.call;

import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Reply;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended: a response, or a status. {@link #LATER} stands for a call that waits, and is
 * answered by a later entry.
 */
public final class Answer {
  /** The call was parked; its reply comes with a later entry. */
  public static final Answer LATER = new Answer(null, null, null);

  /** A status with its details, beside what stands in them. */
  private static final long ERROR_BYTES = 512;

  private final @Nullable Message response;
  private final @Nullable Status error;
  private final @Nullable Undo undo;

  private Answer(@Nullable Message response, @Nullable Status error, @Nullable Undo undo) {
    this.response = response;
    this.error = error;
    this.undo = undo;
  }

  /** The call is done. */
  public static Answer of(Message response) {
    return new Answer(response, null, null);
  }

  /** The call is done, and is undone when its session ends before the reply was confirmed. */
  public static Answer of(Message response, Undo undo) {
    return new Answer(response, null, undo);
  }

  /** The call was refused. */
  public static Answer of(Refusal refusal) {
    return new Answer(null, refusal.status(), null);
  }

  /** The call failed, as once recorded. */
  public static Answer of(Status error) {
    return new Answer(null, error, null);
  }

  /** The same, of which less is to be undone. */
  public Answer with(Undo rest) {
    return new Answer(response, error, rest);
  }

  /** The response; null when the call failed. */
  public @Nullable Message response() {
    return response;
  }

  /** The failure; null when there is a response. */
  public @Nullable Status error() {
    return error;
  }

  /** What takes the grant back; null when nothing needs to be. */
  public @Nullable Undo undo() {
    return undo;
  }

  /** The size of what travels, in bytes. */
  public long bytes() {
    if (response != null) {
      return response.getSerializedSize();
    }
    return error == null ? 0 : error.getSerializedSize();
  }

  /** What the failure takes on the heap; 0 when there is none. */
  long errorBytes() {
    return error == null ? 0 : ERROR_BYTES + 2L * error.getSerializedSize();
  }

  /** The same reply to the contract's own message. */
  public Reply toProto(long sequence) {
    Reply.Builder reply = Reply.newBuilder().setSequence(sequence);
    if (response != null) {
      reply.setResponse(response.toByteString());
    } else if (error != null) {
      reply.setError(error);
    }
    return reply.build();
  }
}
