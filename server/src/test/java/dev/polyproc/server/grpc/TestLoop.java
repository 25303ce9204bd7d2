package dev.polyproc.server.grpc;

import java.util.ArrayDeque;
import java.util.Queue;

/** The loop that a test is on; what comes afterwards is done when the test says so. */
final class TestLoop implements EventLoop {
  private final Queue<Runnable> tasks = new ArrayDeque<>();

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void afterwards(Runnable task) {
    tasks.add(task);
  }

  /** Does what comes afterwards. */
  void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }
}
