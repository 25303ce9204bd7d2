package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyLong;
import dev.polyproc.client.Polyproc;
import java.nio.file.Path;
import java.util.List;

/** A number that processes share, through the Java client. */
final class ValueLoads implements AutoCloseable {
  private final Polyproc polyproc;
  private final PolyLong number;

  ValueLoads(Path socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    number = polyproc.atomicLong("value");
  }

  /** All of one round trip. */
  List<Load> once() {
    return List.of(
        new OneAtATime("value get, Attach", number::get),
        new OneAtATime("value set, Attach", () -> number.set(7)),
        new OneAtATime("value add, Attach", number::incrementAndGet));
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
