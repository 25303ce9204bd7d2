package dev.polyproc.server.engine.memory;

import dev.polyproc.server.engine.value.ElementSizes;
import dev.polyproc.v1.ElementType;

/**
 * What a segment is made as. Its layout is in docs/shared-memory.md.
 *
 * @param length how many elements it has
 * @param lock the name of the lock that was asked for, if any
 * @param file a part of its file's name that nobody can guess
 */
record SegmentPlan(ElementType type, long length, String lock, String file) {
  /** What stands before the elements. */
  private static final int HEADER_BYTES = 64;

  private static final int PAGE_BYTES = 4_096;

  /** The most elements of a type that every language can map. */
  static long most(ElementType type) {
    return (Integer.MAX_VALUE - HEADER_BYTES) / ElementSizes.of(type);
  }

  /** How many bytes its file has. */
  long bytes() {
    return HEADER_BYTES + length * ElementSizes.of(type);
  }

  /** How much space it takes: whole pages. */
  long space() {
    return (bytes() + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  }
}
