package dev.polyproc.benchmarks;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;

/** The least that answers a call with grpc-java: what the daemon's start is measured against. */
final class BareServer {
  private BareServer() {}

  /** Listens on the Unix socket {@code arguments[0]} until it is killed. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    EventLoopGroup group = new EpollEventLoopGroup(1);
    NettyServerBuilder.forAddress(new DomainSocketAddress(arguments[0]))
        .channelType(EpollServerDomainSocketChannel.class)
        .withChildOption(ChannelOption.SO_KEEPALIVE, null)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group)
        .directExecutor()
        .addService(new EchoService())
        .build()
        .start()
        .awaitTermination();
  }
}
