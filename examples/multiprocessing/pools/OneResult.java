package pools;

import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One task of a pool, whose result is waited for with a time. */
final class OneResult {
  private OneResult() {}

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPool pool = polyproc.pool("one-result", Squares.processes(5, Squares.Square.class));
      CompletableFuture<Long> result = pool.applyAsync("square", Long.class, 10);
      System.out.println(result.get(60, TimeUnit.SECONDS));
    }
  }
}
