package dev.polyproc.server.memory;

import dev.polyproc.server.engine.call.SegmentEffects;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Ref;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Has the segments of a daemon, or makes none. */
public interface Segments extends SegmentEffects {
  /**
   * Where a segment is: looked up by another thread, and answered at the latest when all is {@link
   * #close closed}. Fails with a {@link Refusal} where it is not what was made any more, or is
   * removed meanwhile; with something else where it could not be looked for, such as an {@link
   * UncheckedIOException}.
   */
  CompletionStage<Path> locate(Ref memory);

  /** Makes again what the next daemon needs to find them, where somebody has removed it. */
  default void keep() throws IOException {}

  /** Does what the system did not let it do before; to be called now and then. */
  default void tryAgain() {}

  /** Answers who asks where one is, removes all, and returns when they are gone. */
  default void close() {}

  /** Makes what has the segments, and tells what becomes of them. */
  @FunctionalInterface
  interface Factory {
    /** What has them. */
    Segments make(Reports reports);
  }

  /** Makes none: each fails, and is answered with the sentence. */
  static Factory none(String sentence) {
    return reports ->
        new Segments() {
          @Override
          public void make(long memory, String file, ElementType type, long length, long bytes) {
            reports.failed(memory, false, sentence);
          }

          @Override
          public void mark(long memory, int writersDied) {}

          @Override
          public void remove(long memory) {}

          @Override
          public CompletionStage<Path> locate(Ref memory) {
            // It was never there.
            return CompletableFuture.failedFuture(Refusal.deleted(memory.getName()));
          }
        };
  }
}
