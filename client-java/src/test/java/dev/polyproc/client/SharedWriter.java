package dev.polyproc.client;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** A program that writes half of a shared array, and waits then until it is killed. */
final class SharedWriter {
  private SharedWriter() {}

  /**
   * At the daemon of the first argument, into the array of the second; as the third says, in an
   * {@code update}, while it says that it is {@code writing}, or while it has it {@code locked}.
   */
  public static void main(String[] arguments) {
    Polyproc polyproc = Polyproc.connect(arguments[0]);
    PolySharedArray array = polyproc.sharedArray(arguments[1]);
    switch (arguments[2]) {
      case "update" -> array.update(() -> writeHalf(array));
      case "writing" -> {
        try (Writing unused = array.beginWriting()) {
          writeHalf(array);
        }
      }
      case "locked" -> {
        array.lock().lock();
        writeHalf(array);
      }
      default -> throw new IllegalArgumentException("Expected update, writing or locked");
    }
  }

  private static void writeHalf(PolySharedArray array) {
    double[] half = new double[array.length() / 2];
    Arrays.fill(half, 1);
    array.put(0, half, 0, half.length);
    System.out.println("half");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
