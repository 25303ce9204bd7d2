package pools;

import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** A pool computes the parts of a sum, each of a range of numbers. */
final class SumOfSquares {
  private SumOfSquares() {}

  /** What each process does. */
  static final class Sum {
    private Sum() {}

    public static void main(String[] none) throws InterruptedException {
      Worker.builder()
          .register(
              "sum_of_squares",
              Long.class,
              Long.class,
              (start, end) -> LongStream.range(start, end).map(x -> x * x).sum())
          .run();
    }
  }

  public static void main(String[] none) throws Exception {
    int count = 1000;
    int parts = 4;
    int step = count / parts;
    List<List<Integer>> ranges = new ArrayList<>();
    for (int start = 0; start < count; start += step) {
      ranges.add(List.of(start, start + step));
    }
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPool pool = polyproc.pool("sum-of-squares", Squares.processes(parts, Sum.class));
      List<Long> sums = pool.starmap("sum_of_squares", Long.class, ranges);
      System.out.println("The sum of squares is: " + sums.stream().reduce(0L, Long::sum));
    }
  }
}
