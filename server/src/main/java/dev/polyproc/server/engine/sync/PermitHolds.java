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

  /** Those that a release without a token may take off. */
  private final TreeMap<Long, PermitHold> open = new TreeMap<>();

  private final Map<Long, Share> shares = new TreeMap<>();

  /** Open ones below this token have no permits. */
  private long spentBelow;

  /** How many permits are held, and how many of them by open holds. */
  private long permits;

  private long openPermits;

  /** What one session holds. */
  final class Share {
    private final long of;
    private final TreeMap<Long, PermitHold> holds = new TreeMap<>();
    private final TreeMap<Long, PermitHold> openHolds = new TreeMap<>();
    private int all;
    private int open;
    private boolean spent;

    private Share(long of) {
      this.of = of;
    }

    int permits() {
      return all;
    }

    /** The permits of all of it, which no hold has any more from now on. */
    int spend() {
      int spending = all;
      permits -= all;
      openPermits -= open;
      all = 0;
      open = 0;
      spent = true;
      return spending;
    }

    boolean isSpent() {
      return spent;
    }

    /** The session; null where it is nobody's. */
    @Nullable Caller session() {
      return holds.firstEntry().getValue().session();
    }

    private void add(PermitHold hold) {
      hold.share(this);
      holds.put(hold.token(), hold);
      if (hold.isOpen()) {
        openHolds.put(hold.token(), hold);
      }
      count(hold, hold.permits());
    }

    private void remove(PermitHold hold) {
      count(hold, -hold.permits());
      hold.share(null);
      holds.remove(hold.token());
      openHolds.remove(hold.token());
    }

    private void count(PermitHold hold, int more) {
      all += more;
      open += hold.isOpen() ? more : 0;
    }
  }

  void add(PermitHold hold) {
    byToken.put(hold.token(), hold);
    join(hold);
  }

  private void join(PermitHold hold) {
    if (hold.isOpen()) {
      open.put(hold.token(), hold);
      spentBelow = Math.min(spentBelow, hold.token());
    }
    count(hold, hold.permits());
    Caller session = hold.session();
    if (session != null || hold.isOrphan()) {
      shares.computeIfAbsent(session == null ? NOBODY : session.number(), Share::new).add(hold);
    }
  }

  private void count(PermitHold hold, int more) {
    permits += more;
    openPermits += hold.isOpen() ? more : 0;
  }

  /** It is over; with it go the permits that it still has. */
  void remove(PermitHold hold) {
    byToken.remove(hold.token());
    leave(hold);
  }

  private void leave(PermitHold hold) {
    count(hold, -hold.permits());
    open.remove(hold.token());
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
  void less(PermitHold hold, int fewer) {
    hold.less(fewer);
    count(hold, -fewer);
    Share share = hold.share();
    if (share != null) {
      share.count(hold, -fewer);
    }
  }

  /** How many permits are held that only their token gives back. */
  long permitsByToken() {
    return permits - openPermits;
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

  /** How many permits a caller's session has that it may give back without a token. */
  int permitsOf(@Nullable Caller session) {
    Share share = session == null ? null : shares.get(session.number());
    return share == null ? 0 : share.open;
  }

  /** How many permits are held for sessions that have ended. */
  int permitsOfNobody() {
    Share share = shares.get(NOBODY);
    return share == null ? 0 : share.open;
  }

  /** The oldest open one of a caller's session; null when it has none. */
  @Nullable PermitHold oldestOf(@Nullable Caller session) {
    return session == null ? null : oldest(shares.get(session.number()));
  }

  /** The oldest of those that are held for sessions that have ended; null when there is none. */
  @Nullable PermitHold oldestOfNobody() {
    return oldest(shares.get(NOBODY));
  }

  private static @Nullable PermitHold oldest(@Nullable Share share) {
    return share == null || share.open == 0 ? null : share.openHolds.firstEntry().getValue();
  }

  /**
   * The oldest open one that has permits; null when there is none. What has none is passed over
   * once.
   */
  @Nullable PermitHold oldest() {
    for (Map.Entry<Long, PermitHold> next = open.ceilingEntry(spentBelow);
        next != null;
        next = open.ceilingEntry(spentBelow)) {
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
          !hold.isOpen() || hold.token() >= spentBelow || hold.permits() == 0,
          "what was passed over is spent");
      World.require(
          hold.isOpen() == open.containsKey(hold.token()), "what needs no token is known");
    }
    World.require(held == permits, "what is held is counted");
    long openHeld = open.values().stream().mapToLong(PermitHold::permits).sum();
    World.require(openHeld == openPermits, "what needs no token is counted");
    for (Share share : shares.values()) {
      long theirs = share.holds.values().stream().mapToLong(PermitHold::permits).sum();
      long free = share.openHolds.values().stream().mapToLong(PermitHold::permits).sum();
      World.require(theirs == share.all && free == share.open, "a share has those of its holds");
      World.require(!share.holds.isEmpty(), "a share has holds");
    }
    return held;
  }
}
