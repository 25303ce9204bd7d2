package dev.polyproc.client.internal.object;

import dev.polyproc.v1.Ref;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a client hold by {@code PolyLock.lock} and its like. It is the client's, so
 * that a thread may unlock by another {@code PolyLock} of the same name. What nobody unlocked is
 * forgotten some time after its lease.
 *
 * @param <H> what the program has of a tenure
 */
public final class Holds<H> {
  private record Key(Ref lock, String owner) {
    // By hand; see the package of Polyproc.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && lock.equals(key.lock) && owner.equals(key.owner);
    }

    @Override
    public int hashCode() {
      return 31 * lock.hashCode() + owner.hashCode();
    }
  }

  private record Counted<H>(Tenure tenure, H hold, int count) {}

  private static final int LEAST = 64;

  /** So many are let be before those that are over are looked for. */
  private volatile int most = LEAST;

  private final Map<Key, Counted<H>> held = new ConcurrentHashMap<>();

  /** The hold of an owner, be it over by its lease; null when it has none. */
  public @Nullable H get(Ref lock, String owner) {
    Counted<H> counted = held.get(new Key(lock, owner));
    return counted == null ? null : counted.hold();
  }

  /** How often an owner has acquired a lock and not released it. */
  public int count(Ref lock, String owner) {
    Counted<H> counted = held.get(new Key(lock, owner));
    return counted == null ? 0 : counted.count();
  }

  /** Notes that an owner has a lock, so many times, in the place of what it had before. */
  public void put(Ref lock, Tenure tenure, H hold, int count) {
    held.put(new Key(lock, tenure.owner()), new Counted<>(tenure, hold, count));
  }

  /** Notes an acquisition, which may be another one under the same token. */
  public void add(Ref lock, Tenure tenure, H hold) {
    held.merge(
        new Key(lock, tenure.owner()),
        new Counted<>(tenure, hold, 1),
        (before, added) ->
            before.tenure().token() == tenure.token() ? again(before, added) : added);
    if (held.size() > most) {
      held.values().removeIf(counted -> counted.tenure().isOver());
      most = Math.max(LEAST, 2 * held.size());
    }
  }

  /** A further acquisition under the same token: a lease lasts on, or longer. */
  private static <H> Counted<H> again(Counted<H> before, Counted<H> added) {
    Counted<H> lasting = added.tenure().isLeasedLongerThan(before.tenure()) ? added : before;
    return new Counted<>(lasting.tenure(), lasting.hold(), before.count() + 1);
  }

  /** How many it knows, those included that are over and not forgotten yet. */
  public int size() {
    return held.size();
  }

  /** Notes a release. */
  public void release(Ref lock, String owner) {
    held.computeIfPresent(
        new Key(lock, owner),
        (key, before) ->
            before.count() == 1
                ? null
                : new Counted<>(before.tenure(), before.hold(), before.count() - 1));
  }

  /** Notes that a hold is over. */
  public void remove(Ref lock, String owner) {
    held.remove(new Key(lock, owner));
  }
}
