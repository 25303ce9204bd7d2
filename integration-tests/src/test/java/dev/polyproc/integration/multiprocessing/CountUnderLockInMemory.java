package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link CountUnderLock} in shared memory: ten processes that count to ten each, under the lock.
 */
public final class CountUnderLockInMemory {
  private CountUnderLockInMemory() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect();
        PolySharedArray number =
            polyproc.sharedArray("count-under-lock-in-memory", ElementType.ELEMENT_TYPE_INT32, 1)) {
      if (part.length > 0) {
        count(number);
        return;
      }
      List<Part> parts = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        parts.add(Part.start(CountUnderLockInMemory.class, "counter"));
      }
      for (Part each : parts) {
        each.join();
      }
      System.out.println("Final value: " + number.getLong(0));
    }
  }

  private static void count(PolySharedArray number) throws InterruptedException {
    PolyLock lock = number.lock();
    for (int i = 0; i < 10; i++) {
      lock.lockInterruptibly();
      try {
        number.setLong(0, number.getLong(0) + 1);
      } finally {
        lock.unlock();
      }
    }
    System.out.println("num.value = " + number.getLong(0));
  }
}
