package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListAddRequest;
import dev.polyproc.v1.ListAddResponse;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListClearRequest;
import dev.polyproc.v1.ListClearResponse;
import dev.polyproc.v1.ListCompareAndSetRequest;
import dev.polyproc.v1.ListCompareAndSetResponse;
import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCountResponse;
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
import dev.polyproc.v1.ListInsertRequest;
import dev.polyproc.v1.ListInsertResponse;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListRemoveRequest;
import dev.polyproc.v1.ListRemoveResponse;
import dev.polyproc.v1.ListRepeatRequest;
import dev.polyproc.v1.ListRepeatResponse;
import dev.polyproc.v1.ListReverseRequest;
import dev.polyproc.v1.ListReverseResponse;
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
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ListTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  @BeforeEach
  void createList() {
    var created =
        call(
            "Create",
            ListCreateRequest.newBuilder().setList("l").build(),
            ListCreateResponse.getDefaultInstance());
    assertThat(created.response().getCreated()).isTrue();
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return a.call("ListService/" + method, request, prototype);
  }

  private Pending<ListExtendResponse> extend(List<?> values) {
    ListExtendRequest.Builder request = ListExtendRequest.newBuilder().setList("l");
    values.forEach(value -> request.addValues(Plain.value(value)));
    return call("Extend", request.build(), ListExtendResponse.getDefaultInstance());
  }

  private Pending<ListGetResponse> get(long index) {
    return call(
        "Get",
        ListGetRequest.newBuilder().setList("l").setIndex(index).build(),
        ListGetResponse.getDefaultInstance());
  }

  private Pending<ListPopResponse> pop(@Nullable Long index) {
    ListPopRequest.Builder request = ListPopRequest.newBuilder().setList("l");
    if (index != null) {
      request.setIndex(index);
    }
    return call("Pop", request.build(), ListPopResponse.getDefaultInstance());
  }

  private Pending<ListInsertResponse> insert(long index, Object value) {
    return call(
        "Insert",
        ListInsertRequest.newBuilder()
            .setList("l")
            .setIndex(index)
            .setValue(Plain.value(value))
            .build(),
        ListInsertResponse.getDefaultInstance());
  }

  private Pending<ListSetSliceResponse> setSlice(ListRange range, Object... values) {
    ListSetSliceRequest.Builder request =
        ListSetSliceRequest.newBuilder().setList("l").setRange(range);
    for (Object value : values) {
      request.addValues(Plain.value(value));
    }
    return call("SetSlice", request.build(), ListSetSliceResponse.getDefaultInstance());
  }

  private Pending<ListSortResponse> sort(boolean reverse) {
    return call(
        "Sort",
        ListSortRequest.newBuilder().setList("l").setReverse(reverse).build(),
        ListSortResponse.getDefaultInstance());
  }

  private List<Object> slice(ListRange range, int pageSize) {
    List<Object> values = new ArrayList<>();
    String token = "";
    do {
      ListSliceResponse page =
          call(
                  "Slice",
                  ListSliceRequest.newBuilder()
                      .setList("l")
                      .setRange(range)
                      .setPageSize(pageSize)
                      .setPageToken(token)
                      .build(),
                  ListSliceResponse.getDefaultInstance())
              .response();
      page.getValuesList().forEach(value -> values.add(Plain.object(value)));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return values;
  }

  private List<Object> content() {
    return slice(ListRange.getDefaultInstance(), 0);
  }

  private static ListRange range(long start, long stop) {
    return ListRange.newBuilder().setStart(start).setStop(stop).build();
  }

  @Test
  void shouldKeepValuesInTheirOrder() {
    assertThat(extend(List.of("a", 1, 2.5)).response().getSize()).isEqualTo(3);
    var appended =
        call(
            "Append",
            ListAppendRequest.newBuilder().setList("l").setValue(Plain.value("z")).build(),
            ListAppendResponse.getDefaultInstance());
    assertThat(appended.response().getSize()).isEqualTo(4);

    assertThat(content()).containsExactly("a", 1L, 2.5, "z");
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("4 values");
    assertThat(
            call(
                    "Size",
                    ListSizeRequest.newBuilder().setList("l").build(),
                    ListSizeResponse.getDefaultInstance())
                .response()
                .getSize())
        .isEqualTo(4);
  }

  @Test
  void shouldCountIndexesFromBothEnds() {
    extend(List.of("a", "b", "c"));

    assertThat(get(0).response().getValue().getText()).isEqualTo("a");
    assertThat(get(-1).response().getValue().getText()).isEqualTo("c");
    for (long index : new long[] {3, -4, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(get(index).reason()).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    }
    assertThat(get(3).sentence())
        .isEqualTo(
            "Expected an index of one of 3 values, but 3 is the index of none; the first is 0, the"
                + " last -1");
  }

  @Test
  void shouldReplaceAndRemove() {
    extend(List.of("a", "b", "c"));
    var set =
        call(
            "Set",
            ListSetRequest.newBuilder()
                .setList("l")
                .setIndex(-2)
                .setValue(Plain.value("B"))
                .setReturnPrevious(true)
                .build(),
            ListSetResponse.getDefaultInstance());
    assertThat(set.response().getPrevious().getText()).isEqualTo("b");

    var deleted =
        call(
            "Delete",
            ListDeleteRequest.newBuilder().setList("l").setIndex(0).build(),
            ListDeleteResponse.getDefaultInstance());
    assertThat(deleted.response().getDeleted()).isTrue();
    assertThat(content()).containsExactly("B", "c");
  }

  @Test
  void shouldRemoveOnlyWhatIsExpected() {
    extend(List.of("a", "b"));

    assertThat(delete(0, "b").response().getDeleted()).isFalse();
    assertThat(content()).containsExactly("a", "b");
    assertThat(delete(0, "a").response().getDeleted()).isTrue();
    assertThat(content()).containsExactly("b");
    assertThat(delete(1, "b").reason()).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
  }

  private Pending<ListDeleteResponse> delete(long index, Object expected) {
    return call(
        "Delete",
        ListDeleteRequest.newBuilder()
            .setList("l")
            .setIndex(index)
            .setExpected(Plain.value(expected))
            .build(),
        ListDeleteResponse.getDefaultInstance());
  }

  @Test
  void shouldInsertAsPythonDoes() {
    extend(List.of("b"));
    insert(0, "a");
    insert(-1, "a2");
    insert(100, "z");
    insert(-100, "first");

    assertThat(content()).containsExactly("first", "a", "a2", "b", "z");
  }

  @Test
  void shouldPop() {
    assertThat(pop(null).response().hasValue()).as("of an empty list").isFalse();
    extend(List.of(1, 2, 3));

    assertThat(pop(null).response().getValue().getInt()).isEqualTo(3);
    assertThat(pop(0L).response().getValue().getInt()).isEqualTo(1);
    assertThat(pop(5L).reason()).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(content()).containsExactly(2L);
  }

  @Test
  void shouldFindCountAndRemoveByPythonsEquality() {
    extend(List.of(1, 1.0, true, "1", List.of(1)));
    var count =
        call(
            "Count",
            ListCountRequest.newBuilder().setList("l").setValue(Plain.value(1)).build(),
            ListCountResponse.getDefaultInstance());
    assertThat(count.response().getCount()).isEqualTo(3);
    assertThat(find(List.of(1.0), null, null).getIndex()).isEqualTo(4);
    assertThat(find(1, 1L, null).getIndex()).isEqualTo(1);
    assertThat(find(1, -2L, null).hasIndex()).isFalse();
    assertThat(find("1", null, 3L).hasIndex()).isFalse();

    var removed =
        call(
            "Remove",
            ListRemoveRequest.newBuilder().setList("l").setValue(Plain.value(true)).build(),
            ListRemoveResponse.getDefaultInstance());
    assertThat(removed.response().getRemoved()).isTrue();
    assertThat(content()).containsExactly(1.0, true, "1", List.of(1L));
  }

  private ListFindResponse find(Object value, @Nullable Long start, @Nullable Long stop) {
    ListFindRequest.Builder request =
        ListFindRequest.newBuilder().setList("l").setValue(Plain.value(value));
    if (start != null) {
      request.setStart(start);
    }
    if (stop != null) {
      request.setStop(stop);
    }
    return call("Find", request.build(), ListFindResponse.getDefaultInstance()).response();
  }

  @Test
  void shouldFindTheLastEqualValue() {
    extend(List.of(1, "x", 1.0, "y"));

    assertThat(findLast(1, 4).getIndex()).isEqualTo(2);
    assertThat(findLast(1, 2).getIndex()).isEqualTo(0);
    assertThat(findLast("z", 4).hasIndex()).isFalse();
  }

  private ListFindResponse findLast(Object value, long stop) {
    return call(
            "Find",
            ListFindRequest.newBuilder()
                .setList("l")
                .setValue(Plain.value(value))
                .setStop(stop)
                .setLast(true)
                .build(),
            ListFindResponse.getDefaultInstance())
        .response();
  }

  @Test
  void shouldRefuseStrictSliceBeyondTheList() {
    extend(List.of("a", "b"));
    ListRange beyond = range(3, 3).toBuilder().setStrict(true).build();

    assertThat(setSlice(beyond, "c").sentence())
        .isEqualTo("Expected a slice within 2 values, but 3 lies beyond");
    assertThat(setSlice(beyond, "c").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(setSlice(range(-3, 0).toBuilder().setStrict(true).build()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    setSlice(range(2, 2).toBuilder().setStrict(true).build(), "c");
    assertThat(content()).containsExactly("a", "b", "c");
  }

  @Test
  void shouldListSlicesByPages() {
    extend(List.of(0, 1, 2, 3, 4, 5, 6));

    assertThat(slice(ListRange.newBuilder().setStep(-2).build(), 3))
        .containsExactly(6L, 4L, 2L, 0L);
    assertThat(slice(range(2, -2), 1)).containsExactly(2L, 3L, 4L);
    assertThat(slice(range(5, 2), 1)).isEmpty();
    assertThat(
            call(
                    "Slice",
                    ListSliceRequest.newBuilder()
                        .setList("l")
                        .setRange(ListRange.newBuilder().setStep(0))
                        .build(),
                    ListSliceResponse.getDefaultInstance())
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldReplaceSlicesByMoreFewerAndAsMany() {
    extend(List.of(0, 1, 2, 3, 4));

    setSlice(range(1, 3), "a", "b", "c");
    assertThat(content()).containsExactly(0L, "a", "b", "c", 3L, 4L);
    setSlice(range(1, 4));
    assertThat(content()).containsExactly(0L, 3L, 4L);
    setSlice(range(2, 0), "at 2");
    assertThat(content()).containsExactly(0L, 3L, "at 2", 4L);

    ListRange odd = ListRange.newBuilder().setStart(3).setStep(-2).build();
    setSlice(odd, "last", "first");
    assertThat(content()).containsExactly(0L, "first", "at 2", "last");
    assertThat(setSlice(odd, "one").sentence())
        .isEqualTo("Expected 2 values for a slice with a step, but there are 1");
  }

  @Test
  void shouldRemoveSlices() {
    extend(List.of(0, 1, 2, 3, 4, 5));
    var removed =
        call(
            "DeleteSlice",
            ListDeleteSliceRequest.newBuilder()
                .setList("l")
                .setRange(ListRange.newBuilder().setStep(-2))
                .build(),
            ListDeleteSliceResponse.getDefaultInstance());

    assertThat(removed.response().getRemoved()).isEqualTo(3);
    assertThat(content()).containsExactly(0L, 2L, 4L);
  }

  @Test
  void shouldSortStably() {
    extend(List.of(3, 1.0, true, -2, 1, new BigInteger("99999999999999999999"), 0.5));
    sort(false);
    assertThat(content())
        .containsExactly(-2L, 0.5, 1.0, true, 1L, 3L, new BigInteger("99999999999999999999"));
    sort(true);
    assertThat(content())
        .as("equal ones keep their order")
        .containsExactly(new BigInteger("99999999999999999999"), 3L, 1.0, true, 1L, 0.5, -2L);
  }

  @Test
  void shouldSortNumbersExactlyAndNanLast() {
    BigInteger huge = BigInteger.TEN.pow(400);
    extend(
        List.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            huge,
            9007199254740993L,
            9007199254740992.0,
            huge.negate(),
            Double.NEGATIVE_INFINITY));
    sort(false);

    assertThat(content())
        .containsExactly(
            Double.NEGATIVE_INFINITY,
            huge.negate(),
            9007199254740992.0,
            9007199254740993L,
            huge,
            Double.POSITIVE_INFINITY,
            Double.NaN);
  }

  @Test
  void shouldSortTextsByCodePointsAndOthersByTheirParts() {
    extend(List.of("\uff5e", "\ud83d\ude00", "b", "ab", "a", ""));
    sort(false);
    assertThat(content()).containsExactly("", "a", "ab", "b", "\uff5e", "\ud83d\ude00");

    clear();
    extend(List.of(List.of(1, "b"), List.of(1.0, "a"), List.of(1), List.of(0, 9, 9)));
    sort(false);
    assertThat(content())
        .containsExactly(List.of(0L, 9L, 9L), List.of(1L), List.of(1.0, "a"), List.of(1L, "b"));

    clear();
    ByteString high = ByteString.copyFrom(new byte[] {(byte) 0x80});
    ByteString low = ByteString.copyFrom(new byte[] {0x7f, 0x00});
    extend(List.of(high, low));
    sort(false);
    assertThat(content()).containsExactly(low, high);
  }

  @Test
  void shouldLeaveTheListWhenTwoValuesHaveNoOrder() {
    extend(List.of(3, 1, "text", 2));

    assertThat(sort(false).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_COMPARABLE);
    assertThat(content()).containsExactly(3L, 1L, "text", 2L);
    assertThat(sort(false).sentence()).startsWith("Expected values that have an order, but");
  }

  private int clear() {
    return call(
            "Clear",
            ListClearRequest.newBuilder().setList("l").build(),
            ListClearResponse.getDefaultInstance())
        .response()
        .getRemoved();
  }

  @Test
  void shouldReverseRepeatAndClear() {
    extend(List.of(1, 2));
    assertThat(
            call(
                    "Reverse",
                    ListReverseRequest.newBuilder().setList("l").build(),
                    ListReverseResponse.getDefaultInstance())
                .response())
        .isNotNull();
    assertThat(repeat(3).response().getSize()).isEqualTo(6);
    assertThat(content()).containsExactly(2L, 1L, 2L, 1L, 2L, 1L);
    assertThat(clear()).isEqualTo(6);
    extend(List.of(1));
    assertThat(repeat(-5).response().getSize()).isZero();
    assertThat(repeat(Long.MAX_VALUE).response().getSize()).as("nothing, and at once").isZero();
    assertThat(world.storedBytes()).as("but for replies").isLessThan(10_000);
  }

  @Test
  void shouldRepeatAnEmptyListInNoTime() {
    assertThat(repeat(Long.MAX_VALUE).response().getSize()).isZero();
    assertThat(content()).isEmpty();
  }

  private Pending<ListRepeatResponse> repeat(long times) {
    return call(
        "Repeat",
        ListRepeatRequest.newBuilder().setList("l").setTimes(times).build(),
        ListRepeatResponse.getDefaultInstance());
  }

  @Test
  void shouldBoundItsValues() {
    extend(Collections.nCopies(100, 1));
    assertThat(extend(Collections.nCopies(101, 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    for (long times : new long[] {101, Long.MAX_VALUE}) {
      assertThat(repeat(times).reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    assertThat(repeat(100).response().getSize()).isEqualTo(10_000);
    assertThat(insert(0, 1).reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(sort(false).reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
  }

  @Test
  void shouldSortNoMoreBytesThanItMay() {
    String large = "x".repeat((1 << 20) - 100);
    extend(List.of(large, "b", "a"));
    sort(false);
    assertThat(content()).containsExactly("a", "b", large);
    insert(0, "y".repeat(100));

    Pending<ListSortResponse> refused = sort(false);

    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(refused.metadata()).containsEntry("limit", "sort_bytes");
    assertThat(content()).hasSize(4).first().asString().startsWith("y");
  }

  @Test
  void shouldChangeInOneStep() {
    extend(List.of(5, "text"));
    Value five = Plain.value(5.0);
    var swap = ListCompareAndSetRequest.newBuilder().setList("l").setExpected(five).setValue(five);
    var response = ListCompareAndSetResponse.getDefaultInstance();
    assertThat(call("CompareAndSet", swap.build(), response).response().getSwapped()).isTrue();
    assertThat(content()).containsExactly(5.0, "text");
    assertThat(call("CompareAndSet", swap.setIndex(1).build(), response).response().getSwapped())
        .isFalse();

    assertThat(add(0, 2).response().getValue().getFloat()).isEqualTo(7.0);
    assertThat(add(1, 2).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(add(0, "x").reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
  }

  private Pending<ListAddResponse> add(long index, Object amount) {
    return call(
        "Add",
        ListAddRequest.newBuilder()
            .setList("l")
            .setIndex(index)
            .setAmount(Plain.value(amount))
            .build(),
        ListAddResponse.getDefaultInstance());
  }
}
