package dev.polyproc.server.engine.session;

import dev.polyproc.internal.v1.Boot;

/**
 * Secrets that the node makes, such as the ids of sessions. They begin with the time at which their
 * daemon was started, so that one of before a restart can be told from one that never was.
 */
public final class Secrets {
  private static final char BEFORE_CHANCE = '.';

  /** So many digits have all times that there are. */
  private static final int DIGITS = 11;

  /** One digit more, a one, keeps those that are zero. */
  private static final long LEADING = 131_621_703_842_267_136L; // 36 to the power of DIGITS

  private static final long NANOS_PER_MICRO = 1_000;

  private Secrets() {}

  /** A secret of a daemon, of {@code chance} that nobody can guess. */
  public static String of(Boot boot, String chance) {
    long micros = boot.getTime() / NANOS_PER_MICRO;
    return Long.toString(LEADING + micros, Character.MAX_RADIX).substring(1)
        + BEFORE_CHANCE
        + chance;
  }

  /** When the daemon was started that made a secret, in microseconds since 1970; 0: none did. */
  static long madeBy(String secret) {
    if (secret.indexOf(BEFORE_CHANCE) != DIGITS) {
      return 0;
    }
    try {
      return Long.parseLong(secret, 0, DIGITS, Character.MAX_RADIX);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
