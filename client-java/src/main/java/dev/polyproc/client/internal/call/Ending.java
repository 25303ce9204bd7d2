package dev.polyproc.client.internal.call;

import dev.polyproc.client.PolyprocException;

/** How a session ended, as its calls are told. */
@FunctionalInterface
public interface Ending {
  /**
   * The failure of one call.
   *
   * @param sent whether the call was sent, so that the daemon may have executed it
   */
  PolyprocException failure(boolean sent);

  /** What a call is told of its effect where no daemon says it, as the end of a sentence. */
  static String outcome(boolean sent) {
    return sent ? "; whether this call took effect is not known" : "; this call had no effect";
  }
}
