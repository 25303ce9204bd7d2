package dev.polyproc.client.internal.collection;

import com.google.protobuf.MessageLite;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.Value;
import java.util.List;

/**
 * Where elements of a list stand next to each other: all of them, or a part. Indexes are the
 * region's, positions those of the whole list.
 */
abstract sealed class ListRegion<E> permits WholeList, ListPart {
  final Requestor requestor;
  final ListRequests<E> requests;

  ListRegion(Requestor requestor, ListRequests<E> requests) {
    this.requestor = requestor;
    this.requests = requests;
  }

  /** Where the region begins. */
  abstract int offset();

  /** The position of an index, which is refused here if that can be told. */
  abstract int position(int index);

  /** The position in front of an index, or behind the last one. */
  abstract int gap(int index);

  /** Where the region ends; absent for the end of the list, wherever that is. */
  abstract ListRange from(int index);

  /** How many elements it has. */
  abstract int size();

  /** So many elements have come through the region, or gone. */
  abstract void grew(int by);

  /** Whether it is the whole list, whatever its size. */
  abstract boolean isWhole();

  final void insert(int position, List<Value> elements) {
    call(ListRequests.SET_SLICE, requests.replace(position, position, elements));
    grew(elements.size());
  }

  /** The position of a value, as the daemon finds it; -1 when it finds none. */
  final int find(Value element, boolean last) {
    ListFindResponse found = call(ListRequests.FIND, finding(element, last));
    return found.hasIndex() ? found.getIndex() : -1;
  }

  final ListFindRequest finding(Value element, boolean last) {
    ListRange region = from(0);
    ListFindRequest.Builder request = requests.find(element, last).toBuilder();
    request.setStart(region.getStart());
    return region.hasStop() ? request.setStop(region.getStop()).build() : request.build();
  }

  /** The values of the region, a page at a time. */
  final Pages<Value> pages() {
    return pages(from(0));
  }

  /** The values of a range, a page at a time. */
  final Pages<Value> pages(ListRange range) {
    return new Pages<>(
        page -> {
          ListSliceResponse found = call(ListRequests.SLICE, requests.slice(range, page));
          return new Pages.Page<>(found.getValuesList(), found.getNextPageToken());
        });
  }

  final E decode(Value value) {
    return requests.codec().decode(value);
  }

  final E taken(Value value) {
    return Codecs.taken(requests.codec(), value);
  }

  /** Makes a call, whose index is told as Java does when it is none. */
  final <Q extends MessageLite, S extends MessageLite> S call(
      Operation<Q, S> operation, Q request) {
    try {
      return requestor.call(operation, request);
    } catch (PolyprocException e) {
      if (e.reason() != ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE) {
        throw e;
      }
      throw (IndexOutOfBoundsException) new IndexOutOfBoundsException(e.getMessage()).initCause(e);
    }
  }
}
