package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueServiceGrpc;
import dev.polyproc.v1.ValueServiceGrpc.ValueServiceBlockingStub;
import dev.polyproc.v1.ValueSetRequest;
import io.grpc.Channel;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ValueService. */
public abstract class ValueContract extends ElementSuite {
  private ValueServiceBlockingStub values;

  @BeforeEach
  void connect() {
    values = ValueServiceGrpc.newBlockingStub(channel());
  }

  private ValueCreateResponse create(ElementType type) {
    return values.create(ValueCreateRequest.newBuilder().setValue(name()).setType(type).build());
  }

  @Override
  Made make(Channel channel, Lifetime lifetime, String lock) {
    ValueCreateResponse created =
        ValueServiceGrpc.newBlockingStub(channel)
            .create(
                ValueCreateRequest.newBuilder()
                    .setValue(name())
                    .setType(ElementType.ELEMENT_TYPE_INT32)
                    .setLifetime(lifetime)
                    .setLock(lock)
                    .build());
    return new Made(created.getRef(), created.getCreated(), created.getLock());
  }

  @Override
  long addOne(Channel channel) {
    return ValueServiceGrpc.newBlockingStub(channel)
        .add(ValueAddRequest.newBuilder().setValue(name()).build())
        .getContent()
        .getInt();
  }

  @Override
  long number(Channel channel) {
    return ValueServiceGrpc.newBlockingStub(channel)
        .get(ValueGetRequest.newBuilder().setValue(name()).build())
        .getContent()
        .getInt();
  }

  private static Value whole(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  private Value get() {
    return values.get(ValueGetRequest.newBuilder().setValue(name()).build()).getContent();
  }

  private Value set(Value content) {
    return values
        .set(ValueSetRequest.newBuilder().setValue(name()).setContent(content).build())
        .getPrevious();
  }

  private ValueCompareAndSetResponse compareAndSet(long expected, long content) {
    return values.compareAndSet(
        ValueCompareAndSetRequest.newBuilder()
            .setValue(name())
            .setExpected(whole(expected))
            .setContent(whole(content))
            .build());
  }

  @Test
  void shouldBeginAtZeroAndNameItsLock() {
    ValueCreateResponse created = create(ElementType.ELEMENT_TYPE_INT64);

    assertThat(created.getCreated()).isTrue();
    assertThat(created.getLock()).isEqualTo(name() + "/lock");
    assertThat(get()).isEqualTo(whole(0));
    assertThat(create(ElementType.ELEMENT_TYPE_INT64).getCreated()).isFalse();
    assertThat(reasonOf(() -> create(ElementType.ELEMENT_TYPE_INT32)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(reasonOf(() -> create(ElementType.ELEMENT_TYPE_UNSPECIFIED)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldAddAndSetInOneStep() {
    create(ElementType.ELEMENT_TYPE_INT16);
    ValueAddRequest add = ValueAddRequest.newBuilder().setValue(name()).build();

    assertThat(values.add(add).getContent()).isEqualTo(whole(1));
    assertThat(values.add(add).getPrevious()).isEqualTo(whole(1));
    assertThat(set(whole(32_767))).isEqualTo(whole(2));
    assertThat(reasonOf(() -> values.add(add))).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    ValueAddRequest wrapping = add.toBuilder().setOverflow(Overflow.OVERFLOW_WRAP).build();
    assertThat(values.add(wrapping).getContent()).isEqualTo(whole(-32_768));

    assertThat(compareAndSet(1, 2).getSwapped()).isFalse();
    assertThat(compareAndSet(-32_768, 5).getSwapped()).isTrue();
    assertThat(compareAndSet(4, 6).getCurrent()).isEqualTo(whole(5));
  }

  @Test
  void shouldRefuseWhatItsTypeDoesNotTake() {
    create(ElementType.ELEMENT_TYPE_UINT8);

    assertThat(reasonOf(() -> set(whole(256)))).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(reasonOf(() -> set(Value.newBuilder().setFloat(1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(get()).isEqualTo(whole(0));
  }

  @Test
  void shouldNotAddToACharacter() {
    create(ElementType.ELEMENT_TYPE_WCHAR);

    assertThat(set(Value.newBuilder().setText("é").build()).getText()).isEqualTo("\0");
    ValueAddRequest add = ValueAddRequest.newBuilder().setValue(name()).build();
    assertThat(reasonOf(() -> values.add(add))).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(get().getText()).isEqualTo("é");
  }

  // The edges of the types.

  private static Value whole(BigInteger number) {
    return number.bitLength() < Long.SIZE
        ? whole(number.longValueExact())
        : Value.newBuilder().setBigInt(ByteString.copyFrom(number.toByteArray())).build();
  }

  private static Value real(double number) {
    return Value.newBuilder().setFloat(number).build();
  }

  /** A value of a type, beside others of the test. */
  private final class Typed {
    private final String value;

    Typed(ElementType type) {
      value = name() + "/" + type;
      var unused =
          values.create(ValueCreateRequest.newBuilder().setValue(value).setType(type).build());
    }

    Value get() {
      return values.get(ValueGetRequest.newBuilder().setValue(value).build()).getContent();
    }

    Value set(Value content, Overflow overflow) {
      return values
          .set(
              ValueSetRequest.newBuilder()
                  .setValue(value)
                  .setContent(content)
                  .setOverflow(overflow)
                  .build())
          .getPrevious();
    }

    Value add(Value amount, Overflow overflow) {
      return values
          .add(
              ValueAddRequest.newBuilder()
                  .setValue(value)
                  .setAmount(amount)
                  .setOverflow(overflow)
                  .build())
          .getContent();
    }

    boolean swap(Value expected, Value content, Overflow overflow) {
      return values
          .compareAndSet(
              ValueCompareAndSetRequest.newBuilder()
                  .setValue(value)
                  .setExpected(expected)
                  .setContent(content)
                  .setOverflow(overflow)
                  .build())
          .getSwapped();
    }
  }

  private static final Overflow REFUSE = Overflow.OVERFLOW_REFUSE;
  private static final Overflow WRAP = Overflow.OVERFLOW_WRAP;

  /** The bits of a whole number; negative where it has a sign. */
  private static final Map<ElementType, Integer> BITS =
      Map.of(
          ElementType.ELEMENT_TYPE_INT8, -8,
          ElementType.ELEMENT_TYPE_UINT8, 8,
          ElementType.ELEMENT_TYPE_INT16, -16,
          ElementType.ELEMENT_TYPE_UINT16, 16,
          ElementType.ELEMENT_TYPE_INT32, -32,
          ElementType.ELEMENT_TYPE_UINT32, 32,
          ElementType.ELEMENT_TYPE_INT64, -64,
          ElementType.ELEMENT_TYPE_UINT64, 64);

  @Test
  void shouldRefuseWhatIsBeyondTheEdgesOfItsTypeOrWrapIt() {
    BITS.forEach(
        (type, bits) -> {
          boolean signed = bits < 0;
          BigInteger least = signed ? BigInteger.TWO.pow(-bits - 1).negate() : BigInteger.ZERO;
          BigInteger most = BigInteger.TWO.pow(signed ? -bits - 1 : bits).subtract(BigInteger.ONE);
          Value below = whole(least.subtract(BigInteger.ONE));
          Value above = whole(most.add(BigInteger.ONE));
          Typed value = new Typed(type);

          value.set(whole(most), REFUSE);
          assertThat(value.get()).as("%s", type).isEqualTo(whole(most));
          for (Value beyond : List.of(below, above)) {
            assertThat(reasonOf(() -> value.set(beyond, REFUSE)))
                .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
            assertThat(reasonOf(() -> value.swap(whole(most), beyond, REFUSE)))
                .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
            assertThat(reasonOf(() -> value.swap(beyond, whole(most), REFUSE)))
                .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
          }
          assertThat(reasonOf(() -> value.add(whole(1), REFUSE)))
              .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
          assertThat(value.get()).as("nothing has changed").isEqualTo(whole(most));

          assertThat(value.add(whole(1), WRAP)).isEqualTo(whole(least));
          assertThat(reasonOf(() -> value.add(whole(-1), REFUSE)))
              .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
          assertThat(value.add(whole(-1), WRAP)).isEqualTo(whole(most));
          assertThat(value.swap(below, above, WRAP)).as("both wrap").isTrue();
          assertThat(value.get()).isEqualTo(whole(least));
          assertThat(value.set(below, WRAP)).isEqualTo(whole(least));
          assertThat(value.get()).isEqualTo(whole(most));
          BigInteger twice = most.add(most);
          assertThat(reasonOf(() -> value.add(whole(most), REFUSE)))
              .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
          assertThat(value.add(whole(most), WRAP))
              .isEqualTo(whole(twice.subtract(BigInteger.TWO.pow(Math.abs(bits)))));
        });
  }

  @Test
  void shouldTakeNoOtherKindOfValueThanItsTypeDoes() {
    Value text = text("x");
    Value bytes = Value.newBuilder().setBytes(ByteString.copyFromUtf8("x")).build();
    Value nothing = Value.getDefaultInstance();
    BITS.keySet()
        .forEach(type -> assertTakesNone(type, List.of(real(1), text, bytes, nothing), real(0.5)));
    assertTakesNone(ElementType.ELEMENT_TYPE_FLOAT32, List.of(text, bytes, nothing), text);
    assertTakesNone(ElementType.ELEMENT_TYPE_FLOAT64, List.of(text, bytes, nothing), bytes);
    assertTakesNone(ElementType.ELEMENT_TYPE_BOOL, List.of(real(1), text, bytes, nothing), null);
    assertTakesNone(ElementType.ELEMENT_TYPE_CHAR, List.of(real(1), text, nothing), null);
    assertTakesNone(
        ElementType.ELEMENT_TYPE_WCHAR,
        List.of(real(1), whole(1), bytes, text("xy"), text(""), nothing),
        null);
  }

  /**
   * @param amount what cannot be added, or null where nothing can
   */
  private void assertTakesNone(ElementType type, List<Value> others, @Nullable Value amount) {
    Typed value = new Typed(type);
    Value before = value.get();
    for (Value other : others) {
      for (Overflow overflow : List.of(REFUSE, WRAP)) {
        assertThat(reasonOf(() -> value.set(other, overflow)))
            .as("%s of %s", type, other)
            .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
        assertThat(reasonOf(() -> value.swap(before, other, overflow)))
            .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
      }
    }
    assertThat(reasonOf(() -> value.add(amount == null ? whole(1) : amount, WRAP)))
        .isEqualTo(
            amount == null
                ? ErrorReason.ERROR_REASON_NOT_A_NUMBER
                : ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(value.get()).isEqualTo(before);
  }

  @Test
  void shouldTakeTruthValuesAndNumbersForEachOther() {
    Typed truth = new Typed(ElementType.ELEMENT_TYPE_BOOL);
    Value yes = Value.newBuilder().setBool(true).build();
    truth.set(whole(1), REFUSE);
    assertThat(truth.get()).isEqualTo(yes);
    assertThat(reasonOf(() -> truth.set(whole(2), REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    truth.set(whole(0), REFUSE);
    truth.set(whole(256), WRAP);
    assertThat(truth.get()).as("what is not 0 is true").isEqualTo(yes);

    Typed small = new Typed(ElementType.ELEMENT_TYPE_INT8);
    small.set(yes, REFUSE);
    assertThat(small.add(yes, REFUSE)).isEqualTo(whole(2));
    Typed share = new Typed(ElementType.ELEMENT_TYPE_FLOAT64);
    share.set(yes, REFUSE);
    assertThat(share.add(yes, REFUSE)).isEqualTo(real(2));
  }

  // Floats.

  private static long bitsOf(Value number) {
    return Double.doubleToRawLongBits(number.getFloat());
  }

  @Test
  void shouldKeepTheSignOfZeroAndTakeZerosForEqual() {
    for (ElementType type :
        List.of(ElementType.ELEMENT_TYPE_FLOAT32, ElementType.ELEMENT_TYPE_FLOAT64)) {
      Typed number = new Typed(type);
      number.set(real(-0.0), REFUSE);
      assertThat(bitsOf(number.get())).isEqualTo(Double.doubleToRawLongBits(-0.0));
      assertThat(number.swap(real(0.0), real(0.0), REFUSE)).isTrue();
      assertThat(bitsOf(number.get())).isZero();
      assertThat(number.swap(real(-0.0), real(-0.0), REFUSE)).isTrue();
      assertThat(bitsOf(number.add(real(0.0), REFUSE))).as("-0.0 + 0.0").isZero();
    }
  }

  @Test
  void shouldCalculateWithNanAndInfinitiesAsIeee754Does() {
    double infinity = Double.POSITIVE_INFINITY;
    for (ElementType type :
        List.of(ElementType.ELEMENT_TYPE_FLOAT32, ElementType.ELEMENT_TYPE_FLOAT64)) {
      Typed number = new Typed(type);
      number.set(real(infinity), REFUSE);
      assertThat(number.add(real(-1), REFUSE)).isEqualTo(real(infinity));
      assertThat(number.swap(real(-infinity), real(1), REFUSE)).isFalse();
      assertThat(number.add(real(-infinity), REFUSE).getFloat()).isNaN();
      assertThat(number.add(real(1), REFUSE).getFloat()).isNaN();
      assertThat(number.swap(real(1), real(2), REFUSE)).isFalse();
      assertThat(number.swap(real(Double.NaN), real(-infinity), REFUSE))
          .as("NaN equals itself")
          .isTrue();
      assertThat(number.get()).isEqualTo(real(-infinity));
    }
  }

  @Test
  void shouldRoundAsTheFloatsOfItsTypeDo() {
    Typed small = new Typed(ElementType.ELEMENT_TYPE_FLOAT32);
    small.set(real(0.1), REFUSE);
    assertThat(small.get()).isEqualTo(real(0.1f));
    assertThat(small.swap(real(0.1), real(Double.MAX_VALUE), REFUSE))
        .as("what is expected is rounded, too")
        .isTrue();
    assertThat(small.get()).isEqualTo(real(Double.POSITIVE_INFINITY));
    small.set(real(Double.MIN_VALUE), REFUSE);
    assertThat(small.get()).isEqualTo(real(0));
    small.set(real(Float.MAX_VALUE), REFUSE);
    assertThat(small.add(real(Float.MAX_VALUE), REFUSE)).isEqualTo(real(Double.POSITIVE_INFINITY));

    Typed large = new Typed(ElementType.ELEMENT_TYPE_FLOAT64);
    large.set(whole((1L << 53) + 1), REFUSE);
    assertThat(large.get()).as("a whole number is rounded").isEqualTo(real(1L << 53));
    Value tooLarge = whole(BigInteger.TEN.pow(309));
    for (Overflow overflow : List.of(REFUSE, WRAP)) {
      assertThat(reasonOf(() -> large.set(tooLarge, overflow)))
          .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
      assertThat(reasonOf(() -> large.add(tooLarge, overflow)))
          .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }
    assertThat(large.get()).isEqualTo(real(1L << 53));
  }

  // Characters.

  @Test
  void shouldHoldEveryByteAndEveryCodePoint() {
    Typed one = new Typed(ElementType.ELEMENT_TYPE_CHAR);
    one.set(whole(255), REFUSE);
    assertThat(one.get().getBytes().toByteArray()).containsExactly(-1);
    assertThat(reasonOf(() -> one.set(whole(256), REFUSE)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    one.set(whole(256 + 7), WRAP);
    assertThat(one.get().getBytes().toByteArray()).containsExactly(7);
    assertThat(
            reasonOf(
                () ->
                    one.set(
                        Value.newBuilder().setBytes(ByteString.copyFromUtf8("xy")).build(), WRAP)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);

    Typed wide = new Typed(ElementType.ELEMENT_TYPE_WCHAR);
    for (int codePoint : new int[] {1, 0x7f, 0xffff, 0x10000, Character.MAX_CODE_POINT}) {
      wide.set(text(Character.toString(codePoint)), REFUSE);
      assertThat(wide.get()).isEqualTo(text(Character.toString(codePoint)));
      assertThat(wide.swap(wide.get(), text("a"), REFUSE)).isTrue();
    }
  }
}
