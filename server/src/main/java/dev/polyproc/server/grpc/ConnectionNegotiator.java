package dev.polyproc.server.grpc;

import static jdk.net.ExtendedSocketOptions.SO_PEERCRED;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.shaded.io.grpc.netty.ProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioChannelOption;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.PeerCredentials;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link Connection} around what gRPC does with a socket: among the transport's attributes,
 * around its frames, and at either end of its pipeline. gRPC has no public way to it.
 *
 * <pre>
 *   socket ─ SocketWatch ─ (TLS) ─ gRPC's handler, whose frames pass IncomingFrames ─ FlushWatch
 * </pre>
 */
final class ConnectionNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final InternalProtocolNegotiator.ProtocolNegotiator inner;
  private final Connections connections;
  private final Admission admission;

  private ConnectionNegotiator(
      InternalProtocolNegotiator.ProtocolNegotiator inner,
      Connections connections,
      Admission admission) {
    this.inner = inner;
    this.connections = connections;
    this.admission = admission;
  }

  static ConnectionNegotiator plaintext(Connections connections, Admission admission) {
    return new ConnectionNegotiator(
        InternalProtocolNegotiators.serverPlaintext(), connections, admission);
  }

  static ConnectionNegotiator tls(SslContext tls, Connections connections, Admission admission) {
    return new ConnectionNegotiator(
        InternalProtocolNegotiators.serverTls(tls), connections, admission);
  }

  @Override
  public AsciiString scheme() {
    return inner.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
    return new Beginning(inner.newHandler(grpc), grpc);
  }

  @Override
  public void close() {
    inner.close();
  }

  /** Sets the connection up, and leaves. */
  private final class Beginning extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;
    private final GrpcHttp2ConnectionHandler grpc;

    Beginning(ChannelHandler next, GrpcHttp2ConnectionHandler grpc) {
      this.next = next;
      this.grpc = grpc;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws IOException {
      Channel channel = context.channel();
      Connection connection = connections.opened(peer(channel), channel, grpc.connection());
      grpc.decoder().frameListener(new IncomingFrames(grpc, connection, admission));
      context.pipeline().addFirst(new SocketWatch(connection, connections));
      context.pipeline().addLast(new FlushWatch(connection));
      context.pipeline().replace(this, null, next);
    }

    private static @Nullable Peer peer(Channel channel) throws IOException {
      if (channel instanceof EpollDomainSocketChannel socket) {
        PeerCredentials credentials = socket.peerCredentials();
        return Peer.of(credentials.uid(), credentials.pid());
      }
      return channel instanceof NioDomainSocketChannel
          ? Peer.of(channel.config().getOption(NioChannelOption.of(SO_PEERCRED)))
          : null;
    }
  }

  /** At the socket's end. */
  private static final class SocketWatch extends ChannelDuplexHandler {
    /**
     * Answers that flow control does not hold back, of a client that reads nothing at all: so many
     * bytes of them, and it is not read either until it does.
     */
    private static final long MOST_PENDING = 256 << 10;

    /** What a client may send before it has shown a credential, handshakes included. */
    private static final long MOST_UNAUTHENTICATED = 256 << 10;

    /** What may still come from one whose connection ends: all that it may have sent unheard. */
    private static final long MOST_LEFT_BEHIND = GrpcServer.FLOW_CONTROL_WINDOW;

    private final Connection connection;
    private final Connections connections;
    private long read;

    SocketWatch(Connection connection, Connections connections) {
      this.connection = connection;
      this.connections = connections;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      context.fireUserEventTriggered(
          event instanceof ProtocolNegotiationEvent negotiation ? named(negotiation) : event);
    }

    private ProtocolNegotiationEvent named(ProtocolNegotiationEvent event) {
      return InternalProtocolNegotiationEvent.withAttributes(
          event,
          InternalProtocolNegotiationEvent.getAttributes(event).toBuilder()
              .set(Connection.KEY, connection)
              .build());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (connection.isAuthenticated() || !(bytes instanceof ByteBuf some)) {
        context.fireChannelRead(bytes);
        return;
      }
      read += some.readableBytes();
      if (read > MOST_UNAUTHENTICATED) {
        connection.closeAfterAnswers("it sent much, and showed no credential");
      }
      if (!connection.isLeaving()) {
        context.fireChannelRead(bytes);
        return;
      }
      some.release();
      if (read > MOST_UNAUTHENTICATED + MOST_LEFT_BEHIND) {
        connection.closeNow();
      }
    }

    @Override
    public void write(ChannelHandlerContext context, Object bytes, ChannelPromise done) {
      if (bytes instanceof ByteBuf some) {
        connection.wrote(some.readableBytes());
      }
      context.write(bytes, done);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.fireChannelReadComplete();
      Channel channel = context.channel();
      if (!channel.isWritable() && pending(channel) > MOST_PENDING) {
        channel.config().setAutoRead(false);
      }
    }

    private static long pending(Channel channel) {
      var buffer = channel.unsafe().outboundBuffer();
      return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      context.fireChannelWritabilityChanged();
      if (context.channel().isWritable()) {
        context.channel().config().setAutoRead(true);
        connection.takesMore();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      context.fireChannelInactive();
      connections.closed(connection);
    }
  }

  /** At gRPC's end: sees when what gRPC was given is written. */
  private static final class FlushWatch extends ChannelOutboundHandlerAdapter {
    private final Connection connection;

    FlushWatch(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void flush(ChannelHandlerContext context) {
      context.flush();
      connection.flushed();
    }
  }
}
