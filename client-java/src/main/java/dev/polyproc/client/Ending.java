package dev.polyproc.client;

/** How a session ended, as its calls are told. */
@FunctionalInterface
interface Ending {
  /**
   * The failure of one call.
   *
   * @param sent whether the call was sent, so that the daemon may have executed it
   */
  PolyprocException failure(boolean sent);
}
