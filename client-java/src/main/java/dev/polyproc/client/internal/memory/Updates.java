package dev.polyproc.client.internal.memory;

import dev.polyproc.v1.Ref;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which segments a client updates, each under one hold of its lock: what comes under another hold
 * is no part of it, also where both are of one client, as after the lock was taken from the first.
 */
public final class Updates {
  private record Update(Ref segment, long token) {}

  private final Set<Update> running = ConcurrentHashMap.newKeySet();

  /** Who has the hold of that token updates from now on; answers false where that is so already. */
  public boolean begin(Ref segment, long token) {
    return running.add(new Update(segment, token));
  }

  /** Whether who has the hold of that token updates. */
  public boolean isRunning(Ref segment, long token) {
    return running.contains(new Update(segment, token));
  }

  /** It is over; follows a {@link #begin} that answered true. */
  public void end(Ref segment, long token) {
    running.remove(new Update(segment, token));
  }
}
