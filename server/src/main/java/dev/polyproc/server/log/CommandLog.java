package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.Call;
import java.util.List;

/**
 * The one way into the engine.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Thread-safe, and never blocks on anything but the engine's own work.
 *   <li>Calls of one {@code submit} take effect in their order; replies go to their callers in the
 *       order in which the calls were done.
 * </ul>
 */
public interface CommandLog {
  /**
   * Applies calls, and answers reads as of then.
   *
   * @return how many: it stops before a command that must wait until its session has confirmed some
   *     replies
   */
  int submit(List<Call> calls);

  /** Applies what the node saw. */
  void submit(NodeEvent event);
}
