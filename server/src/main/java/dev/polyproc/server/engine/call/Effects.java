package dev.polyproc.server.engine.call;

import dev.polyproc.server.engine.refusal.Refusal;

/**
 * Makes happen what an engine asks of its node, a method for each kind of {@link Effect}. Each may
 * be asked for again, after a restart, and then has nothing more to do where it is done.
 */
public interface Effects {
  /** A session began: from now on its silence is watched, for so many nanoseconds. */
  void sessionOpened(String session, long timeToLive);

  /** A session ended: its streams end with {@code cause}. */
  void sessionEnded(String session, Refusal cause);

  /** What runs the processes of the node. */
  ProcessEffects processes();

  /** What makes the segments of shared memory of the node. */
  SegmentEffects segments();
}
