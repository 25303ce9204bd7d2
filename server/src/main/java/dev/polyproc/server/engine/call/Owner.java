package dev.polyproc.server.engine.call;

/**
 * Who calls, waits or holds.
 *
 * @param session the number of its session; 0: none
 * @param name the thread or task in it
 */
public record Owner(long session, String name) {
  /** Whether it can be told from others: without a session anybody may be anybody. */
  public boolean isKnown() {
    return session != 0;
  }
}
