package dev.polyproc.benchmarks;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A channel to a Unix socket, with an event loop of its own and no other thread. */
final class Connection implements AutoCloseable {
  private final EventLoopGroup group =
      new EpollEventLoopGroup(1, new DefaultThreadFactory("bench-client", true));
  private final ManagedChannel channel;

  Connection(Path socket) {
    this.channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .overrideAuthority("localhost")
            .channelType(EpollDomainSocketChannel.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(group)
            .usePlaintext()
            .directExecutor()
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
