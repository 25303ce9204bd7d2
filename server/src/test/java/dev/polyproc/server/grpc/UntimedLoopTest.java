package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UntimedLoopTest {
  private static final long MOST_SECONDS = 30;

  @TempDir private Path folder;
  private EventLoopGroup group;
  private EventLoop loop;

  @BeforeEach
  void start() {
    assumeTrue(Epoll.isAvailable(), "there is no epoll here");
    group = UntimedLoop.group(1, Thread::new, EpollIoHandler.newFactory());
    loop = group.next();
  }

  @AfterEach
  void end() throws Exception {
    if (group != null) {
      assertThat(
              group
                  .shutdownGracefully(0, 0, TimeUnit.SECONDS)
                  .await(MOST_SECONDS, TimeUnit.SECONDS))
          .isTrue();
    }
  }

  @Test
  void shouldServeSocketsWhileTasksComeWithoutEnd() throws Exception {
    // given
    Path socket = folder.resolve("s");
    CompletableFuture<Boolean> accepted = new CompletableFuture<>();
    new ServerBootstrap()
        .group(group)
        .channel(EpollServerDomainSocketChannel.class)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                accepted.complete(true);
              }
            })
        .bind(new DomainSocketAddress(socket.toFile()))
        .sync();
    AtomicBoolean over = new AtomicBoolean();

    // when
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            if (!over.get()) {
              loop.execute(this);
            }
          }
        });

    // then
    try (SocketChannel unused = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      assertThat(accepted.get(MOST_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      over.set(true);
    }
  }

  @Test
  void shouldRunTasksWhileWhatIsDueSchedulesMoreThatIsDue() throws Exception {
    // given
    AtomicBoolean over = new AtomicBoolean();
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            if (!over.get()) {
              var unused = loop.schedule(this, 1, TimeUnit.NANOSECONDS);
            }
          }
        });

    // when
    boolean ran = loop.submit(() -> true).get(MOST_SECONDS, TimeUnit.SECONDS);
    over.set(true);

    // then
    assertThat(ran).isTrue();
  }

  @Test
  void shouldRunTasksInTheirOrderHoweverMany() throws Exception {
    // given
    List<Integer> ran = new ArrayList<>();

    // when
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      loop.execute(() -> ran.add(number));
    }
    loop.submit(() -> true).get(MOST_SECONDS, TimeUnit.SECONDS);

    // then
    assertThat(ran).hasSize(1_000).isSorted();
  }
}
