package dev.polyproc.client.internal.collection;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.ListRange;

/** All elements of a list: the daemon knows how many there are. */
final class WholeList<E> extends ListRegion<E> {
  WholeList(Requestor requestor, ListRequests<E> requests) {
    super(requestor, requests);
  }

  @Override
  int offset() {
    return 0;
  }

  @Override
  int position(int index) {
    return ListRequests.position(index);
  }

  @Override
  int gap(int index) {
    return position(index);
  }

  @Override
  ListRange from(int index) {
    return ListRange.newBuilder().setStart(index).build();
  }

  @Override
  int size() {
    return requestor.call(ListRequests.SIZE, requests.size()).getSize();
  }

  @Override
  void grew(int by) {
    // The daemon knows how many there are.
  }

  @Override
  boolean isWhole() {
    return true;
  }

  @Override
  public String toString() {
    return "PolyList '" + requests.name() + "'";
  }
}
