package dev.polyproc.client.internal.call;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;

/** A call of a thread that waits for it, or of the client itself: no program has its future. */
public final class DirectCall<R extends @Nullable Object> extends PendingCall<R> {
  private final Decoder<R> decoder;

  DirectCall(Calls calls, byte[] body, int cost, Decoder<R> decoder) {
    super(calls, body, cost);
    this.decoder = decoder;
  }

  @Override
  public void succeed(CodedInputStream response) {
    R result;
    try {
      result = decoder.decode(response);
    } catch (InvalidProtocolBufferException e) {
      fail(unreadable(e));
      return;
    }
    finish(result);
  }
}
