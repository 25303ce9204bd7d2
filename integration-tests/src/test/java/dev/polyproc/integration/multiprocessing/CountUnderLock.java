package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyInteger;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Ten processes that count to ten each, in two steps, under the lock of the number. */
public final class CountUnderLock {
  private CountUnderLock() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect()) {
      PolyInteger number = polyproc.atomicInteger("count-under-lock");
      if (part.length > 0) {
        count(number);
        return;
      }
      List<Part> parts = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        parts.add(Part.start(CountUnderLock.class, "counter"));
      }
      for (Part each : parts) {
        each.join();
      }
      System.out.println("Final value: " + number.get());
    }
  }

  private static void count(PolyInteger number) throws InterruptedException {
    PolyLock lock = number.lock();
    for (int i = 0; i < 10; i++) {
      lock.lockInterruptibly();
      try {
        number.set(number.get() + 1);
      } finally {
        lock.unlock();
      }
    }
    System.out.println("num.value = " + number.get());
  }
}
