package dev.polyproc.examples.wordcount;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.polyproc.client.PolyProcess;
import java.util.Optional;

/**
 * The death of a worker at a moment when it holds a chunk.
 *
 * @param worker who was killed
 * @param held what it held, as the daemon calls it
 */
record Sabotage(String worker, String held) {
  private static final boolean MACOS = System.getProperty("os.name").startsWith("Mac");
  private static final int SIGSTOP = MACOS ? 17 : 19;
  private static final int SIGCONT = MACOS ? 19 : 18;
  private static final int LOOKS = 10;
  private static final long PAUSE_MILLIS = 30;

  /**
   * Stops a worker, looks whether it holds a chunk, and kills it if so, else lets it go on. It
   * takes a moment until a signal is delivered, so the worker counts as stopped when it holds the
   * same chunk twice in a row.
   *
   * @param moreWork lets more chunks come, in case that the worker waits in line for one: a stopped
   *     process still gets it
   */
  static Optional<Sabotage> attempt(PolyProcess worker, Observer observer, Runnable moreWork)
      throws InterruptedException {
    worker.signal(SIGSTOP);
    moreWork.run();
    Optional<String> before = Optional.empty();
    for (int i = 0; i < LOOKS; i++) {
      Optional<String> held = observer.holding(worker.name(), Worker.CHUNKS.getQueue());
      if (held.isPresent() && held.equals(before)) {
        worker.kill();
        return Optional.of(new Sabotage(worker.name(), held.get()));
      }
      before = held;
      MILLISECONDS.sleep(PAUSE_MILLIS);
    }
    worker.signal(SIGCONT);
    return Optional.empty();
  }

  String describe() {
    return "Killed " + worker + " (SIGKILL) when it held a chunk: " + held + ".";
  }

  /** Whether a chunk was handed out again. */
  boolean cameBack(Tally tally) {
    return !tally.repeated().isEmpty();
  }

  /** What became of the chunk that the worker held. */
  String outcome(Tally tally) {
    return tally.repeated().entrySet().stream()
        .findFirst()
        .map(
            again ->
                "Chunk "
                    + again.getKey()
                    + ", which "
                    + worker
                    + " held, came back: "
                    + again.getValue().worker()
                    + " counted it, at attempt "
                    + again.getValue().attempt()
                    + ".")
        .orElse("Expected the chunk that " + worker + " held to come back, but it did not.");
  }
}
