package dev.polyproc.server.engine.session;

import dev.polyproc.v1.SequenceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of call numbers, kept as ranges: there are about as many as calls that still wait. */
final class SequenceSet {
  private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

  boolean contains(long sequence) {
    if (lastByFirst.isEmpty()) {
      return false; // as it nearly always is
    }
    Map.Entry<Long, Long> range = lastByFirst.floorEntry(sequence);
    return range != null && range.getValue() >= sequence;
  }

  /** Adds the numbers from {@code first} to {@code last}. */
  void add(long first, long last) {
    Map.Entry<Long, Long> before = lastByFirst.floorEntry(first);
    if (before != null && before.getValue() >= first - 1) {
      first = before.getKey();
      last = Math.max(last, before.getValue());
    }
    Map.Entry<Long, Long> next = lastByFirst.ceilingEntry(first);
    while (next != null && next.getKey() - 1 <= last) {
      last = Math.max(last, next.getValue());
      lastByFirst.remove(next.getKey());
      next = lastByFirst.ceilingEntry(first);
    }
    lastByFirst.put(first, last);
  }

  /** Removes all numbers below {@code bound}. */
  void removeBelow(long bound) {
    while (!lastByFirst.isEmpty() && lastByFirst.firstKey() < bound) {
      Map.Entry<Long, Long> lowest = lastByFirst.pollFirstEntry();
      if (lowest != null && lowest.getValue() >= bound) {
        lastByFirst.put(bound, lowest.getValue());
      }
    }
  }

  void clear() {
    lastByFirst.clear();
  }

  int ranges() {
    return lastByFirst.size();
  }

  List<SequenceRange> save() {
    List<SequenceRange> ranges = new ArrayList<>();
    lastByFirst.forEach(
        (first, last) ->
            ranges.add(SequenceRange.newBuilder().setFirst(first).setLast(last).build()));
    return ranges;
  }
}
