package dev.polyproc.server.memory;

/** What became of the segments that were to be made: each is reported once, by whatever thread. */
public interface Reports {
  /** The segment is there, and its space is taken. */
  void made(long memory);

  /**
   * The segment could not be made.
   *
   * @param isFull whether there was no room for it
   * @param sentence why
   */
  void failed(long memory, boolean isFull, String sentence);
}
