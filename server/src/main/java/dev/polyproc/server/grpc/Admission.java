package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What gRPC keeps for the calls of all connections: what each costs as long as it is open, and its
 * requests while they have arrived in part, or whole but without their end. Here both are counted,
 * and the call that makes them too many is refused.
 *
 * <p>Used on the event loop only.
 */
final class Admission extends ServerStreamTracer.Factory implements ServerInterceptor {
  private static final Context.Key<Request> REQUEST = Context.key("polyproc-request");

  private final long mostBytes;
  private final int mostCalls;
  private long bytes;
  private int calls;

  /** Admits what the limits allow. */
  Admission(Limits limits) {
    this.mostBytes = limits.getArrivingBytes();
    this.mostCalls = limits.getOpenCalls();
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    calls++;
    return new Request();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (calls > mostCalls) {
      Wire.close(call, Refusal.limit("open_calls", mostCalls, "open calls").status());
      return new ServerCall.Listener<>() {};
    }
    Guarded<Q, R> guarded = new Guarded<>(call, REQUEST.get());
    return guarded.start(next.startCall(guarded, headers));
  }

  /** What has arrived of one call's requests and was not taken by its handler. */
  private final class Request extends ServerStreamTracer {
    private long arrived;
    private @Nullable Guarded<?, ?> call;

    @Override
    public Context filterContext(Context context) {
      return context.withValue(REQUEST, this);
    }

    @Override
    public void inboundWireSize(long more) {
      if (call != null && call.closed) {
        return; // What still comes is thrown away.
      }
      arrived += more;
      bytes += more;
      if (bytes > mostBytes && call != null) {
        call.refuse();
      }
    }

    @Override
    public void streamClosed(Status status) {
      calls--;
      taken();
    }

    void taken() {
      bytes -= arrived;
      arrived = 0;
    }
  }

  private Refusal tooMuch() {
    return new Refusal(
            ErrorReason.ERROR_REASON_MEMORY_FULL,
            String.format(
                Locale.ROOT,
                "Expected requests that arrive at once to have at most %d bytes together, but they"
                    + " have more",
                mostBytes))
        .with("limit", "arriving_bytes");
  }

  /** A call that can be refused while its request arrives. */
  private final class Guarded<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final @Nullable Request request;
    private ServerCall.@Nullable Listener<Q> handler;
    private boolean closed;

    Guarded(ServerCall<Q, R> call, @Nullable Request request) {
      super(call);
      this.request = request;
    }

    ServerCall.Listener<Q> start(ServerCall.Listener<Q> listener) {
      handler = listener;
      if (request != null) {
        request.call = this;
      }
      return new Taking<>(this, listener);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }

    void refuse() {
      if (!closed && handler != null) {
        Wire.close(this, tooMuch().status());
        handler.onCancel();
        taken();
      }
    }

    void taken() {
      if (request != null) {
        request.taken();
      }
    }
  }

  /** Notes when a call's handler has taken what arrived. */
  private static final class Taking<Q>
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
    private final Guarded<Q, ?> call;

    Taking(Guarded<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (!call.closed) {
        super.onMessage(message);
        if (!call.getMethodDescriptor().getType().clientSendsOneMessage()) {
          call.taken();
        }
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.closed) {
        super.onHalfClose();
        call.taken();
      }
    }
  }
}
