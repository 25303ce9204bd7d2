package dev.polyproc.server.engine.call;

import dev.polyproc.v1.ElementType;

/** Makes happen what an engine asks of whoever has the shared memory of its node. */
public interface SegmentEffects {
  /**
   * A segment should be there; what became of it is reported.
   *
   * @param memory its number, which no other one ever has
   * @param file a part of its file's name that nobody can guess
   * @param length how many elements of the type it has, each 0
   * @param bytes of its file
   */
  void make(long memory, String file, ElementType type, long length, long bytes);

  /** The header of a segment should say how many of its writers died. */
  void mark(long memory, int writersDied);

  /** A segment should not be there. */
  void remove(long memory);
}
