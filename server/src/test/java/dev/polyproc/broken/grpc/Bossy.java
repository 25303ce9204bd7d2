package dev.polyproc.broken.grpc;

import dev.polyproc.broken.supervisor.Chatty;

/** Knows the supervisor. */
public final class Bossy {
  private Bossy() {}

  /** Tells it off. */
  public static void tell() {
    Chatty.answer();
  }
}
