package dev.polyproc.broken.supervisor;

import dev.polyproc.broken.grpc.Bossy;

/** Knows the wire. */
public final class Chatty {
  private Chatty() {}

  /** Answers back. */
  public static void answer() {
    Bossy.tell();
  }
}
