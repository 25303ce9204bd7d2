package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.ListState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * A list: values by position.
 *
 * <p><b>Invariant</b>: what it took out of the budget is the sum of what its values cost.
 */
final class SharedList extends PassiveObject {
  static final Kind<SharedList> KIND = new Kind<>(ObjectKind.OBJECT_KIND_LIST, SharedList.class);

  private static final int SMALL = 64;

  /** It has room for at most about so many times its values. */
  private static final int SPARE = 4;

  private ArrayList<Value> values = new ArrayList<>();

  /** How long it has been since it was last fitted. */
  private int room;

  private long cost;

  SharedList(Header header) {
    super(header);
  }

  static SharedList restored(Header header, ListState state) {
    SharedList list = new SharedList(header);
    list.values.addAll(state.getValuesList());
    list.cost = costOf(list.values);
    list.world().budget().chargeAlways(list.cost);
    return list;
  }

  int size() {
    return values.size();
  }

  Value get(int position) {
    return values.get(position);
  }

  /** The position of an index, as Python counts. */
  int position(long index) {
    return Positions.of(index, values.size(), this);
  }

  /** The positions of a range; of a strict one only those that are there. */
  Slice slice(ListRange range) {
    return Positions.of(range, values.size(), this);
  }

  /** Replaces a value; answers the one before. */
  Value set(int position, Value value) {
    charge(Values.cost(value) - Values.cost(values.get(position)));
    return exchange(position, value);
  }

  /** Replaces the values from one position to before another by others, however many. */
  void replace(int from, int to, List<Value> others) {
    List<Value> replaced = values.subList(from, to);
    stepped(replaced.size() + 2L * others.size());
    requireRoom((long) values.size() - replaced.size() + others.size());
    charge(costOf(others) - costOf(replaced));
    world().references().addAll(others);
    world().references().removeAll(replaced);
    replaced.clear();
    values.addAll(from, others);
    fit();
  }

  /** Replaces the values of a slice by as many others. */
  void replace(Slice slice, List<Value> others) {
    long added = costOf(others);
    stepped(2L * slice.count());
    for (int i = 0; i < slice.count(); i++) {
      added -= Values.cost(values.get(slice.position(i)));
    }
    charge(added);
    for (int i = 0; i < slice.count(); i++) {
      exchange(slice.position(i), others.get(i));
    }
  }

  private Value exchange(int position, Value value) {
    Value before = values.set(position, value);
    world().references().add(value);
    world().references().remove(before);
    return before;
  }

  /** Removes the values of a slice. */
  void remove(Slice slice) {
    stepped(values.size());
    Slice upward = slice.upward();
    ArrayList<Value> kept = new ArrayList<>(values.size() - upward.count());
    long removed = 0;
    int next = 0;
    for (int position = 0; position < values.size(); position++) {
      if (next < upward.count() && upward.position(next) == position) {
        next++;
        removed += Values.cost(values.get(position));
        world().references().remove(values.get(position));
      } else {
        kept.add(values.get(position));
      }
    }
    charge(-removed);
    values = kept;
    room = kept.size();
  }

  /** Removes a value, and answers it. */
  Value remove(int position) {
    Value removed = values.remove(position);
    charge(-Values.cost(removed));
    world().references().remove(removed);
    fit();
    return removed;
  }

  /** A list that was long once does not keep the room for that. */
  private void fit() {
    room = Math.max(room, values.size());
    if (room > SMALL && values.size() < room / SPARE) {
      values.trimToSize();
      room = values.size();
    }
  }

  /** The first position from one to before another whose value is equal; -1 when there is none. */
  int find(ValueKey value, int from, int to) {
    for (int position = from; position < to; position++) {
      stepped(1);
      if (ValueKey.of(values.get(position)).equals(value)) {
        return position;
      }
    }
    return -1;
  }

  /** {@link #find} from the end. */
  int findLast(ValueKey value, int from, int to) {
    for (int position = to - 1; position >= from; position--) {
      stepped(1);
      if (ValueKey.of(values.get(position)).equals(value)) {
        return position;
      }
    }
    return -1;
  }

  /** Removes all values; answers how many there were. */
  int clear() {
    int removed = values.size();
    stepped(removed);
    world().references().removeAll(values);
    values = new ArrayList<>();
    room = 0;
    charge(-cost);
    return removed;
  }

  void reverse() {
    stepped(values.size());
    Collections.reverse(values);
  }

  /** Sorts the values; none has moved when two of them have no order. */
  void sort(Comparator<Value> order) {
    int most = world().limits().getSortItems();
    if (values.size() > most) {
      throw Refusal.limit("sort_items", most, "values to sort");
    }
    long mostBytes = world().limits().getSortBytes();
    long bytes = 0;
    for (Value value : values) {
      bytes += value.getSerializedSize();
    }
    if (bytes > mostBytes) {
      throw Refusal.limit("sort_bytes", mostBytes, "bytes to sort");
    }
    world().turn().worked(values.size());
    ArrayList<Value> sorted = new ArrayList<>(values);
    sorted.sort(order);
    values = sorted;
  }

  /** Has its values so many times, one time after the other. */
  void repeat(long times) {
    if (times <= 0) {
      clear();
      return;
    }
    if (values.isEmpty()) {
      return; // However often: nothing is added, but that would take its time.
    }
    requireRoom(
        Math.multiplyHigh(values.size(), times) != 0 ? Long.MAX_VALUE : values.size() * times);
    stepped(values.size() * times);
    List<Value> once = List.copyOf(values);
    charge(cost * (times - 1));
    for (long time = 1; time < times; time++) {
      values.addAll(once);
      world().references().addAll(once);
    }
  }

  private void stepped(long steps) {
    world().turn().stepped(steps);
  }

  private void requireRoom(long size) {
    int most = world().limits().getListItems();
    if (size < 0 || size > most) {
      throw Refusal.limit("list_items", most, "values in the list");
    }
  }

  private void charge(long added) {
    if (added > 0) {
      world().budget().charge(added);
    } else {
      world().budget().release(-added);
    }
    cost += added;
  }

  private static long costOf(List<Value> values) {
    long cost = 0;
    for (Value value : values) {
      cost += Values.cost(value);
    }
    return cost;
  }

  // The object.

  @Override
  protected void forEachValue(Consumer<Value> action) {
    values.forEach(action);
  }

  @Override
  protected boolean giveBackSome() {
    if (values.isEmpty()) {
      return false;
    }
    remove(values.size() - 1);
    return true;
  }

  @Override
  protected String summary() {
    return values.size() + " values";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setList(ListState.newBuilder().addAllValues(values));
  }

  @Override
  protected void check() {
    World.require(costOf(values) == cost, "a list's cost is that of its values");
  }
}
