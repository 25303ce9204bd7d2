package dev.polyproc.server.engine.object;

/** An object whose holds have tokens, by which the guard of a call may name one. */
public interface Guarding {
  /** Whether it is held under this very token. */
  boolean isHeldUnder(long token);
}
