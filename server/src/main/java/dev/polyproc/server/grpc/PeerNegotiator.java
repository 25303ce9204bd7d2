package dev.polyproc.server.grpc;

import static jdk.net.ExtendedSocketOptions.SO_PEERCRED;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.SecurityLevel;
import io.grpc.internal.GrpcAttributes;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioChannelOption;
import io.grpc.netty.shaded.io.netty.channel.unix.PeerCredentials;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.io.IOException;

/**
 * Plaintext over a Unix socket, with the process at the other end among the transport's attributes:
 * what SO_PEERCRED says. gRPC has no public way to it.
 */
final class PeerNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final InternalProtocolNegotiator.ProtocolNegotiator plaintext =
      InternalProtocolNegotiators.serverPlaintext();

  @Override
  public AsciiString scheme() {
    return plaintext.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
    return new Negotiation(InternalProtocolNegotiators.grpcNegotiationHandler(grpc));
  }

  @Override
  public void close() {
    plaintext.close();
  }

  /** Waits until the channel is active, then lets gRPC begin. */
  private static final class Negotiation extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;

    Negotiation(ChannelHandler next) {
      this.next = next;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws IOException {
      if (context.channel().isActive()) {
        begin(context);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws IOException {
      begin(context);
      context.fireChannelActive();
    }

    private static Peer peer(Channel channel) throws IOException {
      if (channel instanceof EpollDomainSocketChannel socket) {
        PeerCredentials credentials = socket.peerCredentials();
        return Peer.of(credentials.uid(), credentials.pid());
      }
      return Peer.of(channel.config().getOption(NioChannelOption.of(SO_PEERCRED)));
    }

    private void begin(ChannelHandlerContext context) throws IOException {
      Channel channel = context.channel();
      Attributes.Builder attributes =
          Attributes.newBuilder()
              .set(Grpc.TRANSPORT_ATTR_LOCAL_ADDR, channel.localAddress())
              .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, channel.remoteAddress())
              .set(GrpcAttributes.ATTR_SECURITY_LEVEL, SecurityLevel.NONE);
      attributes.set(Peer.UNIX, peer(channel));
      context.pipeline().replace(this, null, next);
      context
          .pipeline()
          .fireUserEventTriggered(
              InternalProtocolNegotiationEvent.withAttributes(
                  InternalProtocolNegotiationEvent.getDefault(), attributes.build()));
    }
  }
}
