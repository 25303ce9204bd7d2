package dev.polyproc.integration;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * What a process in Java does to a segment that others work on: it begins and ends when the first
 * element says so. See {@code memory_hunt.py} for the same in Python.
 */
final class SegmentMain {
  static final int START = 1;
  static final int STOP = 2;

  /** The element to which each adds in one step. */
  static final int FREE = 1;

  /** The element to which each adds under the lock. */
  static final int LOCKED = 2;

  private static final long PATTERN = 0x0101_0101_0101_0101L;
  private static final int STEPS_A_HOLD = 1_000;

  private SegmentMain() {}

  /** Runs with what to do, the segment's file, and the name of its lock. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Segment segment = Segment.at(Path.of(arguments[1]));
    if (arguments[0].equals("write")) {
      awaitStart(segment);
      System.out.println("wrote " + write(segment));
      return;
    }
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyLock lock =
          polyproc.lock(
              LockCreateRequest.newBuilder()
                  .setLock(arguments[2])
                  .setKind(LockKind.LOCK_KIND_REENTRANT)
                  .setLifetime(Lifetime.LIFETIME_WHILE_USED)
                  .build());
      awaitStart(segment);
      System.out.println(add(segment, lock));
    }
  }

  private static void awaitStart(Segment segment) {
    System.out.println("ready");
    while (segment.getVolatile(0) == 0) {
      LockSupport.parkNanos(1_000_000); // the others need the processor to get ready
    }
  }

  /** Whether all bytes of a value are the same, as of each that is written whole. */
  static boolean isTorn(long value) {
    return value != (value & 0xff) * PATTERN;
  }

  /**
   * Writes one pattern after the other, from 0 to all ones and what is between, to each element.
   */
  private static long write(Segment segment) {
    int length = segment.length();
    long written = 0;
    for (long pattern = 0; written == 0 || segment.getVolatile(0) != STOP; pattern += 0xff) {
      for (int i = 1; i < length; i++) {
        segment.set(i, ((pattern + i) & 0xff) * PATTERN);
      }
      written += length - 1;
    }
    return written;
  }

  /** Adds in one step, and in two under the lock; answers how often. */
  private static String add(Segment segment, PolyLock lock) throws InterruptedException {
    long free = 0;
    long locked = 0;
    while (locked == 0 || segment.getVolatile(0) != STOP) {
      for (int i = 0; i < STEPS_A_HOLD; i++) {
        segment.add(FREE, 1);
      }
      free += STEPS_A_HOLD;
      try (Hold hold = lock.acquire()) {
        segment.set(LOCKED, segment.get(LOCKED) + 1);
        locked++;
      }
    }
    return "added " + free + " " + locked;
  }
}
