package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** The kinds of sockets of this machine: epoll's where there is epoll, else the JDK's. */
enum Sockets {
  EPOLL(EpollServerSocketChannel.class) {
    @Override
    EventLoopGroup newLoops(int count) {
      return UntimedLoop.group(
          count, new DefaultThreadFactory("polyproc-loop"), EpollIoHandler.newFactory());
    }

    @Override
    ServerChannel newUnix() {
      return new EpollServerDomainSocketChannel();
    }

    @Override
    SocketAddress address(Path socket) {
      return new DomainSocketAddress(socket.toString());
    }
  },
  NIO(NioServerSocketChannel.class) {
    @Override
    EventLoopGroup newLoops(int count) {
      return new NioEventLoopGroup(count);
    }

    @Override
    ServerChannel newUnix() {
      return new NioServerDomainSocketChannel();
    }

    @Override
    SocketAddress address(Path socket) {
      return UnixDomainSocketAddress.of(socket);
    }
  };

  private final Class<? extends ServerChannel> tcp;

  Sockets(Class<? extends ServerChannel> tcp) {
    this.tcp = tcp;
  }

  /** Those of this machine. */
  static Sockets here() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /** So many threads for all of them. */
  abstract EventLoopGroup newLoops(int count);

  /** A Unix socket to listen on. */
  abstract ServerChannel newUnix();

  /** A Unix socket's address. */
  abstract SocketAddress address(Path socket);

  Class<? extends ServerChannel> tcp() {
    return tcp;
  }
}
