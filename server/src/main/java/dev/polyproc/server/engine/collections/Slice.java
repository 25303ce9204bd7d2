package dev.polyproc.server.engine.collections;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ListRange;

/**
 * Positions of a list at equal distances: what Python's {@code slice.indices} makes of start, stop
 * and step.
 *
 * @param start the first position, if there is one
 * @param step from one to the next, not 0
 * @param count how many
 */
record Slice(int start, int step, int count) {
  /** No step needs to be larger than a list. */
  private static final long LARGEST_STEP = Integer.MAX_VALUE;

  /** The positions of a range in a list of a size. */
  static Slice of(ListRange range, int size) {
    long step = range.hasStep() ? range.getStep() : 1;
    if (step == 0) {
      throw Refusal.argument("step", "Expected a step that is not 0, but it is 0");
    }
    step = Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step));
    long lowest = step > 0 ? 0 : -1;
    long highest = step > 0 ? size : size - 1L;
    long first = step > 0 ? lowest : highest;
    long last = step > 0 ? highest : lowest;
    long start = range.hasStart() ? within(range.getStart(), size, lowest, highest) : first;
    long stop = range.hasStop() ? within(range.getStop(), size, lowest, highest) : last;
    long distance = step > 0 ? stop - start : start - stop;
    long count = distance <= 0 ? 0 : (distance - 1) / Math.abs(step) + 1;
    return new Slice((int) start, (int) step, (int) count);
  }

  private static long within(long index, int size, long lowest, long highest) {
    long position = index < 0 ? index + size : index;
    return Math.max(lowest, Math.min(highest, position));
  }

  /** The position of the slice's value number {@code i}. */
  int position(int i) {
    return start + i * step;
  }

  /** The same positions, the lowest first. */
  Slice upward() {
    return step > 0 || count == 0 ? this : new Slice(position(count - 1), -step, count);
  }
}
