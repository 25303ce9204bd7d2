package dev.polyproc.integration;

import java.io.IOException;
import java.util.Random;

/** What a client does with an object that others use, too, whatever it did before. */
interface HistoryLane {
  /** One or two calls. */
  void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException;

  /** Looks at the object. */
  void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException;
}
