package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which calls are let in: those of callers with a credential, while there are not too many open and
 * what has arrived is not too much. The health service answers everybody; who shows no credential
 * has small quotas of its own there, and takes nothing from the others.
 *
 * <p>Used on the event loop only.
 */
final class Admission extends ServerStreamTracer.Factory implements ServerInterceptor {
  private static final int UNAUTHENTICATED_CALLS_EACH = 16;
  private static final int REFUSALS_EACH = 100;

  /** In so many parts at most: each takes more than its bytes. */
  private static final int UNAUTHENTICATED_PARTS = 8;

  private static final long SECONDS_TO_READ = 5;

  /** gRPC writes so much before each message. */
  private static final int MESSAGE_PREFIX = 5;

  private static final Context.Key<Request> REQUEST = Context.key("polyproc-request");
  private static final String HEALTH = "grpc.health.v1.Health";

  private final Authentication authentication;
  private final Connections connections;
  private final Arrivals arrivals;
  private final int mostCalls;
  private final int mostUnauthenticated;
  private int calls;
  private int unauthenticated;
  private @Nullable Connection entering;
  private @Nullable Request entered;

  Admission(
      Authentication authentication, Connections connections, Arrivals arrivals, Limits limits) {
    this.authentication = authentication;
    this.connections = connections;
    this.arrivals = arrivals;
    this.mostCalls = limits.getOpenCalls();
    this.mostUnauthenticated = limits.getUnauthenticatedCalls();
  }

  Arrivals arrivals() {
    return arrivals;
  }

  /** The call that is created next is of this connection. */
  void enter(Connection connection) {
    entering = connection;
    entered = null;
  }

  /** The call that was created; null when none was. */
  @Nullable Request leave() {
    Request request = entered;
    entering = null;
    entered = null;
    return request;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    Request request =
        new Request(Objects.requireNonNull(entering), size(headers), Compression.take(headers));
    entered = request;
    return request;
  }

  private static long size(Metadata headers) {
    long size = 0;
    for (byte[] part : InternalMetadata.serialize(headers)) {
      size += part.length;
    }
    return size;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Request request = REQUEST.get();
    String whyNot = authentication.whyNot(call.getAttributes(), headers);
    if (whyNot == null) {
      connections.authenticated(request.connection);
    } else {
      request.isUnauthenticated();
    }
    Refusal refusal = refusal(request, whyNot, call.getMethodDescriptor().getServiceName());
    if (refusal != null) {
      Wire.close(call, refusal.status());
      if (!request.connection.isAuthenticated() && request.connection.refused() == REFUSALS_EACH) {
        request.connection.close("it showed no credential, and was refused many calls");
      }
      return new ServerCall.Listener<>() {};
    }
    Guarded<Q, R> guarded = new Guarded<>(call);
    ServerCall.Listener<Q> handler = authentication.serve(guarded, headers, next);
    guarded.handler = handler;
    request.call = guarded;
    return new Deaf<>(guarded, handler);
  }

  private @Nullable Refusal refusal(
      Request request, @Nullable String whyNot, @Nullable String service) {
    if (request.encoding != null) {
      return Compression.refusal(request.encoding);
    }
    if (whyNot == null) {
      if (request.connection.isSurplus()) {
        return connections.tooMany();
      }
      if (calls > mostCalls) {
        return Refusal.limit("open_calls", mostCalls, "open calls");
      }
      return arrivals.isTooMuch(request.connection) ? arrivals.tooMuch() : null;
    }
    if (!HEALTH.equals(service)) {
      return new Refusal(ErrorReason.ERROR_REASON_UNAUTHENTICATED, whyNot);
    }
    return unauthenticated > mostUnauthenticated
            || request.connection.unauthenticatedCalls() > UNAUTHENTICATED_CALLS_EACH
        ? Refusal.limit(
            "unauthenticated_calls",
            Math.min(mostUnauthenticated, UNAUTHENTICATED_CALLS_EACH),
            "open calls without a credential on a connection")
        : null;
  }

  /** What one call has to do with its connection. */
  final class Request extends ServerStreamTracer {
    private final Connection connection;
    private final @Nullable String encoding;
    private long headers;
    private @Nullable Guarded<?, ?> call;
    private boolean isUnauthenticated;
    private boolean ended;
    private long arrived;
    private int parts;

    Request(Connection connection, long headers, @Nullable String encoding) {
      this.connection = connection;
      this.headers = headers;
      this.encoding = encoding;
      calls++;
      arrivals.take(connection, headers);
    }

    void isUnauthenticated() {
      isUnauthenticated = true;
      arrivals.giveBack(connection, headers);
      headers = 0;
      calls--;
      unauthenticated++;
      connection.unauthenticatedCalls(1);
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(REQUEST, this);
    }

    @Override
    public void inboundWireSize(long more) {
      if (isUnauthenticated) {
        arrived += more;
        if (arrived > Foreign.MOST_BYTES + MESSAGE_PREFIX || ++parts > UNAUTHENTICATED_PARTS) {
          refuse(Foreign.tooLarge());
        }
      }
    }

    @Override
    public void streamClosed(Status status) {
      ended = true;
      arrivals.giveBack(connection, headers);
      if (isUnauthenticated) {
        unauthenticated--;
        connection.unauthenticatedCalls(-1);
      } else {
        calls--;
      }
    }

    /** Refuses the call while its request arrives, unless it was refused before. */
    void refuse(Refusal refusal) {
      if (call != null && call.refuse(refusal)) {
        connection.in(
            SECONDS_TO_READ,
            () -> {
              if (!ended) { // and so keeps what has arrived
                connection.close("it did not read that a call was refused");
              }
            });
      }
    }
  }

  /** A call that can be refused while its request arrives. */
  private static final class Guarded<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private ServerCall.@Nullable Listener<Q> handler;
    private boolean closed;

    Guarded(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }

    boolean refuse(Refusal refusal) {
      if (closed || handler == null) {
        return false;
      }
      Wire.close(this, refusal.status());
      handler.onCancel();
      return true;
    }
  }

  /** Hears nothing more of a request that was refused. */
  private static final class Deaf<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Guarded<Q, ?> call;

    Deaf(Guarded<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (message == Compression.MESSAGE) {
        call.refuse(Compression.refusal());
      } else if (!call.closed) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.closed) {
        super.onHalfClose();
      }
    }
  }
}
