package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCompareAndSetResponse;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayCreateResponse;
import dev.polyproc.v1.ArrayGetRequest;
import dev.polyproc.v1.ArrayServiceGrpc;
import dev.polyproc.v1.ArrayServiceGrpc.ArrayServiceBlockingStub;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import io.grpc.Channel;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ArrayService. */
public abstract class ArrayContract extends ElementSuite {
  private ArrayServiceBlockingStub arrays;

  @BeforeEach
  void connect() {
    arrays = ArrayServiceGrpc.newBlockingStub(channel());
  }

  private ArrayCreateResponse create(long length, long... first) {
    Elements.Builder elements = Elements.newBuilder();
    for (long each : first) {
      elements.addInts(each);
    }
    return arrays.create(
        ArrayCreateRequest.newBuilder()
            .setArray(name())
            .setType(ElementType.ELEMENT_TYPE_INT32)
            .setLength(length)
            .setElements(elements)
            .build());
  }

  @Override
  Made make(Channel channel, Lifetime lifetime, String lock) {
    ArrayCreateResponse created =
        ArrayServiceGrpc.newBlockingStub(channel)
            .create(
                ArrayCreateRequest.newBuilder()
                    .setArray(name())
                    .setType(ElementType.ELEMENT_TYPE_INT32)
                    .setLength(2)
                    .setLifetime(lifetime)
                    .setLock(lock)
                    .build());
    return new Made(created.getRef(), created.getCreated(), created.getLock());
  }

  @Override
  long addOne(Channel channel) {
    return ArrayServiceGrpc.newBlockingStub(channel)
        .add(ArrayAddRequest.newBuilder().setArray(name()).build())
        .getContent()
        .getInt();
  }

  @Override
  long number(Channel channel) {
    return ArrayServiceGrpc.newBlockingStub(channel)
        .get(ArrayGetRequest.newBuilder().setArray(name()).build())
        .getContent()
        .getInt();
  }

  private void createOf(ElementType type, long length) {
    var unused =
        arrays.create(
            ArrayCreateRequest.newBuilder()
                .setArray(name())
                .setType(type)
                .setLength(length)
                .build());
  }

  private static Value whole(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  private List<Long> slice(ListRange range) {
    return arrays
        .slice(ArraySliceRequest.newBuilder().setArray(name()).setRange(range).build())
        .getElements()
        .getIntsList();
  }

  private List<Long> all() {
    return slice(ListRange.getDefaultInstance());
  }

  private void setSlice(ListRange range, Elements elements) {
    var unused =
        arrays.setSlice(
            ArraySetSliceRequest.newBuilder()
                .setArray(name())
                .setRange(range)
                .setElements(elements)
                .build());
  }

  @Test
  void shouldKeepItsLengthAndBeginWithWhatItIsGiven() {
    assertThat(create(5, 3, 4).getLock()).isEqualTo(name() + "/lock");

    assertThat(all()).containsExactly(3L, 4L, 0L, 0L, 0L);
    ArraySizeResponse size = arrays.size(ArraySizeRequest.newBuilder().setArray(name()).build());
    assertThat(size.getLength()).isEqualTo(5);
    assertThat(size.getType()).isEqualTo(ElementType.ELEMENT_TYPE_INT32);
    assertThat(create(5, 9).getCreated()).isFalse();
    assertThat(all().get(0)).isEqualTo(3L);
    assertThat(reasonOf(() -> create(6))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(reasonOf(() -> create(1, 1, 2)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldChangeSingleElements() {
    create(3, 1, 2, 3);

    assertThat(
            arrays
                .set(
                    ArraySetRequest.newBuilder()
                        .setArray(name())
                        .setIndex(-1)
                        .setContent(whole(7))
                        .build())
                .getPrevious())
        .isEqualTo(whole(3));
    assertThat(
            arrays
                .add(
                    ArrayAddRequest.newBuilder()
                        .setArray(name())
                        .setIndex(1)
                        .setAmount(whole(-5))
                        .build())
                .getContent())
        .isEqualTo(whole(-3));
    assertThat(
            arrays
                .compareAndSet(
                    ArrayCompareAndSetRequest.newBuilder()
                        .setArray(name())
                        .setExpected(whole(1))
                        .setContent(whole(8))
                        .build())
                .getSwapped())
        .isTrue();
    assertThat(all()).containsExactly(8L, -3L, 7L);
    assertThat(
            reasonOf(
                () ->
                    arrays.get(ArrayGetRequest.newBuilder().setArray(name()).setIndex(3).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
  }

  @Test
  void shouldChangeASliceAsAWholeOrNotAtAll() {
    create(6, 0, 1, 2, 3, 4, 5);
    ListRange odd = ListRange.newBuilder().setStart(1).setStep(2).build();

    setSlice(odd, Elements.newBuilder().addInts(10).addInts(30).addInts(50).build());
    assertThat(all()).containsExactly(0L, 10L, 2L, 30L, 4L, 50L);
    assertThat(slice(ListRange.newBuilder().setStep(-2).build())).containsExactly(50L, 30L, 10L);

    Elements tooLarge = Elements.newBuilder().addInts(1).addInts(1L << 40).addInts(3).build();
    assertThat(reasonOf(() -> setSlice(odd, tooLarge)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    Elements tooFew = Elements.newBuilder().addInts(1).build();
    assertThat(reasonOf(() -> setSlice(odd, tooFew)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(all()).containsExactly(0L, 10L, 2L, 30L, 4L, 50L);
  }

  // Indexes.

  private Value get(long index) {
    return arrays
        .get(ArrayGetRequest.newBuilder().setArray(name()).setIndex(index).build())
        .getContent();
  }

  private Value set(long index, Value content) {
    return arrays
        .set(
            ArraySetRequest.newBuilder()
                .setArray(name())
                .setIndex(index)
                .setContent(content)
                .build())
        .getPrevious();
  }

  private Value add(long index, Value amount, Overflow overflow) {
    return arrays
        .add(
            ArrayAddRequest.newBuilder()
                .setArray(name())
                .setIndex(index)
                .setAmount(amount)
                .setOverflow(overflow)
                .build())
        .getContent();
  }

  private ArrayCompareAndSetResponse compareAndSet(long index, Value expected, Value content) {
    return arrays.compareAndSet(
        ArrayCompareAndSetRequest.newBuilder()
            .setArray(name())
            .setIndex(index)
            .setExpected(expected)
            .setContent(content)
            .build());
  }

  @Test
  void shouldCountNegativeIndexesFromTheEnd() {
    create(3, 1, 2, 3);

    assertThat(get(-1)).isEqualTo(whole(3));
    assertThat(get(-3)).isEqualTo(whole(1));
    assertThat(set(-2, whole(20))).isEqualTo(whole(2));
    assertThat(add(-3, whole(9), Overflow.OVERFLOW_REFUSE)).isEqualTo(whole(10));
    assertThat(compareAndSet(-1, whole(4), whole(30)).getCurrent()).isEqualTo(whole(3));
    assertThat(compareAndSet(-1, whole(3), whole(30)).getSwapped()).isTrue();
    assertThat(all()).containsExactly(10L, 20L, 30L);
  }

  @Test
  void shouldRefuseIndexesThatAreNotThere() {
    create(3, 1, 2, 3);
    for (long index : new long[] {3, -4, Long.MAX_VALUE, Long.MIN_VALUE}) {
      List<Refused> calls =
          List.of(
              () -> get(index),
              () -> set(index, whole(9)),
              () -> add(index, whole(9), Overflow.OVERFLOW_WRAP),
              () -> compareAndSet(index, whole(1), whole(9)));
      for (Refused call : calls) {
        assertThat(reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
      }
    }
    assertThat(all()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldRefuseWhatIsOutOfRangeOfAnElementOrWrapIt() {
    create(2, Integer.MAX_VALUE, 5);

    assertThat(reasonOf(() -> add(0, whole(1), Overflow.OVERFLOW_REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(reasonOf(() -> set(1, whole(1L << 31))))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(reasonOf(() -> set(1, text("x")))).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(all()).containsExactly((long) Integer.MAX_VALUE, 5L);
    assertThat(add(0, whole(1), Overflow.OVERFLOW_WRAP)).isEqualTo(whole(Integer.MIN_VALUE));
    assertThat(all()).containsExactly((long) Integer.MIN_VALUE, 5L);
  }

  // Slices.

  private static ListRange range(@Nullable Long start, @Nullable Long stop, long step) {
    ListRange.Builder range = ListRange.newBuilder().setStep(step);
    if (start != null) {
      range.setStart(start);
    }
    if (stop != null) {
      range.setStop(stop);
    }
    return range.build();
  }

  @Test
  void shouldSliceAsPythonDoes() {
    create(6, 0, 1, 2, 3, 4, 5);

    assertThat(slice(range(1L, null, 2))).containsExactly(1L, 3L, 5L);
    assertThat(slice(range(null, null, -1))).containsExactly(5L, 4L, 3L, 2L, 1L, 0L);
    assertThat(slice(range(-2L, null, -2))).containsExactly(4L, 2L, 0L);
    assertThat(slice(range(-2L, 1L, -1))).containsExactly(4L, 3L, 2L);
    assertThat(slice(range(-100L, 100L, 3))).containsExactly(0L, 3L);
    assertThat(slice(range(100L, -100L, -5))).containsExactly(5L, 0L);
    assertThat(slice(range(4L, 2L, 1))).isEmpty();
    assertThat(slice(range(6L, null, 1))).isEmpty();
    assertThat(slice(range(0L, null, Long.MAX_VALUE))).containsExactly(0L);
    assertThat(slice(range(null, null, Long.MIN_VALUE))).containsExactly(5L);
    assertThat(reasonOf(() -> slice(range(null, null, 0))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldRefuseAStrictSliceThatIsNotAllThere() {
    create(3, 1, 2, 3);
    ListRange.Builder strict = ListRange.newBuilder().setStrict(true);

    assertThat(slice(strict.clone().setStart(1).setStop(3).build())).containsExactly(2L, 3L);
    assertThat(slice(strict.clone().setStart(3).build())).as("right behind it").isEmpty();
    assertThat(slice(strict.clone().setStart(-3).setStop(-1).build())).containsExactly(1L, 2L);
    for (ListRange range :
        List.of(
            strict.clone().setStart(4).build(),
            strict.clone().setStop(4).build(),
            strict.clone().setStart(-4).build(),
            strict.clone().setStop(-4).build())) {
      assertThat(reasonOf(() -> slice(range)))
          .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
      assertThat(reasonOf(() -> setSlice(range, Elements.newBuilder().addInts(9).build())))
          .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    }
    assertThat(all()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldSetSlicesBackwardsAndEmptyOnes() {
    create(4, 0, 1, 2, 3);
    setSlice(
        range(null, null, -1),
        Elements.newBuilder().addInts(9).addInts(8).addInts(7).addInts(6).build());
    assertThat(all()).containsExactly(6L, 7L, 8L, 9L);
    setSlice(range(4L, null, 1), Elements.getDefaultInstance());
    setSlice(range(3L, 1L, 1), Elements.getDefaultInstance());
    assertThat(reasonOf(() -> setSlice(range(3L, 1L, 1), Elements.newBuilder().addInts(1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> setSlice(range(null, null, 0), Elements.getDefaultInstance())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(all()).containsExactly(6L, 7L, 8L, 9L);
  }

  @Test
  void shouldHaveNoElementsAndNoLengthButNought() {
    create(0);

    assertThat(arrays.size(ArraySizeRequest.newBuilder().setArray(name()).build()).getLength())
        .isZero();
    assertThat(all()).isEmpty();
    setSlice(ListRange.getDefaultInstance(), Elements.getDefaultInstance());
    assertThat(reasonOf(() -> get(0))).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(reasonOf(() -> get(-1))).isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(create(0).getCreated()).isFalse();
    assertThat(reasonOf(() -> create(1))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(reasonOf(() -> create(-1))).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
  }

  // Elements of other types.

  private ArraySliceResponse everything() {
    return arrays.slice(ArraySliceRequest.newBuilder().setArray(name()).build());
  }

  @Test
  void shouldHoldFloatsAsTheyCame() {
    createOf(ElementType.ELEMENT_TYPE_FLOAT64, 4);
    double infinity = Double.POSITIVE_INFINITY;
    setSlice(
        ListRange.getDefaultInstance(),
        Elements.newBuilder()
            .addAllFloats(List.of(-0.0, Double.NaN, infinity, Double.MIN_VALUE))
            .build());

    List<Double> floats = everything().getElements().getFloatsList();
    assertThat(floats).containsExactly(-0.0, Double.NaN, infinity, Double.MIN_VALUE);
    assertThat(compareAndSet(0, real(0.0), real(1)).getSwapped()).as("-0.0 is 0.0").isTrue();
    assertThat(compareAndSet(1, real(Double.NaN), real(2)).getSwapped()).isTrue();
    assertThat(add(2, real(-infinity), Overflow.OVERFLOW_REFUSE).getFloat()).isNaN();
    setSlice(range(3L, null, 1), Elements.newBuilder().addInts(7).build());
    assertThat(everything().getElements().getFloatsList())
        .as("whole numbers are taken for floats")
        .containsExactly(1.0, 2.0, Double.NaN, 7.0);
  }

  private static Value real(double number) {
    return Value.newBuilder().setFloat(number).build();
  }

  private void setAll(Elements elements, Overflow overflow) {
    var unused =
        arrays.setSlice(
            ArraySetSliceRequest.newBuilder()
                .setArray(name())
                .setElements(elements)
                .setOverflow(overflow)
                .build());
  }

  @Test
  void shouldWrapEachElementOrRefuseThemAll() {
    createOf(ElementType.ELEMENT_TYPE_UINT8, 3);
    Elements elements = Elements.newBuilder().addInts(255).addInts(-1).addInts(513).build();

    assertThat(reasonOf(() -> setAll(elements, Overflow.OVERFLOW_UNSPECIFIED)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(everything().getElements().getUintsList()).containsExactly(0L, 0L, 0L);
    setAll(elements, Overflow.OVERFLOW_WRAP);
    assertThat(everything().getElements().getUintsList()).containsExactly(255L, 255L, 1L);

    Elements floats = Elements.newBuilder().addFloats(1).addFloats(2).addFloats(3).build();
    for (Overflow overflow : List.of(Overflow.OVERFLOW_REFUSE, Overflow.OVERFLOW_WRAP)) {
      assertThat(reasonOf(() -> setAll(floats, overflow)))
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
    assertThat(everything().getElements().getUintsList()).containsExactly(255L, 255L, 1L);
  }

  @Test
  void shouldHoldNumbersWithoutASignToTheLast() {
    createOf(ElementType.ELEMENT_TYPE_UINT64, 2);
    setAll(Elements.newBuilder().addUints(-1).addUints(1).build(), Overflow.OVERFLOW_REFUSE);

    assertThat(everything().getElements().getUintsList()).containsExactly(-1L, 1L);
    assertThat(new BigInteger(get(0).getBigInt().toByteArray()))
        .isEqualTo(BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
    assertThat(reasonOf(() -> add(0, whole(1), Overflow.OVERFLOW_REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(add(0, whole(3), Overflow.OVERFLOW_WRAP)).isEqualTo(whole(2));
    assertThat(everything().getElements().getUintsList()).containsExactly(2L, 1L);
  }

  @Test
  void shouldHoldCharacters() {
    createOf(ElementType.ELEMENT_TYPE_WCHAR, 3);
    setAll(Elements.newBuilder().setText("a\uD83D\uDE00c").build(), Overflow.OVERFLOW_REFUSE);

    assertThat(everything().getElements().getText()).isEqualTo("a\uD83D\uDE00c");
    assertThat(everything().getCount()).isEqualTo(3);
    assertThat(get(1)).isEqualTo(text("\uD83D\uDE00"));
    assertThat(reasonOf(() -> add(0, whole(1), Overflow.OVERFLOW_WRAP)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(
            reasonOf(
                () ->
                    setAll(
                        Elements.newBuilder().setText("four").build(), Overflow.OVERFLOW_REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            reasonOf(
                () ->
                    setAll(
                        Elements.newBuilder().setText("ab").addInts(1).build(),
                        Overflow.OVERFLOW_REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(everything().getElements().getText()).isEqualTo("a\uD83D\uDE00c");
  }

  @Test
  void shouldSetASliceOnceHoweverOftenTheCallIsRepeated() {
    create(2, 1, 2);
    ArraySetSliceRequest request =
        ArraySetSliceRequest.newBuilder()
            .setArray(name())
            .setElements(Elements.newBuilder().addInts(7).addInts(8))
            .build();
    Channel first = with("polyproc-session", openSession(), "polyproc-sequence", "1");
    var unused = ArrayServiceGrpc.newBlockingStub(first).setSlice(request);
    set(0, whole(9));
    unused = ArrayServiceGrpc.newBlockingStub(first).setSlice(request);

    assertThat(all()).containsExactly(9L, 8L);
    ArraySetSliceRequest another =
        request.toBuilder().setElements(Elements.newBuilder().addInts(1).addInts(1)).build();
    assertThat(reasonOf(() -> ArrayServiceGrpc.newBlockingStub(first).setSlice(another)))
        .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
  }
}
