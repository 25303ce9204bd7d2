package dev.polyproc.client.internal.wire;

import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.KnownLength;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * One connection to the daemon and the stream of {@code SessionService.Attach} on it. The event
 * loop's own, and so is everything that it tells its {@link Listener}.
 */
public final class Attachment {
  /** What becomes of an attachment. */
  public interface Listener {
    /** The stream takes more, without having to keep it in memory. */
    void ready(Attachment attachment);

    /** A serialized frame of replies has come. */
    void received(Attachment attachment, byte[] frame);

    /** The stream is over, for good. */
    void ended(Attachment attachment, Status status, Metadata trailers);
  }

  private static final MethodDescriptor<Frame, byte[]> ATTACH =
      SessionServiceGrpc.getAttachMethod().toBuilder(new Frames(), new Bytes()).build();

  private final Transport transport;
  private final ManagedChannel channel;
  private final Listener listener;
  private final ClientCall<Frame, byte[]> call;
  private boolean closed;

  public Attachment(Transport transport, ManagedChannel channel, Listener listener) {
    this.transport = transport;
    this.channel = channel;
    this.listener = listener;
    Context callers = Context.ROOT.attach(); // whoever runs the event loop: it is not for them only
    try {
      this.call = channel.newCall(ATTACH, CallOptions.DEFAULT);
    } finally {
      Context.ROOT.detach(callers);
    }
  }

  /** Connects and sends the first frame. */
  public void start(Frame first) {
    call.start(new OnLoop(), new Metadata());
    call.request(1);
    send(first);
  }

  /** The connection, for streams of their own. */
  public ManagedChannel channel() {
    return channel;
  }

  public boolean isReady() {
    return call.isReady();
  }

  /** Sends a frame, unless the listener has closed the attachment, be it while it was started. */
  public void send(Frame frame) {
    if (!closed) {
      call.sendMessage(frame);
    }
  }

  /** Lets go of the connection. */
  public void close() {
    closed = true;
    try {
      call.cancel("The client has left", null);
    } catch (RuntimeException e) {
      // gRPC's in-process transport throws where its server ended before it had seen the stream.
    } finally {
      channel.shutdownNow();
    }
  }

  /** Nearly all is told by the event loop; what gRPC tells on other threads goes there. */
  private final class OnLoop extends ClientCall.Listener<byte[]> {
    @Override
    public void onReady() {
      run(() -> listener.ready(Attachment.this));
    }

    @Override
    public void onMessage(byte[] frame) {
      run(
          () -> {
            listener.received(Attachment.this, frame);
            call.request(1);
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      run(() -> listener.ended(Attachment.this, status, trailers));
    }

    private void run(Runnable task) {
      if (transport.onLoop()) {
        task.run();
      } else {
        transport.execute(task);
      }
    }
  }

  private static final class Frames implements MethodDescriptor.Marshaller<Frame> {
    @Override
    public InputStream stream(Frame frame) {
      return frame.stream();
    }

    @Override
    public Frame parse(InputStream stream) {
      throw new UnsupportedOperationException("Expected frames to be sent only");
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] frame) {
      throw new UnsupportedOperationException("Expected replies to be received only");
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        if (!(stream instanceof KnownLength)) {
          return stream.readAllBytes();
        }
        // That would make a buffer of 8 KiB for each reply of a hundred bytes.
        byte[] bytes = new byte[stream.available()];
        int read = stream.readNBytes(bytes, 0, bytes.length);
        if (read != bytes.length || stream.read() != -1) {
          throw new IOException("Expected " + bytes.length + " bytes of a message");
        }
        return bytes;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
