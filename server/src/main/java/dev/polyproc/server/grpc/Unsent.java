package dev.polyproc.server.grpc;

import dev.polyproc.server.log.Later;
import dev.polyproc.v1.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The replies of all connections that are serialized, and that their clients have not read; in
 * bytes. Each event loop has one for its connections; what they have together is a {@link Total}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What does not fit waits, and shares its values with the store until then.
 *   <li>A small reply never waits for other connections.
 *   <li>A connection that keeps others waiting and does not read is closed, the one of a loop that
 *       has most unsent where there are several.
 * </ul>
 *
 * <p>Used on its event loop only. Where loops take at the same moment, each may take one reply more
 * than there is room for.
 */
final class Unsent {
  private static final long SMALL = 16 << 10;

  /** How long a connection may take to read what it has, while others wait for it. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long NEVER = -1;

  private final long mostEach;
  private final EventLoop loop;
  private final Total total;
  private final Set<Backlog> waiting = new LinkedHashSet<>();
  private final Set<Backlog> all = new LinkedHashSet<>();

  /** What they have to read, that which waits included; for the other loops. */
  private final AtomicLong held = new AtomicLong();

  /** Whether somebody waits, for the other loops. */
  private final AtomicBoolean awaits = new AtomicBoolean();

  /** How often somebody had read when there first was no room since somebody began to wait. */
  private long refusedAt = NEVER;

  /** What the connections of all loops have to read. Thread-safe. */
  static final class Total {
    private final long most;
    private final Later later;
    private final LongSupplier nanoTime;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final List<Unsent> parts = new CopyOnWriteArrayList<>();

    Total(Limits limits, Later later, LongSupplier nanoTime) {
      this.most = limits.getUnsentBytes();
      this.later = later;
      this.nanoTime = nanoTime;
    }

    private void giveBack(long less) {
      bytes.addAndGet(-less);
      reads.incrementAndGet();
      for (Unsent part : parts) {
        if (part.awaits.getAndSet(false)) {
          part.loop.execute(part::serve);
        }
      }
    }

    private boolean isAwaited() {
      return queued.get() > most || parts.stream().anyMatch(part -> part.awaits.get());
    }

    private void lookLater() {
      if (looking.compareAndSet(false, true)) {
        later.run(LOOK_NANOS, this::look);
      }
    }

    /** Far too much waits: whoever has most of it goes, on whichever loop that is. */
    private void closeWorst() {
      Unsent fullest = Collections.max(parts, Comparator.comparingLong(part -> part.held.get()));
      fullest.loop.execute(() -> Unsent.closeWorst(fullest.all));
    }

    /** Looks whether somebody keeps others waiting: that may be on another loop than theirs. */
    private void look() {
      looking.set(false);
      if (isAwaited()) {
        lookLater();
        parts.forEach(part -> part.loop.execute(part::look));
      }
    }
  }

  /** What the connections of a loop have of a total. */
  Unsent(Limits limits, EventLoop loop, Total total) {
    this.mostEach = limits.getConnectionUnsentBytes();
    this.loop = loop;
    this.total = total;
    total.parts.add(this);
  }

  /** Whether a connection that has so much may have so much more. */
  boolean mayTake(long has, long more) {
    if (has == 0 && more <= SMALL) {
      return true;
    }
    long reads = total.reads.get();
    long bytes = total.bytes.get();
    if ((has == 0 || has + more <= mostEach) && (bytes == 0 || bytes + more <= total.most)) {
      return true;
    }
    if (refusedAt == NEVER) {
      refusedAt = reads;
    }
    return false;
  }

  /** Which limit leaves a connection that has so much no room for so much more. */
  String limit(long has, long more) {
    return has + more > mostEach ? "connection_unsent_bytes" : "unsent_bytes";
  }

  /** Tells a connection when others have read. */
  void await(Backlog backlog) {
    waiting.add(backlog);
    awaits.set(true);
    if (total.reads.get() != refusedAt) {
      loop.afterwards(this::serve); // There may be room since, of which nobody told this loop.
    }
    refusedAt = NEVER;
    total.lookLater();
  }

  /** Whether a connection that has so much is to read before it is served further. */
  boolean isFull(long has) {
    return has >= mostEach;
  }

  /** A connection was made that can be closed. */
  void add(Backlog backlog) {
    all.add(backlog);
  }

  void take(long more) {
    held.addAndGet(more);
    total.bytes.addAndGet(more);
  }

  void giveBack(long less) {
    held.addAndGet(-less);
    total.giveBack(less);
  }

  /** Others have read: whoever waited for that tries again. */
  private void serve() {
    List<Backlog> served = new ArrayList<>(waiting);
    waiting.clear();
    awaits.set(false);
    served.forEach(Backlog::goOn);
  }

  /**
   * Replies of a connection wait for room: they share their values with the store, as long as it
   * has them. Where far too much waits, the connection that has most goes.
   */
  void queue(long more) {
    held.addAndGet(more);
    long queued = total.queued.addAndGet(more);
    if (queued > 2 * total.most) {
      total.closeWorst();
    } else if (queued > total.most) {
      total.lookLater();
    }
  }

  void unqueue(long less) {
    held.addAndGet(-less);
    total.queued.addAndGet(-less);
  }

  /** A connection is gone. */
  void forget(Backlog backlog) {
    waiting.remove(backlog);
    all.remove(backlog);
  }

  /** Closes the worst of those who keep others waiting. */
  private void look() {
    long now = total.nanoTime.getAsLong();
    List<Backlog> stalled = new ArrayList<>();
    for (Backlog backlog : new ArrayList<>(all)) {
      backlog.settle();
      if (backlog.isStalled(now, PATIENCE_NANOS)) {
        stalled.add(backlog);
      }
    }
    if (total.isAwaited()) {
      closeWorst(stalled);
    }
  }

  private static void closeWorst(Iterable<Backlog> candidates) {
    Backlog worst = null;
    for (Backlog candidate : candidates) {
      if (worst == null || candidate.bytes() > worst.bytes()) {
        worst = candidate;
      }
    }
    if (worst != null && worst.bytes() > 0) {
      worst.close();
    }
  }
}
