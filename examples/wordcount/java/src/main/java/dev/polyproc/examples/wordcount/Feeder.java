package dev.polyproc.examples.wordcount;

import dev.polyproc.client.PolyQueue;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Puts the chunks into the queue, on a thread of its own, since a full queue makes it wait; and
 * closes the queue. It keeps the last chunks back until it is told that they may go.
 */
final class Feeder implements Runnable {
  private final PolyQueue<Chunk> queue;
  private final List<byte[]> texts;
  private final Semaphore allowed;
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  private Feeder(PolyQueue<Chunk> queue, List<byte[]> texts, int keptBack) {
    this.queue = queue;
    this.texts = texts;
    this.allowed = new Semaphore(texts.size() - keptBack);
  }

  static Feeder start(PolyQueue<Chunk> queue, List<byte[]> texts, int keptBack) {
    Feeder feeder = new Feeder(queue, texts, keptBack);
    Thread thread = new Thread(feeder, "feeder");
    thread.setDaemon(true);
    thread.start();
    return feeder;
  }

  /** Lets more of what was kept back go. */
  void allow(int more) {
    allowed.release(more);
  }

  /** Fails when the feeder did. */
  void check() {
    if (done.isCompletedExceptionally()) {
      done.join();
    }
  }

  @Override
  public void run() {
    try {
      for (int i = 0; i < texts.size(); i++) {
        allowed.acquire();
        queue.put(new Chunk(i + 1, texts.get(i)));
      }
      queue.shutdownForAll();
      done.complete(null);
    } catch (InterruptedException | RuntimeException e) {
      done.completeExceptionally(new CompletionException("The text could not be put", e));
    }
  }
}
