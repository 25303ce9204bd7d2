package dev.polyproc.server.memory;

import dev.polyproc.server.engine.refusal.Refusal;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Supplier;

/**
 * Looks at files, by a thread of its own: neither who asks waits for the file system, nor does a
 * look wait for what is written there. Thread-safe.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Each look is answered, once: by what it found, or at the {@link #close} by a refusal, even
 *       if the file system never answers.
 *   <li>How many are open is up to who asks: nothing here bounds them.
 * </ul>
 */
final class Looks {
  private final ThreadPoolExecutor thread = IdlingThread.named("polyproc-looks");
  private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();

  /** Looks, and answers what it found or threw. */
  <T> CompletionStage<T> look(Supplier<T> look) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    open.add(answer);
    try {
      thread.execute(() -> answer(answer, look));
    } catch (RejectedExecutionException e) {
      refuse(answer, Refusal.shuttingDown());
    } catch (Error e) { // There can be no thread, say.
      refuse(answer, e);
    }
    return answer;
  }

  private <T> void answer(CompletableFuture<T> answer, Supplier<T> look) {
    if (answer.isDone()) {
      return; // It was refused meanwhile.
    }
    try {
      T found = look.get();
      open.remove(answer);
      answer.complete(found);
    } catch (RuntimeException | Error e) {
      refuse(answer, e);
    }
  }

  private void refuse(CompletableFuture<?> answer, Throwable why) {
    open.remove(answer);
    answer.completeExceptionally(why);
  }

  /** Refuses those that are open, and all that come. */
  void close() {
    thread.shutdown(); // First: what was taken on before is among the open ones.
    open.forEach(answer -> refuse(answer, Refusal.shuttingDown()));
  }
}
