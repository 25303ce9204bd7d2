package dev.polyproc.client;

import dev.polyproc.v1.Ref;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a client hold by {@link PolyLock#lock} and its like. It is the client's, so
 * that a thread may unlock by another {@code PolyLock} of the same name. What nobody unlocked is
 * forgotten some time after its lease.
 */
final class Holds {
  private record Key(Ref lock, String owner) {
    // By hand; see the package.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && lock.equals(key.lock) && owner.equals(key.owner);
    }

    @Override
    public int hashCode() {
      return 31 * lock.hashCode() + owner.hashCode();
    }
  }

  private record Counted(Hold hold, int count) {}

  private static final int LEAST = 64;

  /** So many are let be before those that are over are looked for. */
  private volatile int most = LEAST;

  private final Map<Key, Counted> held = new ConcurrentHashMap<>();

  /** The hold of an owner, be it over by its lease; null when it has none. */
  @Nullable Hold get(Ref lock, String owner) {
    Counted counted = held.get(new Key(lock, owner));
    return counted == null ? null : counted.hold();
  }

  /** Notes an acquisition, which may be another one under the same token. */
  void add(Ref lock, Hold hold) {
    held.merge(
        new Key(lock, hold.owner()),
        new Counted(hold, 1),
        (before, added) ->
            before.hold().token() == hold.token()
                ? new Counted(before.hold().again(hold), before.count() + 1)
                : added);
    if (held.size() > most) {
      held.values().removeIf(counted -> counted.hold().isOver());
      most = Math.max(LEAST, 2 * held.size());
    }
  }

  /** How many it knows, those included that are over and not forgotten yet. */
  int size() {
    return held.size();
  }

  /** Notes a release. */
  void release(Ref lock, String owner) {
    held.computeIfPresent(
        new Key(lock, owner),
        (key, before) ->
            before.count() == 1 ? null : new Counted(before.hold(), before.count() - 1));
  }

  /** Notes that a hold is over. */
  void remove(Ref lock, String owner) {
    held.remove(new Key(lock, owner));
  }
}
