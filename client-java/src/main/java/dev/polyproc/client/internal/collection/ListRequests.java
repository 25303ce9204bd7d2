package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.request.Swap;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ListAddRequest;
import dev.polyproc.v1.ListAddResponse;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListClearRequest;
import dev.polyproc.v1.ListClearResponse;
import dev.polyproc.v1.ListCompareAndSetRequest;
import dev.polyproc.v1.ListCompareAndSetResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListDeleteResponse;
import dev.polyproc.v1.ListDeleteSliceRequest;
import dev.polyproc.v1.ListDeleteSliceResponse;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListExtendResponse;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListGetRequest;
import dev.polyproc.v1.ListGetResponse;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListRemoveRequest;
import dev.polyproc.v1.ListRemoveResponse;
import dev.polyproc.v1.ListReverseRequest;
import dev.polyproc.v1.ListReverseResponse;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.ListSetRequest;
import dev.polyproc.v1.ListSetResponse;
import dev.polyproc.v1.ListSetSliceRequest;
import dev.polyproc.v1.ListSetSliceResponse;
import dev.polyproc.v1.ListSizeRequest;
import dev.polyproc.v1.ListSizeResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.ListSortRequest;
import dev.polyproc.v1.ListSortResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Objects;

/**
 * What a {@code PolyList} asks of the daemon. Positions are those of the whole list.
 *
 * @param name the list's name
 * @param codec writes its elements
 */
public record ListRequests<E>(String name, Codec<E> codec) {
  public static final Operation<ListCreateRequest, ListCreateResponse> CREATE =
      Operation.of(ListServiceGrpc.getCreateMethod());
  public static final Operation<ListGetRequest, ListGetResponse> GET =
      Operation.of(ListServiceGrpc.getGetMethod());
  public static final Operation<ListSetRequest, ListSetResponse> SET =
      Operation.of(ListServiceGrpc.getSetMethod());
  public static final Operation<ListDeleteRequest, ListDeleteResponse> DELETE =
      Operation.of(ListServiceGrpc.getDeleteMethod());
  public static final Operation<ListAppendRequest, ListAppendResponse> APPEND =
      Operation.of(ListServiceGrpc.getAppendMethod());
  public static final Operation<ListExtendRequest, ListExtendResponse> EXTEND =
      Operation.of(ListServiceGrpc.getExtendMethod());
  public static final Operation<ListPopRequest, ListPopResponse> POP =
      Operation.of(ListServiceGrpc.getPopMethod());
  public static final Operation<ListRemoveRequest, ListRemoveResponse> REMOVE =
      Operation.of(ListServiceGrpc.getRemoveMethod());
  public static final Operation<ListFindRequest, ListFindResponse> FIND =
      Operation.of(ListServiceGrpc.getFindMethod());
  public static final Operation<ListSizeRequest, ListSizeResponse> SIZE =
      Operation.of(ListServiceGrpc.getSizeMethod());
  public static final Operation<ListClearRequest, ListClearResponse> CLEAR =
      Operation.of(ListServiceGrpc.getClearMethod());
  public static final Operation<ListReverseRequest, ListReverseResponse> REVERSE =
      Operation.of(ListServiceGrpc.getReverseMethod());
  public static final Operation<ListSortRequest, ListSortResponse> SORT =
      Operation.of(ListServiceGrpc.getSortMethod());
  public static final Operation<ListSliceRequest, ListSliceResponse> SLICE =
      Operation.of(ListServiceGrpc.getSliceMethod());
  public static final Operation<ListSetSliceRequest, ListSetSliceResponse> SET_SLICE =
      Operation.of(ListServiceGrpc.getSetSliceMethod());
  public static final Operation<ListDeleteSliceRequest, ListDeleteSliceResponse> DELETE_SLICE =
      Operation.of(ListServiceGrpc.getDeleteSliceMethod());
  public static final Operation<ListCompareAndSetRequest, ListCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(ListServiceGrpc.getCompareAndSetMethod());
  public static final Operation<ListAddRequest, ListAddResponse> ADD =
      Operation.of(ListServiceGrpc.getAddMethod());

  /** The position of an index, which Java counts from the front. */
  public static int position(int index) {
    if (index < 0) {
      throw new IndexOutOfBoundsException(
          "Expected an index of 0 or more, but " + index + " is negative");
    }
    return index;
  }

  /** What the daemon says to a swap. */
  public static Swap.Answer answer(ListCompareAndSetResponse response) {
    return new Swap.Answer(
        response.getSwapped(), response.hasCurrent() ? response.getCurrent() : null);
  }

  /** The value for an element, which is not null. */
  public Value element(E element) {
    return codec.encode(Objects.requireNonNull(element, "Expected an element, but it is null"));
  }

  /** What a swap expects. */
  public Swap<E> expecting(E expected) {
    return new Swap<>(codec, expected, element(expected));
  }

  public ListGetRequest get(int position) {
    return ListGetRequest.newBuilder().setList(name).setIndex(position).build();
  }

  public ListSetRequest set(int position, E element) {
    return ListSetRequest.newBuilder()
        .setList(name)
        .setIndex(position)
        .setValue(element(element))
        .setReturnPrevious(true)
        .build();
  }

  ListDeleteRequest delete(int position, Value expected) {
    return ListDeleteRequest.newBuilder()
        .setList(name)
        .setIndex(position)
        .setExpected(expected)
        .build();
  }

  public ListAppendRequest append(E element) {
    return ListAppendRequest.newBuilder().setList(name).setValue(element(element)).build();
  }

  public ListExtendRequest extend(List<Value> elements) {
    return ListExtendRequest.newBuilder().setList(name).addAllValues(elements).build();
  }

  public ListPopRequest pop(int position) {
    return ListPopRequest.newBuilder().setList(name).setIndex(position).build();
  }

  public ListRemoveRequest remove(Value element) {
    return ListRemoveRequest.newBuilder().setList(name).setValue(element).build();
  }

  /** Finds in the whole list. */
  public ListFindRequest find(Value element, boolean last) {
    return ListFindRequest.newBuilder().setList(name).setValue(element).setLast(last).build();
  }

  public ListSizeRequest size() {
    return ListSizeRequest.newBuilder().setList(name).build();
  }

  public ListClearRequest clear() {
    return ListClearRequest.newBuilder().setList(name).build();
  }

  public ListReverseRequest reverse() {
    return ListReverseRequest.newBuilder().setList(name).build();
  }

  public ListSortRequest sort() {
    return ListSortRequest.newBuilder().setList(name).build();
  }

  /** A page of what lies between two positions, or between one and the end. */
  ListSliceRequest slice(ListRange range, String page) {
    return ListSliceRequest.newBuilder().setList(name).setRange(range).setPageToken(page).build();
  }

  /** Replaces what lies between two positions that are there. */
  public ListSetSliceRequest replace(int from, int to, List<Value> elements) {
    return ListSetSliceRequest.newBuilder()
        .setList(name)
        .setRange(range(from, to))
        .addAllValues(elements)
        .build();
  }

  /** Removes what lies between two positions that are there. */
  ListDeleteSliceRequest deleteRange(int from, int to) {
    return ListDeleteSliceRequest.newBuilder().setList(name).setRange(range(from, to)).build();
  }

  public ListCompareAndSetRequest compareAndSet(int position, Value expected, Value value) {
    return ListCompareAndSetRequest.newBuilder()
        .setList(name)
        .setIndex(position)
        .setExpected(expected)
        .setValue(value)
        .build();
  }

  public ListAddRequest add(int position, E amount, int bits) {
    return ListAddRequest.newBuilder()
        .setList(name)
        .setIndex(position)
        .setAmount(element(amount))
        .setBits(bits)
        .build();
  }

  private static ListRange range(int from, int to) {
    return ListRange.newBuilder().setStart(from).setStop(to).setStrict(true).build();
  }
}
