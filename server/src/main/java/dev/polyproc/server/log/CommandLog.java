package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.call.Invocation;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The one way into the engine. It takes over what it is given, and answers nothing itself: replies
 * go to the callers, and how far calls got is told to whoever submitted them; before {@code submit}
 * returns or later, by whatever thread.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Thread-safe, and never blocks on anything but the engine's own work.
 *   <li>What one thread submits takes effect in that order, and the calls of one {@code submit} in
 *       theirs; replies go to their callers in the order in which the calls were done.
 * </ul>
 */
public interface CommandLog {
  /**
   * Takes calls over, to be applied; reads among them are answered as of then.
   *
   * @param calls not to be changed before {@code then} was told
   * @param then hears how far they got
   */
  void submit(List<Invocation> calls, Applied then);

  /**
   * Takes over what the node saw, and then calls, as two submissions would. Others may come between
   * the two, or only after both.
   */
  default void submit(NodeEvent before, List<Invocation> calls, Applied then) {
    submit(before);
    submit(calls, then);
  }

  /** Takes over what the node saw. After a Drain all calls must not wait, and say so. */
  void submit(NodeEvent event);

  /**
   * The same, where no session is open: before one can be opened.
   *
   * @return whether there was none, so that the event was taken over
   */
  boolean submitWhereNoSessionIs(NodeEvent event);

  /** Hears how far calls got that were submitted together. */
  @FunctionalInterface
  interface Applied {
    /** For a call that comes alone and never has to wait, as it comes over no attachment. */
    Applied UNHEARD = (count, windowIsFull) -> {};

    /**
     * So many were applied, and their replies were sent, but of those that wait. Those behind were
     * not: others have their turn first, or there is no room for them. Called once, outside the
     * engine's lock.
     *
     * @param count at least 1, but where the window is full
     * @param windowIsFull whether the next one must wait until its session has confirmed some
     *     replies
     */
    void applied(int count, boolean windowIsFull);
  }

  /** Makes a log before an engine. */
  @FunctionalInterface
  interface Factory {
    /**
     * A log.
     *
     * @param clock nanoseconds since 1970, never going back
     * @param later wakes the engine when something is due and nobody calls
     * @param effects makes effects happen; called by one thread at a time, outside the lock
     * @param bug is told when the engine threw: it must not be used any more
     */
    CommandLog open(
        Engine engine, LongSupplier clock, Later later, Effects effects, Consumer<Throwable> bug);
  }
}
