package values;

import dev.polyproc.client.PolyArray;
import dev.polyproc.client.PolyDouble;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.util.Arrays;
import java.util.stream.LongStream;
import processes.JavaProcess;

/** A process changes a number and an array that it shares with its parent. */
final class ValueAndArray {
  private ValueAndArray() {}

  /** What the process does. */
  static final class Change {
    private Change() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        polyproc.atomicDouble("pi").set(3.1415927);
        PolyArray<Integer> array = polyproc.array("ten", Integer.class);
        for (int i = 0; i < array.length(); i++) {
          array.set(i, -array.get(i));
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyDouble number = polyproc.atomicDouble("pi");
      PolyArray<Integer> array =
          polyproc.array("ten", ElementType.ELEMENT_TYPE_INT32, 10, Integer.class);
      array.set(0, LongStream.range(0, 10).toArray());
      JavaProcess.start(Change.class).waitFor();
      System.out.println(number.get());
      System.out.println(Arrays.toString(array.longs()));
      polyproc.delete("pi");
      polyproc.delete("ten");
    }
  }
}
