package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
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
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Value;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ArrayService. */
public abstract class ArrayContract extends ContractSuite {
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
}
