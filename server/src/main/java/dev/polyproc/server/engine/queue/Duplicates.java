package dev.polyproc.server.engine.queue;

import java.util.BitSet;
import java.util.List;

/** The positions of the items of a batch that are not put, as their unique keys are taken. */
final class Duplicates {
  /** Of a batch of which all are put. */
  static final Duplicates NONE = new Duplicates(new BitSet(0));

  private final BitSet positions;

  private Duplicates(BitSet positions) {
    this.positions = positions;
  }

  /** Those of some positions. */
  static Duplicates at(BitSet positions) {
    return positions.isEmpty() ? NONE : new Duplicates((BitSet) positions.clone());
  }

  boolean isEmpty() {
    return positions.isEmpty();
  }

  /** Whether the item at a position is one. */
  boolean has(int position) {
    return positions.get(position);
  }

  /** How many they are. */
  int count() {
    return positions.cardinality();
  }

  /** Their positions, the lowest first. */
  List<Integer> positions() {
    return positions.isEmpty() ? List.of() : positions.stream().boxed().toList();
  }
}
