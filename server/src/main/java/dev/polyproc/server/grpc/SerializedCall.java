package dev.polyproc.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A call whose large messages are serialized by a {@link Serializer}. Meanwhile it is not ready,
 * and what it is to send after them waits.
 *
 * <pre>
 *   sendMessage (large) ─▶ serializer: gRPC's sendMessage ─▶ loop: what waited ─▶ onSerialized
 * </pre>
 *
 * <p>Used on its connection's event loop only.
 */
abstract class SerializedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private final Serializer serializer;
  private final Connection connection;
  private final @Nullable Http2Stream stream;

  /** What is to be done after the message that is being serialized; null while none is. */
  private @Nullable Queue<Runnable> afterwards;

  /** The call that is being created. */
  SerializedCall(ServerCall<Q, R> call, Serializer serializer, Connection connection) {
    super(call);
    this.serializer = serializer;
    this.connection = connection;
    this.stream = connection.entering();
  }

  /** The call may be ready again, of which gRPC does not tell. */
  abstract void onSerialized();

  @Override
  public boolean isReady() {
    return afterwards == null && super.isReady();
  }

  @Override
  public void sendMessage(R message) {
    send(message);
  }

  @Override
  public void close(Status status, Metadata trailers) {
    end(status, trailers);
  }

  private void send(R message) {
    if (afterwards != null) {
      afterwards.add(() -> send(message));
    } else if (Serializer.isLarge(message)) {
      afterwards = new ArrayDeque<>();
      connection.serializes(stream);
      serializer.execute(() -> serialize(message));
    } else {
      super.sendMessage(message);
    }
  }

  private void end(Status status, Metadata trailers) {
    if (afterwards != null) {
      afterwards.add(() -> endUnlessCancelled(status, trailers));
    } else {
      super.close(status, trailers);
    }
  }

  /** gRPC takes it amiss when a call ends well whose message was left out. */
  private void endUnlessCancelled(Status status, Metadata trailers) {
    if (!super.isCancelled()) {
      end(status, trailers);
    }
  }

  /** On the serializer's thread. */
  private void serialize(R message) {
    boolean fine = false;
    try {
      if (!super.isCancelled()) {
        super.sendMessage(message);
      }
      fine = true;
    } catch (Throwable e) {
      // gRPC has ended the call.
      LoggerFactory.getLogger(SerializedCall.class).error("A message was not serialized", e);
    } finally {
      boolean goesOn = fine;
      connection.loop().execute(() -> serialized(goesOn));
    }
  }

  private void serialized(boolean goesOn) {
    Queue<Runnable> next = afterwards;
    afterwards = null;
    connection.serialized(stream);
    if (goesOn && next != null) {
      next.forEach(Runnable::run); // After another large message the others wait again.
      onSerialized();
    }
  }
}
