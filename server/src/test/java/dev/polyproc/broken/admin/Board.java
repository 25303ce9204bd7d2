package dev.polyproc.broken.admin;

/** A page that the network should not draw. */
public final class Board {
  private Board() {}

  /** Draws it. */
  public static void draw() {}
}
