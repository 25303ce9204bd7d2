package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.v1.Limits;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections whose clients read when the test says so, and a loop that runs when it does. */
final class Unread {
  static final int MOST = 1 << 20;
  static final int MOST_EACH = MOST / 4;

  private final TestLoop loop = new TestLoop();
  private final List<Runnable> later = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private static final Limits LIMITS =
      Limits.newBuilder().setUnsentBytes(MOST).setConnectionUnsentBytes(MOST_EACH).build();

  private final Unsent.Total total =
      new Unsent.Total(LIMITS, (nanos, task) -> later.add(task), System::nanoTime);
  private final Unsent unsent = new Unsent(LIMITS, loop, total);
  private final Shard shard = shard(loop, unsent);

  /** The shard of a loop whose calls go nowhere. */
  static Shard shard(EventLoop loop, Unsent unsent) {
    CommandLog none =
        new CommandLog() {
          @Override
          public void submit(List<Invocation> calls, Applied then) {}

          @Override
          public void submit(NodeEvent event) {}

          @Override
          public boolean submitWhereNoSessionIs(NodeEvent event) {
            return true;
          }
        };
    Origin origin = Origin.getDefaultInstance();
    return new Shard(loop, unsent, new Departures(none, origin, new Attachments(), loop));
  }

  /** A connection. */
  Connection connection() {
    Connection made = new Connection(null, new EmbeddedChannel(), null, shard);
    unsent.add(made.backlog());
    return made;
  }

  /** A reply, or a call where it has no size; says when it is its turn. */
  Backlog.Waiting waiting(String name, long size) {
    return waiting(name, size, events);
  }

  /** The same, which says so there. */
  static Backlog.Waiting waiting(String name, long size, List<String> events) {
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
    loop.run();
  }

  /** Whether somebody is to look later. */
  boolean isWatched() {
    return !later.isEmpty();
  }
}
