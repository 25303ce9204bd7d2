package dev.polyproc.integration;

import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_FLOAT64;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT64;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Programs with shared values that are known from Python's multiprocessing, on shared memory: the
 * arguments are the number of the example, or a role in one, and a segment.
 */
final class MemoryExampleMain {
  private static final int LENGTH = 10;
  private static final int PROCESSES = 5;

  private MemoryExampleMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String name = arguments[1];
    switch (arguments[0]) {
      case "0-2" -> counting(name);
      case "0-8" -> numberAndArray(name);
      case "1-5" -> counter(name);
      case "countToTen" -> countToTen(ExampleMemory.open(name));
      case "change" -> change(name);
      case "two steps" -> ExampleMemory.open(name).increment(0);
      case "one step" -> ExampleMemory.open(name).segment().add(0, 1);
      case "the lock" -> ExampleMemory.open(name).incrementUnderLock(0);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }

  /** Other processes, with a role; waits for their end. */
  private static void run(int processes, String role, String name)
      throws IOException, InterruptedException {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      all.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  MemoryExampleMain.class.getName(),
                  role,
                  name)
              .inheritIO()
              .start());
    }
    for (Process process : all) {
      if (process.waitFor() != 0) {
        throw new IllegalStateException("Expected 0, but it is " + process.exitValue());
      }
    }
  }

  // Ten processes that count to ten each, under the lock.

  private static void counting(String name) throws IOException, InterruptedException {
    Segment segment = ExampleMemory.create(name, ELEMENT_TYPE_INT64, 1).segment();
    run(2 * PROCESSES, "countToTen", name);
    System.out.println("Final value: " + segment.get(0));
  }

  private static void countToTen(ExampleMemory memory) {
    for (int i = 0; i < 10; i++) {
      memory.incrementUnderLock(0);
    }
    System.out.println("num.value = " + memory.segment().get(0));
  }

  // A number and an array that another process changes.

  private static void numberAndArray(String name) throws IOException, InterruptedException {
    Segment number = ExampleMemory.create(name, ELEMENT_TYPE_FLOAT64, 1).segment();
    Segment array = ExampleMemory.create(name + "/array", ELEMENT_TYPE_INT64, LENGTH).segment();
    IntStream.range(0, LENGTH).forEach(i -> array.set(i, i));
    run(1, "change", name);
    System.out.println(number.getDouble(0));
    System.out.println(IntStream.range(0, LENGTH).mapToObj(array::get).toList());
    System.out.println(
        IntStream.iterate(LENGTH - 1, i -> i >= 0, i -> i - 3).mapToObj(array::get).toList());
  }

  private static void change(String name) throws IOException {
    ExampleMemory.open(name).segment().setDouble(0, 3.1415927);
    Segment array = ExampleMemory.open(name + "/array").segment();
    IntStream.range(0, LENGTH).forEach(i -> array.set(i, -array.get(i)));
  }

  // Five processes that add one: in two steps, in one, and in two under the lock.

  private static void counter(String name) throws IOException, InterruptedException {
    Segment segment = ExampleMemory.create(name, ELEMENT_TYPE_INT64, 1).segment();
    run(PROCESSES, "two steps", name);
    System.out.println("in two steps: " + (segment.get(0) >= 1 && segment.get(0) <= PROCESSES));
    segment.set(0, 0);
    run(PROCESSES, "one step", name);
    System.out.println("in one step: " + segment.get(0));
    segment.set(0, 0);
    run(PROCESSES, "the lock", name);
    System.out.println("under the lock: " + segment.get(0));
  }
}
