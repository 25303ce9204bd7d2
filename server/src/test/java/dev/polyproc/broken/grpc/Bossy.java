package dev.polyproc.broken.grpc;

import dev.polyproc.broken.admin.Board;

/** Knows the pages. */
public final class Bossy {
  private Bossy() {}

  /** Has one drawn. */
  public static void tell() {
    Board.draw();
  }
}
