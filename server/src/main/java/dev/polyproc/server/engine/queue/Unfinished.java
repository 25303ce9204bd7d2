package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.QueueState;
import dev.polyproc.internal.v1.TakenCountState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.QueueUnfinished;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How many items of a queue are unfinished, and, where the end of a session finishes what it took,
 * how many of them each session took.
 */
final class Unfinished {
  private static final long BYTES = 240;

  private final Queue queue;
  private final World world;
  private final QueueUnfinished kind;

  /** By their numbers, and by those of their sessions: made for the first. */
  private Map<Long, TakenCount> taken = Collections.emptyMap();

  private Map<Long, TakenCount> bySession = Collections.emptyMap();
  private int count;

  /** How many items were taken without a session: whoever has none finishes these first. */
  private int takenByAnybody;

  /** How many items a session took and did not finish. */
  private final class TakenCount implements Holding {
    private final long number;
    private final Caller session;
    private int items;

    TakenCount(long number, Caller session, int items) {
      this.number = number;
      this.session = session;
      this.items = items;
    }

    void begin() {
      if (!(taken instanceof TreeMap)) {
        taken = new TreeMap<>();
        bySession = new TreeMap<>();
      }
      taken.put(number, this);
      bySession.put(session.number(), this);
      session.hold(this);
      world.budget().chargeAlways(BYTES);
    }

    void take(int more) {
      items += more;
      if (items == 0) {
        session.letGo(this);
        forget();
      }
    }

    private void forget() {
      taken.remove(number);
      bySession.remove(session.number());
      world.budget().release(BYTES);
    }

    @Override
    public long number() {
      return number;
    }

    @Override
    public void sessionEnded() {
      forget();
      finish(items);
      world.advance(queue);
    }
  }

  Unfinished(Queue queue, World world, QueueUnfinished kind) {
    this.queue = queue;
    this.world = world;
    this.kind = kind;
  }

  /** Whether they are counted. */
  boolean isCounted() {
    return kind != QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED;
  }

  /** Whether what a session takes is in its hands until it is finished. */
  boolean returns() {
    return kind == QueueUnfinished.QUEUE_UNFINISHED_RETURN;
  }

  /** How many items are unfinished. */
  int count() {
    return count;
  }

  /** So many items more. */
  void add(int more) {
    if (isCounted()) {
      count += more;
    }
  }

  /** So many items less, where there are so many. */
  void finish(int less) {
    count = Math.max(0, count - less);
    takenByAnybody = Math.min(takenByAnybody, count);
  }

  /** What it takes to count what a session takes from now on. */
  long bytesToCount(@Nullable Caller session) {
    boolean isNew =
        kind == QueueUnfinished.QUEUE_UNFINISHED_DONE
            && session != null
            && !bySession.containsKey(session.number());
    return isNew ? BYTES : 0;
  }

  /**
   * Items were taken for good, in a session or without one.
   *
   * @return the number of the session that they are counted for; 0 where they are for none
   */
  long taken(int items, @Nullable Caller session) {
    if (session == null && isCounted()) {
      takenByAnybody += items;
    }
    if (kind != QueueUnfinished.QUEUE_UNFINISHED_DONE || session == null || items == 0) {
      return 0;
    }
    TakenCount counted = bySession.get(session.number());
    if (counted == null) {
      counted = new TakenCount(world.clock().nextNumber(), session, items);
      counted.begin();
    } else {
      counted.take(items);
    }
    return session.number();
  }

  /**
   * Items come back that were counted for a session, or for none: what was finished of them is
   * unfinished again.
   */
  void cameBack(int items, long session) {
    if (session == 0) {
      int open = Math.min(items, takenByAnybody);
      takenByAnybody -= open;
      add(items - open);
      return;
    }
    TakenCount counted = bySession.get(session);
    int open = counted == null ? 0 : Math.min(items, counted.items);
    if (counted != null) {
      counted.take(-open);
    }
    add(items - open);
  }

  /** Whoever has no session finishes what was taken without one, if there is any. */
  boolean finishOneOfAnybody() {
    if (takenByAnybody == 0) {
      return false;
    }
    takenByAnybody--;
    finish(1);
    return true;
  }

  /** A session, or whoever took something first, has finished one of its items, if it has any. */
  void finishOneOf(@Nullable Caller session) {
    TakenCount counted = session == null ? null : bySession.get(session.number());
    if (counted == null && !taken.isEmpty()) {
      counted = oldest();
    }
    if (counted != null) {
      counted.take(-1);
    }
  }

  private @Nullable TakenCount oldest() {
    for (TakenCount counted : taken.values()) {
      world.turn().stepped(1);
      if (!counted.session.hasEnded()) {
        return counted;
      }
    }
    return null;
  }

  /** Nobody has anything of it any more: the queue is deleted. */
  void stop() {
    for (TakenCount counted : taken.values()) {
      counted.session.letGo(counted);
      world.budget().release(BYTES);
    }
    taken = Collections.emptyMap();
    bySession = Collections.emptyMap();
  }

  void save(QueueState.Builder state) {
    state.setUnfinished(count).setTakenWithoutSession(takenByAnybody);
    taken.forEach(
        (number, counted) ->
            state.addTaken(
                TakenCountState.newBuilder()
                    .setOrder(number)
                    .setSession(counted.session.number())
                    .setCount(counted.items)));
  }

  void restore(QueueState state, Restored restored) {
    count = (int) state.getUnfinished();
    takenByAnybody = state.getTakenWithoutSession();
    for (TakenCountState saved : state.getTakenList()) {
      Caller session = restored.session(saved.getSession());
      if (session != null) {
        new TakenCount(saved.getOrder(), session, saved.getCount()).begin();
      }
    }
  }
}
