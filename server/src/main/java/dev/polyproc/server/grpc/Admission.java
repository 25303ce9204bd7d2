package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which calls are let in: those of callers with a credential, while there are not too many open and
 * what has arrived is not too much. A connection that has few is let in for longer than one that
 * has many. The health service answers everybody; who shows no credential has small quotas of its
 * own there, and takes nothing from the others.
 *
 * <p>Thread-safe, but for what it asks of a connection: that is its loop's.
 */
final class Admission extends ServerStreamTracer.Factory implements ServerInterceptor {
  private static final int UNAUTHENTICATED_CALLS_EACH = 16;
  private static final int REFUSALS_EACH = 100;

  /** In so many parts at most: each takes more than its bytes. */
  private static final int UNAUTHENTICATED_PARTS = 8;

  /** gRPC writes so much before each message. */
  private static final int MESSAGE_PREFIX = 5;

  private static final Context.Key<Request> REQUEST = Context.key("polyproc-request");
  static final String HEALTH = "grpc.health.v1.Health";

  private final Authentication authentication;
  private final Connections connections;
  private final Arrivals arrivals;
  private final OpenCalls openCalls;
  private final Serializer serializer = new Serializer();
  private final int mostUnauthenticated;
  private final Set<Request> unauthenticated = Collections.synchronizedSet(new LinkedHashSet<>());

  /** What a loop is about: gRPC does not say of which connection a call is. */
  private final ThreadLocal<Entrance> entrance = ThreadLocal.withInitial(Entrance::new);

  private static final class Entrance {
    private @Nullable Connection entering;
    private @Nullable Request entered;
  }

  Admission(
      Authentication authentication, Connections connections, Arrivals arrivals, Limits limits) {
    this.authentication = authentication;
    this.connections = connections;
    this.arrivals = arrivals;
    this.openCalls = new OpenCalls(limits.getOpenCalls());
    this.mostUnauthenticated = limits.getUnauthenticatedCalls();
    connections.whenGone(this::gone);
  }

  /** A connection is gone: so are its calls, though gRPC may not tell of each. */
  private void gone(Connection connection) {
    openCalls.forget(connection);
    arrivals.forget(connection);
    unauthenticated.removeIf(request -> request.connection == connection);
  }

  Arrivals arrivals() {
    return arrivals;
  }

  /**
   * What the call of the current context has to do with its connection; null inside of a process.
   */
  static @Nullable Request request() {
    return REQUEST.get();
  }

  /** The call that is created next is of this connection. */
  void enter(Connection connection) {
    Entrance here = entrance.get();
    here.entering = connection;
    here.entered = null;
  }

  /** The call that was created; null when none was. */
  @Nullable Request leave() {
    Entrance here = entrance.get();
    Request request = here.entered;
    here.entering = null;
    here.entered = null;
    return request;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    Entrance here = entrance.get();
    Connection connection = Objects.requireNonNull(here.entering);
    Request request = new Request(connection, size(headers), Compression.take(headers));
    here.entered = request;
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
      request.uncount(); // While its refusal is on its way it keeps nobody out.
      Wire.close(call, refusal.status());
      countRefusal(request.connection);
      return new ServerCall.Listener<>() {};
    }
    Guarded<Q, R> guarded = new Guarded<>(call, serializer, request);
    ServerCall.Listener<Q> handler = authentication.serve(guarded, headers, next);
    guarded.handler = handler;
    request.call = guarded;
    if (whyNot != null) {
      admitUnauthenticated(request);
    }
    return new Deaf<>(guarded, handler);
  }

  private static void countRefusal(Connection connection) {
    if (!connection.isAuthenticated() && connection.refused() == REFUSALS_EACH) {
      connection.closeAfterAnswers("it showed no credential, and was refused many calls");
    }
  }

  private @Nullable Refusal refusal(
      Request request, @Nullable String whyNot, @Nullable String service) {
    if (request.encoding != null) {
      return Compression.refusal(request.encoding);
    }
    if (whyNot == null) {
      Refusal surplus = connections.whyNot(request.connection);
      if (surplus != null) {
        return surplus;
      }
      if (openCalls.isTooMany(request.connection)) {
        return openCalls.tooMany(request.connection);
      }
      return arrivals.isTooMuch(request.connection) ? arrivals.tooMuch() : null;
    }
    if (!HEALTH.equals(service)) {
      return Authentication.refusal(whyNot);
    }
    return request.connection.unauthenticatedCalls() > UNAUTHENTICATED_CALLS_EACH
        ? tooManyUnauthenticated(UNAUTHENTICATED_CALLS_EACH, " on a connection")
        : null;
  }

  /** A call without a credential goes on; where there are too many, the oldest makes room. */
  private void admitUnauthenticated(Request request) {
    Request oldest = null;
    synchronized (unauthenticated) {
      unauthenticated.add(request);
      if (unauthenticated.size() > mostUnauthenticated) {
        oldest = unauthenticated.iterator().next();
        unauthenticated.remove(oldest);
      }
    }
    if (oldest != null) {
      Request refused = oldest;
      Refusal why = tooManyUnauthenticated(mostUnauthenticated, "");
      refused.connection.loop().execute(() -> refused.refuse(why));
    }
  }

  static Refusal tooManyUnauthenticated(int most, String where) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected at most "
                + most
                + " open calls without a credential"
                + where
                + ", but there would be more; end some, or show the daemon's token")
        .with("limit", "unauthenticated_calls");
  }

  /** What one call has to do with its connection. */
  final class Request extends ServerStreamTracer {
    /** What a frame takes beside its bytes, with gRPC's own objects around it. */
    private static final long FRAME_BYTES = 256;

    private final Connection connection;
    private final @Nullable String encoding;
    private long headers;
    private @Nullable Guarded<?, ?> call;
    private boolean isUnauthenticated;
    private boolean isCounted = true;
    private long arrived;
    private long charged;
    private int parts;
    private boolean ended;
    private boolean reset;
    private @Nullable IncomingFrames frames;
    private @Nullable Http2Stream stream;

    Request(Connection connection, long headers, @Nullable String encoding) {
      this.connection = connection;
      this.headers = headers;
      this.encoding = encoding;
      openCalls.take(connection);
      arrivals.take(connection, headers);
    }

    void isUnauthenticated() {
      isUnauthenticated = true;
      arrivals.giveBack(connection, headers);
      headers = 0;
      uncount();
      connection.unauthenticatedCalls(1);
    }

    /** It is none of the open calls any more. */
    void uncount() {
      if (isCounted) {
        isCounted = false;
        openCalls.giveBack(connection);
      }
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(REQUEST, this);
    }

    /** The frames that it comes in, and its stream among them. */
    void comesIn(IncomingFrames incoming, Http2Stream its) {
      frames = incoming;
      stream = its;
    }

    /** Its client has reset the stream: it gave the call up. */
    void reset() {
      reset = true;
    }

    /** Whether it has; a connection that broke has not. */
    boolean wasReset() {
      return reset;
    }

    /** Whether nothing that still comes is wanted. */
    boolean takesNoMore() {
      return ended || (call != null && call.closed);
    }

    /** A frame of the call has arrived. */
    void arrived(int bytes) {
      arrived += bytes;
      if (isUnauthenticated) {
        if (arrived > Foreign.MOST_BYTES + MESSAGE_PREFIX || ++parts > UNAUTHENTICATED_PARTS) {
          refuse(Foreign.tooLarge());
        }
        return; // It has bounds of its own, and no part in those of the others.
      }
      charged += bytes + FRAME_BYTES;
      arrivals.take(connection, bytes + FRAME_BYTES);
    }

    @Override
    public void inboundMessageRead(int number, long wireSize, long size) {
      // What has come of the next message may be in the last frame of this one.
      arrived = Math.max(0, arrived - wireSize - MESSAGE_PREFIX);
      long left = arrived == 0 ? 0 : Math.min(charged, arrived + FRAME_BYTES);
      arrivals.giveBack(connection, charged - left);
      charged = left;
    }

    @Override
    public void streamClosed(Status status) {
      ended = true;
      arrivals.giveBack(connection, headers + charged);
      charged = 0;
      call = null;
      if (frames != null && stream != null) {
        frames.over(stream);
      }
      connection.refusalWasRead(this);
      if (isUnauthenticated) {
        unauthenticated.remove(this);
        connection.unauthenticatedCalls(-1);
      }
      uncount();
    }

    /** Refuses the call while its request arrives, unless it was refused before. */
    void refuse(Refusal refusal) {
      if (call != null && call.refuse(refusal)) {
        connection.refusedWhileArriving(this);
      }
    }
  }

  /** A call that can be refused while its request arrives. */
  private static final class Guarded<Q, R> extends SerializedCall<Q, R> {
    private final Request request;
    private ServerCall.@Nullable Listener<Q> handler;
    private boolean closed;

    Guarded(ServerCall<Q, R> call, Serializer serializer, Request request) {
      super(call, serializer, request.connection);
      this.request = request;
    }

    @Override
    void onSerialized() {
      if (!closed && handler != null) {
        handler.onReady();
      }
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
        if (!status.isOk()) {
          countRefusal(request.connection);
        }
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
