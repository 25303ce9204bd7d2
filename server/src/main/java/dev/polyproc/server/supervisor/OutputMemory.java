package dev.polyproc.server.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The memory for what all processes wrote, and the lock around it.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What all outputs hold, their arrays as they are, is never more than the limit.
 *   <li>Where it is not enough, everything goes that the process which ended first wrote, then the
 *       next one's; when none that ended holds any, the older half of what the largest stream of a
 *       running process holds, unless the one that wants more would be as large: that one then goes
 *       on with the memory it has, and overwrites its own oldest bytes.
 *   <li>Its cost does not grow with the number of processes, but for a logarithm.
 * </ul>
 *
 * <p>Everything here, and in the outputs that it serves, is done while holding it as a monitor. No
 * other lock is taken meanwhile.
 */
final class OutputMemory {
  private final long limit;
  private final List<Set<Ring>> runningBySize = new ArrayList<>();
  private final TreeMap<Long, Output> ended = new TreeMap<>();
  private long ends;
  private long held;

  /** So many bytes for all. */
  OutputMemory(long limit) {
    this.limit = limit;
    for (int size = 0; size <= Integer.SIZE; size++) {
      runningBySize.add(new LinkedHashSet<>());
    }
  }

  /** What one stream may hold at most, where this is wanted. */
  long most(long wanted) {
    return Math.min(wanted, limit);
  }

  /** How much is held. */
  synchronized long held() {
    return held;
  }

  /** Gives a stream memory for so many more bytes, or what there is. */
  void grow(Output output, Ring ring, int more) {
    int wanted = ring.wanted(more);
    while (wanted > ring.size()) {
      if (held - ring.size() + wanted <= limit) {
        resize(output, ring, wanted);
      } else if (!dropOfEnded() && !halveLargest(wanted)) {
        wanted = Ring.smaller(wanted);
      }
    }
  }

  /** Takes back what a stream does not need, as nothing more will come. */
  void trim(Output output, Ring ring) {
    resize(output, ring, (int) (ring.end() - ring.start()));
  }

  /** Takes back all that an output holds. */
  void drop(Output output) {
    output.rings().forEach(ring -> resize(output, ring, 0));
    ended.remove(output.endNumber());
  }

  /** A process has ended: from now on its output goes before that of running ones. */
  long ended(Output output) {
    output.rings().forEach(ring -> bySize(ring).remove(ring));
    ends++;
    if (output.rings().stream().anyMatch(ring -> ring.size() > 0)) {
      ended.put(ends, output);
    }
    return ends;
  }

  private boolean dropOfEnded() {
    Map.Entry<Long, Output> first = ended.firstEntry();
    if (first == null) {
      return false;
    }
    drop(first.getValue());
    return true;
  }

  private boolean halveLargest(int wanted) {
    for (int size = Integer.SIZE; size > 0; size--) {
      for (Ring largest : runningBySize.get(size)) {
        if (largest.size() <= wanted) {
          return false;
        }
        // Of a running process, as all are that are found by size.
        resizeRunning(largest, Ring.smaller(largest.size()));
        return true;
      }
    }
    return false;
  }

  private void resize(Output output, Ring ring, int size) {
    if (output.endNumber() == Output.RUNNING) {
      resizeRunning(ring, size);
    } else {
      held += size - ring.size();
      ring.resize(size);
      if (size > 0) {
        // Descendants may go on writing.
        ended.put(output.endNumber(), output);
      }
    }
  }

  private void resizeRunning(Ring ring, int size) {
    bySize(ring).remove(ring);
    held += size - ring.size();
    ring.resize(size);
    if (size > 0) {
      bySize(ring).add(ring);
    }
  }

  /** Those of which none is twice as large as another. */
  private Set<Ring> bySize(Ring ring) {
    return runningBySize.get(Integer.SIZE - Integer.numberOfLeadingZeros(ring.size()));
  }
}
