package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The event loops of a server: each reads the sockets of its connections, and runs their calls.
 *
 * <p>Measured on two cores, which the clients use as well: gRPC's default executor costs half.
 */
public final class ServerLoops {
  private final EventLoopGroup group;
  private final Map<EventExecutor, EventLoop> loops = new LinkedHashMap<>();
  private volatile boolean stopping;

  /** So many loops on these sockets. The server makes them, after its settings of Netty. */
  ServerLoops(Sockets sockets, int count, GrpcServer.Fatal fatal) {
    group = sockets.newLoops(count);
    for (EventExecutor executor : group) {
      loops.put(executor, new ServerLoop(executor));
      executor.execute(() -> {}); // Now, or a connection would find that there is no thread.
      var unused =
          executor
              .terminationFuture()
              .addListener(
                  ended -> {
                    if (!stopping) {
                      fatal.dead(new IllegalStateException("Expected an event loop to go on"));
                    }
                  });
    }
  }

  /** All of them. */
  public List<EventLoop> all() {
    return List.copyOf(loops.values());
  }

  /** The one that serves a socket. */
  EventLoop of(Channel channel) {
    return Objects.requireNonNull(loops.get(channel.eventLoop()), "a socket of this server");
  }

  EventLoopGroup group() {
    return group;
  }

  /** From here on they may end. */
  void stopping() {
    stopping = true;
  }

  /** Ends them. */
  void stop() throws InterruptedException {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(1, TimeUnit.SECONDS);
  }
}
