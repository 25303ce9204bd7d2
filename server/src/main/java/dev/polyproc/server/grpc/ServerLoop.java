package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** One of the event loops of a server. */
final class ServerLoop implements EventLoop {
  private final EventExecutor executor;

  ServerLoop(EventExecutor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    if (executor.inEventLoop()) {
      task.run();
    } else {
      onExecutor(() -> executor.execute(task));
    }
  }

  /**
   * Also after it has looked at its sockets: it would run 64 tasks before it does, each of which
   * may be a turn of a stream.
   */
  @Override
  public void afterwards(Runnable task) {
    onExecutor(() -> executor.schedule(task, 1, TimeUnit.NANOSECONDS));
  }

  private void onExecutor(Runnable hand) {
    try {
      hand.run();
    } catch (RejectedExecutionException e) {
      if (!executor.isShuttingDown()) {
        throw e;
      } // All ends, and with it what another loop wanted of this one.
    }
  }
}
