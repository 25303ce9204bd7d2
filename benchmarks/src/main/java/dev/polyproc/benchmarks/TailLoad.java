package dev.polyproc.benchmarks;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one client does, round after round, while the calls of another one are timed. Items and
 * values are of 100 bytes where nothing else is said.
 */
enum TailLoad {
  /** The daemon keeps nothing, and nobody else calls. */
  NOTHING("an empty daemon", 0, 1),
  QUEUE_OF_1E3("a queue grows to 10^3 items, is cleared", 1_000, 100_000),
  QUEUE_OF_1E5("a queue grows to 10^5 items, is cleared", 100_000, 100_000),
  QUEUE_OF_1E7("a queue grows to 10^7 items, is cleared", 10_000_000, 100_000),
  DICT_OF_1E6("a dict grows to 10^6 keys", 1_000_000, 100_000),
  /** 1.6 GB in all. */
  FILL("a dict grows to 1.6 GB, in values of 10 kB", 160_000, 10_000),
  /** Those of {@link #FILL}, each twice on the average. */
  CHURN("these values are set anew, at random", 320_000, 10_000),
  /** Each says in turn that it lives; of Redis they are connections. */
  SESSIONS("10,000 sessions live", 10_000, 3_000),
  WAITERS(
      "100,000 calls wait, are served",
      100_000,
      20_000,
      "a call that waits takes a connection of its own"),
  SESSION_END(
      "a session ends, 100,000 items go back",
      100_000,
      50_000,
      "nothing belongs to a client, or goes back when it ends"),
  LARGE_VALUE("a value of 64 MiB is set, got, removed", 1, 2);

  /** The bytes of a value of {@link #FILL}. */
  static final int FILL_BYTES = 10_000;

  /** The bytes of the one of {@link #LARGE_VALUE}. */
  static final int LARGE_BYTES = 64 << 20;

  private final String words;
  private final int amount;
  private final int perSecond;
  private final @Nullable String lack;

  TailLoad(String words, int amount, int perSecond) {
    this(words, amount, perSecond, null);
  }

  TailLoad(String words, int amount, int perSecond, @Nullable String lack) {
    this.words = words;
    this.amount = amount;
    this.perSecond = perSecond;
    this.lack = lack;
  }

  /** How many steps a round has, of which so many-th part is done. */
  int amount(int part) {
    return amount / part;
  }

  /** How many of them are done in a second: far fewer than could be. */
  int perSecond() {
    return perSecond;
  }

  /** Why there is nothing of the kind in a Redis; empty when there is. */
  Optional<String> lack() {
    return Optional.ofNullable(lack);
  }

  /** Whether it is about what the load before it has left. */
  boolean goesOn() {
    return this == CHURN;
  }

  @Override
  public String toString() {
    return words;
  }
}
