package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoEventLoop;
import io.grpc.netty.shaded.io.netty.channel.IoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * Netty's event loop, except that it counts the tasks between two looks at the sockets, where Netty
 * bounds the time that they take: for that it would look at the clock four times a call, which is
 * half a hundredth of it.
 */
final class UntimedLoop extends SingleThreadIoEventLoop {
  /** So many tasks, before those who have sent something have their turn. */
  private static final int TASKS = 64;

  private UntimedLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers) {
    super(parent, executor, handlers);
  }

  /** A group of such loops. */
  static EventLoopGroup group(int count, ThreadFactory threads, IoHandlerFactory handlers) {
    // Not the factory itself: that says that its loops could go on in other threads, and Netty
    // looks at the clock four times a round to know how busy they are.
    return new MultiThreadIoEventLoopGroup(count, threads, handlers::newHandler) {
      @Override
      protected IoEventLoop newChild(
          Executor executor, IoHandlerFactory factory, Object... unused) {
        return new UntimedLoop(this, executor, factory);
      }
    };
  }

  @Override
  protected void run() {
    ioHandler().initialize();
    do {
      runIo();
      if (isShuttingDown()) {
        ioHandler().prepareToDestroy();
      }
      runSome();
    } while (!confirmShutdown());
  }

  private void runSome() {
    if (hasScheduledTasks()) {
      long now = getCurrentTimeNanos(); // What these schedule comes after the sockets.
      for (Runnable due = pollScheduledTask(now); due != null; due = pollScheduledTask(now)) {
        safeExecute(due);
      }
    }
    for (int i = 0; i < TASKS; i++) {
      Runnable task = pollTask();
      if (task == null) {
        break;
      }
      safeExecute(task);
    }
    afterRunningAllTasks();
  }
}
