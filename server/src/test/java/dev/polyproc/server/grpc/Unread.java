package dev.polyproc.server.grpc;

import dev.polyproc.v1.Limits;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Connections whose clients read when the test says so, and a loop that runs when it does. */
final class Unread {
  static final int MOST = 1 << 20;
  static final int MOST_EACH = MOST / 4;

  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<Runnable> later = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final Unsent unsent =
      new Unsent(
          Limits.newBuilder().setUnsentBytes(MOST).setConnectionUnsentBytes(MOST_EACH).build(),
          (nanos, task) -> later.add(task),
          tasks::add);

  /** A connection. */
  Connection connection() {
    Connection made = new Connection(null, new EmbeddedChannel(), null, unsent, tasks::add);
    unsent.add(made.backlog());
    return made;
  }

  /** A reply, or a call where it has no size; says when it is its turn. */
  Backlog.Waiting waiting(String name, long size) {
    return new Backlog.Waiting() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public void go() {
        events.add(name);
      }
    };
  }

  /** What had its turn since it was last asked. */
  List<String> events() {
    List<String> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  /** Lets the loop do what it has to. */
  void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** Whether somebody is to look later. */
  boolean isWatched() {
    return !later.isEmpty();
  }
}
