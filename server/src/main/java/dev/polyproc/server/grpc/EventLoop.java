package dev.polyproc.server.grpc;

import java.util.concurrent.Executor;

/**
 * One thread that serves connections: all calls of a connection, and what becomes of them, are its
 * loop's.
 */
public interface EventLoop extends Executor {
  /** Runs a task: at once where this is the loop. */
  @Override
  void execute(Runnable task);

  /** Runs a task after what the loop does now. */
  void afterwards(Runnable task);
}
