package dev.polyproc.client.internal.collection;

import dev.polyproc.v1.ListRange;
import java.util.Objects;

/**
 * Some elements of a list, live. It knows how many they are from the changes made through it; as
 * with any sublist, when others insert or remove in front of it, other elements stand there.
 */
final class ListPart<E> extends ListRegion<E> {
  private final ListRegion<E> parent;
  private final int first;
  private int size;

  ListPart(ListRegion<E> parent, int first, int size) {
    super(parent.requestor, parent.requests);
    this.parent = parent;
    this.first = first;
    this.size = size;
  }

  @Override
  int offset() {
    return parent.offset() + first;
  }

  @Override
  int position(int index) {
    return offset() + Objects.checkIndex(index, size);
  }

  @Override
  int gap(int index) {
    return offset() + Objects.checkIndex(index, size + 1);
  }

  @Override
  ListRange from(int index) {
    return ListRange.newBuilder().setStart(offset() + index).setStop(offset() + size).build();
  }

  @Override
  void grew(int by) {
    size += by;
    parent.grew(by);
  }

  @Override
  int size() {
    return size;
  }

  @Override
  boolean isWhole() {
    return false;
  }

  @Override
  public String toString() {
    return parent + ".subList(" + first + ", " + (first + size) + ")";
  }
}
