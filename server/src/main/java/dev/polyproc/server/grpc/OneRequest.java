package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import io.grpc.ServerCall;
import org.jspecify.annotations.Nullable;

/**
 * The request of a call whose client sends one message: neither none nor two. Its bytes are charged
 * to what arrives until they are taken.
 *
 * <p>Used on its connection's event loop only.
 */
abstract class OneRequest extends ServerCall.Listener<byte[]> {
  private final Arrivals arrivals;
  private final ServerCall<byte[], ?> rpc;
  private final Connection connection;
  private byte @Nullable [] request;
  private boolean closed;

  OneRequest(Arrivals arrivals, ServerCall<byte[], ?> rpc) {
    this.arrivals = arrivals;
    this.rpc = rpc;
    this.connection = Connection.of(rpc.getAttributes());
    // One more than the one message, so that a second one is seen.
    rpc.request(2);
  }

  /** The request is there, to be {@link #take taken} now or later. */
  abstract void arrived();

  /** The request's bytes, which stay charged until they are taken. */
  final ByteString bytes() {
    if (request == null) {
      throw new IllegalStateException("Expected a request that was not taken before");
    }
    return UnsafeByteOperations.unsafeWrap(request);
  }

  /** Takes the request's bytes. */
  final ByteString take() {
    ByteString taken = bytes();
    letGo();
    return taken;
  }

  @Override
  public final void onMessage(byte[] message) {
    if (closed) {
      return;
    }
    if (request != null) {
      refuse(malformed("there are more"));
      return;
    }
    request = message;
    arrivals.take(connection, message.length);
    if (arrivals.isTooMuch(connection)) {
      refuse(arrivals.tooMuch());
    }
  }

  @Override
  public final void onHalfClose() {
    if (closed) {
      return;
    }
    if (request == null) {
      refuse(malformed("there is none"));
      return;
    }
    try {
      arrived();
    } catch (Refusal refusal) {
      refuse(refusal);
    }
  }

  static Refusal malformed(String actual) {
    return new Refusal(
        ErrorReason.ERROR_REASON_MALFORMED_REQUEST, "Expected one request, but " + actual);
  }

  final void refuse(Refusal refusal) {
    close(refusal.status());
  }

  /** Ends the call with a status of the contract. */
  final void close(com.google.rpc.Status error) {
    if (!closed) {
      closed();
      Wire.close(rpc, error);
    }
  }

  /** Whether the call is over, as far as this side is concerned. */
  final boolean isClosed() {
    return closed;
  }

  /** The call is over. */
  final void closed() {
    closed = true;
    letGo();
  }

  /** The request's bytes, if they are still there, are not needed any more. */
  final void letGo() {
    if (request != null) {
      arrivals.giveBack(connection, request.length);
      request = null;
    }
  }

  final Connection connection() {
    return connection;
  }
}
