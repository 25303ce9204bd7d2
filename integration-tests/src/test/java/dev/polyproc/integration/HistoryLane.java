package dev.polyproc.integration;

import dev.polyproc.integration.history.Specification;
import java.io.IOException;
import java.util.Random;

/** What a client does with an object that others use, too, whatever it did before. */
interface HistoryLane {
  /** The object, as histories name it. */
  String object();

  /** Makes the object. */
  void create(Client client);

  /** What it is when one thing happens after the other. */
  Specification<?> specification();

  /** One or two calls. */
  void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException;

  /** Waits for what {@link #look} does, which another client begins at the same time. */
  default void awaitLook(StormStub stub, HistoryRecorder recorder) throws InterruptedException {}

  /** Looks at the object. */
  void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException;
}
