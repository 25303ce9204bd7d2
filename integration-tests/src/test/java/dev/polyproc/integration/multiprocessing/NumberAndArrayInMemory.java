package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** {@link NumberAndArray} in shared memory: a number and an array that another process changes. */
public final class NumberAndArrayInMemory {
  private static final int LENGTH = 10;

  private NumberAndArrayInMemory() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect();
        PolySharedArray number =
            polyproc.sharedArray("number-in-memory", ElementType.ELEMENT_TYPE_FLOAT64, 1);
        PolySharedArray array =
            polyproc.sharedArray("array-in-memory", ElementType.ELEMENT_TYPE_INT32, LENGTH)) {
      int[] whole = IntStream.range(0, LENGTH).toArray();
      if (part.length > 0) {
        number.setDouble(0, 3.1415927);
        array.get(0, whole, 0, LENGTH);
        array.put(0, Arrays.stream(whole).map(each -> -each).toArray(), 0, LENGTH);
        return;
      }
      array.put(0, whole, 0, LENGTH);
      Part.start(NumberAndArrayInMemory.class, "other").join();
      System.out.println(number.getDouble(0));
      array.get(0, whole, 0, LENGTH);
      System.out.println(Arrays.toString(whole));
      System.out.println(
          IntStream.iterate(LENGTH - 1, i -> i >= 0, i -> i - 3).mapToObj(i -> whole[i]).toList());
    }
  }
}
