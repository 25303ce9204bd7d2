package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyInteger;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Five processes that add one: in two steps, in one, and in two under the lock of the number. */
public final class Counter {
  private static final int PROCESSES = 5;

  private Counter() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect()) {
      PolyInteger number = polyproc.atomicInteger("counter");
      switch (part.length == 0 ? "program" : part[0]) {
        case "two steps" -> number.set(number.get() + 1);
        case "one step" -> number.incrementAndGet();
        case "the lock" -> addUnderLock(number);
        default -> {
          int two = count("two steps", number);
          System.out.println("in two steps: " + (two >= 1 && two <= PROCESSES));
          System.out.println("in one step: " + count("one step", number));
          System.out.println("under the lock: " + count("the lock", number));
        }
      }
    }
  }

  private static void addUnderLock(PolyInteger number) throws InterruptedException {
    PolyLock lock = number.lock();
    lock.lockInterruptibly();
    try {
      number.set(number.get() + 1);
    } finally {
      lock.unlock();
    }
  }

  private static int count(String how, PolyInteger number)
      throws IOException, InterruptedException {
    number.set(0);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      parts.add(Part.start(Counter.class, how));
    }
    for (Part each : parts) {
      each.join();
    }
    return number.get();
  }
}
