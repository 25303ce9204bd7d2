package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list as the model sees it. */
final class ModelList extends ModelCollection {
  /** Further than any list of a run is long. */
  private static final long FAR = 1_000;

  final List<Value> values = new ArrayList<>();

  ModelList(Model model, ListCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getList(), shape.getLifetime(), session);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_LIST;
  }

  @Override
  List<Value> values() {
    return values;
  }

  /** The position of an index that must be there. */
  int position(long index) {
    return position(index, values.size());
  }

  /** The same in what has so many. */
  static int position(long index, int size) {
    long position = index < 0 ? size + index : index;
    if (position < 0 || position >= size) {
      throw new Refused(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    }
    return (int) position;
  }

  /** The position at which an index cuts the list, whether it is there or not. */
  int cut(long index) {
    long position = index < 0 ? values.size() + index : index;
    return (int) Math.max(0, Math.min(values.size(), position));
  }

  static boolean isWhole(ListRange range) {
    return !range.hasStep() || range.getStep() == 1;
  }

  /** The positions of a slice, in its order. */
  List<Integer> positions(ListRange range) {
    return positions(range, values.size());
  }

  /** The same in what has so many. */
  static List<Integer> positions(ListRange range, int size) {
    if (range.getStrict()
        && (liesBeyond(range.getStart(), size) || liesBeyond(range.getStop(), size))) {
      throw new Refused(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    }
    long step = range.hasStep() ? Math.max(-FAR, Math.min(FAR, range.getStep())) : 1;
    if (step == 0) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    // Downwards a slice begins at the last value at most, and ends before the first.
    long shift = step > 0 ? 0 : -1;
    long from = step > 0 ? 0 : size - 1;
    long to = step > 0 ? size : -1;
    if (range.hasStart()) {
      from = bound(range.getStart(), shift, size);
    }
    if (range.hasStop()) {
      to = bound(range.getStop(), shift, size);
    }
    List<Integer> positions = new ArrayList<>();
    for (long at = from; step > 0 ? at < to : at > to; at += step) {
      positions.add((int) at);
    }
    return positions;
  }

  private static boolean liesBeyond(long index, int size) {
    return index > size || index < -size;
  }

  private static long bound(long index, long shift, int size) {
    long position = index < 0 ? size + index : index;
    return Math.max(shift, Math.min(size + shift, position));
  }

  void requireRoom(long size) {
    if (size > model.limits.getListItems()) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
  }

  /** Puts values in at a position. */
  void insert(int position, List<Value> others) {
    others.forEach(ModelValues::requireStorable);
    requireRoom(values.size() + others.size());
    values.addAll(position, others);
  }

  /** The values of positions. */
  List<Value> at(List<Integer> positions) {
    return positions.stream().map(values::get).toList();
  }

  /** Removes the values of positions. */
  void removeAll(List<Integer> positions) {
    List<Value> kept = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (!positions.contains(i)) {
        kept.add(values.get(i));
      }
    }
    values.clear();
    values.addAll(kept);
  }
}
