package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.object.World;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The holds of a semaphore, the oldest first; and those of each session, which are its share. */
final class PermitHolds implements Iterable<PermitHold> {
  /** Whose share that is which is held for sessions that have ended. */
  private static final long NOBODY = 0;

  private final TreeMap<Long, PermitHold> byToken = new TreeMap<>();
  private final Map<Long, Share> shares = new TreeMap<>();

  /** Those below this token have no permits. */
  private long spentBelow;

  /** What one session holds. */
  static final class Share {
    private final long of;
    private final TreeMap<Long, PermitHold> holds = new TreeMap<>();
    private int permits;
    private boolean spent;

    private Share(long of) {
      this.of = of;
    }

    int permits() {
      return permits;
    }

    /** The permits of all of it, which no hold has any more from now on. */
    int spend() {
      int all = permits;
      permits = 0;
      spent = true;
      return all;
    }

    boolean isSpent() {
      return spent;
    }

    /** The session; null where it is nobody's. */
    @Nullable Caller session() {
      return holds.firstEntry().getValue().session();
    }

    private void add(PermitHold hold) {
      permits += hold.permits();
      hold.share(this);
      holds.put(hold.token(), hold);
    }

    private void remove(PermitHold hold) {
      permits -= hold.permits();
      hold.share(null);
      holds.remove(hold.token());
    }
  }

  void add(PermitHold hold) {
    byToken.put(hold.token(), hold);
    join(hold);
  }

  private void join(PermitHold hold) {
    Caller session = hold.session();
    if (session != null || hold.isOrphan()) {
      shares.computeIfAbsent(session == null ? NOBODY : session.number(), Share::new).add(hold);
    }
  }

  /** It is over; with it go the permits that it still has. */
  void remove(PermitHold hold) {
    byToken.remove(hold.token());
    leave(hold);
  }

  private void leave(PermitHold hold) {
    Share share = hold.share();
    if (share != null) {
      share.remove(hold);
      if (share.holds.isEmpty()) {
        shares.remove(share.of);
      }
    }
  }

  /** Its session ended, and it goes on without one. */
  void orphan(PermitHold hold) {
    leave(hold);
    hold.orphan();
    join(hold);
  }

  /** Takes permits off a hold that has as many. */
  void less(PermitHold hold, int permits) {
    hold.less(permits);
    Share share = hold.share();
    if (share != null) {
      share.permits -= permits;
    }
  }

  /** The hold of a token that has permits; null when there is none. */
  @Nullable PermitHold of(long token) {
    PermitHold hold = byToken.get(token);
    return hold == null || hold.permits() == 0 ? null : hold;
  }

  /** The share of a session; null where it holds nothing. */
  @Nullable Share shareOf(long session) {
    return shares.get(session);
  }

  /** How many permits a caller's session has. */
  int permitsOf(@Nullable Caller session) {
    Share share = session == null ? null : shares.get(session.number());
    return share == null ? 0 : share.permits;
  }

  /** How many permits are held for sessions that have ended. */
  int permitsOfNobody() {
    Share share = shares.get(NOBODY);
    return share == null ? 0 : share.permits;
  }

  /** The oldest of a caller's session; null when it has none. */
  @Nullable PermitHold oldestOf(@Nullable Caller session) {
    return session == null ? null : oldest(shares.get(session.number()));
  }

  /** The oldest of those that are held for sessions that have ended; null when there is none. */
  @Nullable PermitHold oldestOfNobody() {
    return oldest(shares.get(NOBODY));
  }

  private static @Nullable PermitHold oldest(@Nullable Share share) {
    return share == null || share.permits == 0 ? null : share.holds.firstEntry().getValue();
  }

  /** The oldest that has permits; null when there is none. What has none is passed over once. */
  @Nullable PermitHold oldest() {
    for (Map.Entry<Long, PermitHold> next = byToken.ceilingEntry(spentBelow);
        next != null;
        next = byToken.ceilingEntry(spentBelow)) {
      if (next.getValue().permits() > 0) {
        return next.getValue();
      }
      spentBelow = next.getKey() + 1;
    }
    return null;
  }

  /** The oldest, whether it has permits or not; null when there is none. */
  @Nullable PermitHold first() {
    return byToken.isEmpty() ? null : byToken.firstEntry().getValue();
  }

  Stream<PermitHold> stream() {
    return byToken.values().stream();
  }

  @Override
  public Iterator<PermitHold> iterator() {
    return byToken.values().iterator();
  }

  /** Fails unless it is whole; answers how many permits are held. */
  long check() {
    long held = 0;
    for (PermitHold hold : byToken.values()) {
      held += hold.permits();
      World.require(hold.permits() >= 0, "a hold has no fewer permits than none");
      World.require(
          hold.token() >= spentBelow || hold.permits() == 0, "what was passed over is spent");
    }
    for (Share share : shares.values()) {
      long permits = share.holds.values().stream().mapToLong(PermitHold::permits).sum();
      World.require(permits == share.permits, "a share has the permits of its holds");
      World.require(!share.holds.isEmpty(), "a share has holds");
    }
    return held;
  }
}
