package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.PolyArray;
import dev.polyproc.client.PolyDouble;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A number and an array that another process changes. */
public final class NumberAndArray {
  private static final int LENGTH = 10;

  private NumberAndArray() {}

  /** The program, or a part of it. */
  public static void main(String[] part) throws IOException, InterruptedException {
    try (Polyproc polyproc = Part.connect()) {
      PolyDouble number = polyproc.atomicDouble("number");
      PolyArray<Integer> array =
          polyproc.array("number/array", ElementType.ELEMENT_TYPE_INT32, LENGTH, Integer.class);
      if (part.length > 0) {
        number.set(3.1415927);
        array.set(0, LongStream.of(array.longs(0, LENGTH)).map(each -> -each).toArray());
        return;
      }
      array.set(0, LongStream.range(0, LENGTH).toArray());
      Part.start(NumberAndArray.class, "other").join();
      System.out.println(number.get());
      System.out.println(Arrays.toString(array.longs(0, LENGTH)));
      System.out.println(
          IntStream.iterate(-1, i -> i >= -LENGTH, i -> i - 3).map(array::get).boxed().toList());
    }
  }
}
