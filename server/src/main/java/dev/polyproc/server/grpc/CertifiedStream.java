package dev.polyproc.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;

/**
 * A stream that a client certificate stands for, for as long as the certificate is valid.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>No message goes through it, in either direction, when the certificate is not valid: the
 *       first that comes or is to be sent then ends the stream with UNAUTHENTICATED.
 *   <li>Its handler learns of that as of a cancellation, after which nothing that it does with the
 *       call has an effect.
 * </ul>
 */
final class CertifiedStream<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private boolean ended;

  private CertifiedStream(ServerCall<Q, R> call) {
    super(call);
  }

  /** Has {@code handler} serve a call which the certificate of its connection stands for. */
  static <Q, R> ServerCall.Listener<Q> serve(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> handler) {
    CertifiedStream<Q, R> stream = new CertifiedStream<>(call);
    return stream.new Incoming(handler.startCall(stream, headers));
  }

  /** Ends the stream if the certificate does not count any more; answers whether it goes on. */
  private boolean goesOn() {
    String why = ended ? null : ClientCertificate.whyNot(getAttributes());
    if (why != null) {
      ended = true;
      Wire.close(delegate(), Authentication.refusal(why).status());
    }
    return !ended;
  }

  @Override
  public void sendMessage(R message) {
    if (goesOn()) {
      super.sendMessage(message);
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (!ended) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public void request(int messages) {
    if (!ended) {
      super.request(messages);
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (!ended) {
      super.close(status, trailers);
    }
  }

  @Override
  public boolean isReady() {
    return !ended && super.isReady();
  }

  @Override
  public boolean isCancelled() {
    return ended || super.isCancelled();
  }

  private final class Incoming extends SimpleForwardingServerCallListener<Q> {
    Incoming(ServerCall.Listener<Q> handler) {
      super(handler);
    }

    @Override
    public void onMessage(Q message) {
      if (goesOn()) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (goesOn()) {
        super.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (!ended) {
        super.onReady();
      }
    }

    @Override
    public void onComplete() {
      if (ended) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
