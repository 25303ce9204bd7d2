package dev.polyproc.server.engine.call;

/** What a session holds, and must give up at its end: a lock, a reservation, an object. */
public interface Holding {
  /** Its place among all holdings: they are given up in the order in which they were taken. */
  long number();

  /** Gives it up, because the session that holds it ended. */
  void sessionEnded();
}
