package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Effects;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Effects between the engine, which records them under its lock, and those who make them happen
 * outside of it.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>They happen one after another, in the order in which they were added, whoever drains.
 *   <li>One that fails, of whatever, keeps no other from its turn. Whoever waits for it hears, see
 *       {@link Effect#failure}.
 * </ul>
 */
final class EffectQueue {
  private final Queue<Effect> pending = new ConcurrentLinkedQueue<>();
  private final AtomicInteger drains = new AtomicInteger();
  private final Effects effects;
  private final Supplier<Origin> origin;
  private final Consumer<NodeEvent> submit;

  /**
   * An empty queue.
   *
   * @param origin the daemon that makes them happen
   * @param submit takes the word that one failed
   */
  EffectQueue(Effects effects, Supplier<Origin> origin, Consumer<NodeEvent> submit) {
    this.effects = effects;
    this.origin = origin;
    this.submit = submit;
  }

  /** Adds what an engine recorded; one thread at a time. */
  void add(List<Effect> recorded) {
    pending.addAll(recorded);
  }

  /** Has all happen that was added, unless another thread is about to. */
  void drain() {
    if (!pending.isEmpty() && drains.getAndIncrement() == 0) {
      int seen = 1;
      do {
        for (Effect effect = pending.poll(); effect != null; effect = pending.poll()) {
          happen(effect);
        }
        seen = drains.addAndGet(-seen);
      } while (seen != 0);
    }
  }

  private void happen(Effect effect) {
    try {
      effect.happen(effects);
    } catch (Throwable e) {
      // Whatever it was: those behind it must happen, and whoever waits for it must hear.
      NodeEvent failure = effect.failure(origin.get(), e);
      if (failure != null) {
        submit.accept(failure);
      }
      failed("An effect, " + effect.getClass().getSimpleName() + ",", e);
    }
  }

  /** Says that something around the engine failed. */
  static void failed(String what, Throwable why) {
    if (why instanceof RejectedExecutionException) {
      return; // All ends, and with it the threads to do something on.
    }
    Logger logger = LoggerFactory.getLogger(MemoryLog.class);
    if (why instanceof Error) {
      logger.warn("{} failed: {}", what, why.toString()); // No thread is to be had, say.
    } else {
      logger.error("{} failed", what, why);
    }
  }
}
