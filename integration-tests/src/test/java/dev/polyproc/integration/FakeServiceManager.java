package dev.polyproc.integration;

import io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainDatagramPacket;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Listens where a service manager such as systemd does, and keeps what it is told. */
final class FakeServiceManager implements AutoCloseable {
  private final EpollEventLoopGroup group = new EpollEventLoopGroup(1);
  private final BlockingQueue<String> words = new LinkedBlockingQueue<>();

  /** Listens at a path, or at a name without a file, after an at sign. */
  FakeServiceManager(String name) throws InterruptedException {
    new Bootstrap()
        .group(group)
        .channel(EpollDomainDatagramChannel.class)
        .handler(new Words())
        .bind(new DomainSocketAddress(name.replaceFirst("^@", "\0")))
        .sync();
  }

  /** What it is told next. */
  String next() throws InterruptedException {
    String word = words.poll(30, TimeUnit.SECONDS);
    if (word == null) {
      throw new AssertionError("Expected a word of the daemon, but there came none");
    }
    return word;
  }

  /** Whether it was told nothing more. */
  boolean isSilent() {
    return words.isEmpty();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class Words extends SimpleChannelInboundHandler<DomainDatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
      words.add(packet.content().toString(StandardCharsets.UTF_8));
    }
  }
}
