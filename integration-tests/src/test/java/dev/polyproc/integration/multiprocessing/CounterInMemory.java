package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Counter} in shared memory: five processes that add one, in two steps, in one, and in two
 * under the lock.
 */
public final class CounterInMemory {
  private static final int PROCESSES = 5;

  private CounterInMemory() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect();
        PolySharedArray number =
            polyproc.sharedArray("counter-in-memory", ElementType.ELEMENT_TYPE_INT32, 1)) {
      switch (part.length == 0 ? "program" : part[0]) {
        case "two steps" -> number.setLong(0, number.getLong(0) + 1);
        case "one step" -> number.addAndGet(0, 1);
        case "the lock" -> addUnderLock(number);
        default -> {
          long two = count("two steps", number);
          System.out.println("in two steps: " + (two >= 1 && two <= PROCESSES));
          System.out.println("in one step: " + count("one step", number));
          System.out.println("under the lock: " + count("the lock", number));
        }
      }
    }
  }

  private static void addUnderLock(PolySharedArray number) throws InterruptedException {
    PolyLock lock = number.lock();
    lock.lockInterruptibly();
    try {
      number.setLong(0, number.getLong(0) + 1);
    } finally {
      lock.unlock();
    }
  }

  private static long count(String how, PolySharedArray number)
      throws IOException, InterruptedException {
    number.setLong(0, 0);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      parts.add(Part.start(CounterInMemory.class, how));
    }
    for (Part each : parts) {
      each.join();
    }
    return number.getLong(0);
  }
}
