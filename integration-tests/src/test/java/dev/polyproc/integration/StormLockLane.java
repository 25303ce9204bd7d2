package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A number that is read and written under a lock, guarded by the hold: none is written twice, and
 * none is skipped, but for those of members that were killed between.
 */
final class StormLockLane implements StormLane {
  static final String LOCK = "/lock";
  static final String COUNTS = "/counts";
  static final String ALL = "all";
  static final String MEMBERS = "members";

  private static final int SECTIONS = 25;

  private final String seed;
  private final Polyproc first;
  private final Polyproc second;
  private final AtomicInteger sections = new AtomicInteger();

  StormLockLane(String seed, Polyproc first, Polyproc second) {
    this.seed = seed;
    this.first = first;
    this.second = second;
  }

  @Override
  public List<Task> tasks() {
    return List.of(() -> work(first), () -> work(second), () -> work(second));
  }

  private void work(Polyproc client) throws InterruptedException {
    for (int i = 0; i < SECTIONS; i++) {
      section(client, seed, ALL);
      sections.incrementAndGet();
    }
  }

  /** One more in some counts, each read and written while the lock is held. */
  static void section(Polyproc client, String seed, String... counts) throws InterruptedException {
    PolyLock lock = client.lock(seed + LOCK);
    Hold hold = lock.acquire(60, TimeUnit.SECONDS);
    if (hold == null) {
      throw new AssertionError("Expected the lock within a minute, but nobody gives it");
    }
    try (hold) {
      PolyDict<String, Long> dict =
          client.guardedBy(hold).dict(seed + COUNTS, String.class, Long.class);
      for (String count : counts) {
        dict.set(count, dict.getOrDefault(count, 0L) + 1);
      }
    }
  }

  @Override
  public void check() {
    PolyDict<String, Long> dict = first.dict(seed + COUNTS, String.class, Long.class);
    long all = dict.getOrDefault(ALL, 0L);
    long members = dict.getOrDefault(MEMBERS, 0L);
    assertThat(all - members)
        .as("sections, and those in which a member was killed")
        .isBetween((long) sections.get(), sections.get() + (long) Storm.KILLS);
    assertThat(first.lock(seed + LOCK).isLocked()).isFalse();
  }
}
