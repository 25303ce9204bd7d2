package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The one event loop of a server: it reads all sockets, and runs all calls.
 *
 * <p>Measured on two cores: a second event loop gains nothing, gRPC's default executor costs half.
 */
public final class ServerLoop implements Executor {
  private final EventLoopGroup group;
  private final EventLoop loop;
  private volatile boolean stopping;

  /** A loop on these sockets; the server makes it, whose settings of Netty come first. */
  ServerLoop(Sockets sockets, GrpcServer.Fatal fatal) {
    group = sockets.newLoop();
    loop = group.next();
    var unused =
        group
            .terminationFuture()
            .addListener(
                ended -> {
                  if (!stopping) {
                    fatal.dead(new IllegalStateException("Expected the event loop to go on"));
                  }
                });
  }

  /** Runs a task: at once where this is the loop. */
  @Override
  public void execute(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  /**
   * Runs a task after what the loop does now, and after it has looked at its sockets: it would run
   * 64 tasks before it does, each of which may be a turn of a stream.
   */
  public void afterwards(Runnable task) {
    var unused = loop.schedule(task, 1, TimeUnit.NANOSECONDS);
  }

  EventLoopGroup group() {
    return group;
  }

  /** From here on it may end. */
  void stopping() {
    stopping = true;
  }

  /** Ends it. */
  void stop() throws InterruptedException {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(1, TimeUnit.SECONDS);
  }
}
