package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueCreateRequest;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers that programs count with, before a real daemon. */
@Timeout(60)
class PolyValueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldCountAsAnAtomicLongDoes() {
    PolyLong number = polyproc.atomicLong("number", 5);

    assertThat(number.get()).isEqualTo(5);
    assertThat(number.incrementAndGet()).isEqualTo(6);
    assertThat(number.getAndDecrement()).isEqualTo(6);
    assertThat(number.getAndAdd(10)).isEqualTo(5);
    assertThat(number.addAndGet(-1)).isEqualTo(14);
    assertThat(number.decrementAndGet()).isEqualTo(13);
    assertThat(number.getAndIncrement()).isEqualTo(13);
    assertThat(number.getAndSet(2)).isEqualTo(14);
    assertThat(number.compareAndSet(3, 4)).isFalse();
    assertThat(number.compareAndSet(2, 4)).isTrue();
    assertThat(number.updateAndGet(n -> n * n)).isEqualTo(16);
    assertThat(number.getAndUpdate(n -> n / 2)).isEqualTo(16);
    assertThat(number.accumulateAndGet(3, Math::max)).isEqualTo(8);
    assertThat(number.getAndAccumulate(20, Math::max)).isEqualTo(8);
    assertThat(polyproc.atomicLong("number", 99).get()).isEqualTo(20);
  }

  @Test
  void shouldWrapAsJavaDoes() {
    PolyLong number = polyproc.atomicLong("wraps", Long.MAX_VALUE);
    assertThat(number.incrementAndGet()).isEqualTo(Long.MIN_VALUE);

    PolyInteger small = polyproc.atomicInteger("wraps-too", Integer.MIN_VALUE);
    assertThat(small.decrementAndGet()).isEqualTo(Integer.MAX_VALUE);
    assertThat(small.updateAndGet(n -> n - 7)).isEqualTo(Integer.MAX_VALUE - 7);
    small.set(1);
    assertThat(small.getAndIncrement()).isEqualTo(1);
  }

  @Test
  void shouldCalculateWithFloats() {
    PolyDouble number = polyproc.atomicDouble("share", 0.5);

    assertThat(number.addAndGet(0.25)).isEqualTo(0.75);
    assertThat(number.getAndAdd(1)).isEqualTo(0.75);
    assertThat(number.compareAndSet(1.75, Double.NaN)).isTrue();
    assertThat(number.compareAndSet(Double.NaN, -0.0)).as("NaN equals itself").isTrue();
    assertThat(number.compareAndSet(0.0, 3)).isTrue();
    assertThat(number.accumulateAndGet(2, Math::pow)).isEqualTo(9);
  }

  @Test
  void shouldLoseNoAdditionOfSeveralClients() throws Exception {
    PolyLong number = polyproc.atomicLong("sum");
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      List<CompletableFuture<Long>> additions = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        additions.add(number.addAndGetAsync(1));
        additions.add(other.atomicLong("sum").addAndGetAsync(2));
      }
      for (CompletableFuture<Long> addition : additions) {
        assertThat(addition.get(30, TimeUnit.SECONDS)).isPositive();
      }
    }
    assertThat(number.getAsync().get(30, TimeUnit.SECONDS)).isEqualTo(1_500);
  }

  @Test
  void shouldBeGuardedByAReentrantLock() throws Exception {
    PolyLong number = polyproc.atomicLong("guarded");
    PolyLock lock = number.lock();
    assertThat(lock.name()).isEqualTo("guarded/lock");
    lock.lock();
    lock.lock();
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      assertThat(other.atomicLong("guarded").lock().tryLock()).isFalse();
      lock.unlock();
      lock.unlock();
      assertThat(other.atomicLong("guarded").lock().tryLock()).isTrue();
    }
  }

  @Test
  void shouldHaveAContentOfAnyType() throws Exception {
    ValueCreateRequest flag =
        ValueCreateRequest.newBuilder()
            .setValue("flag")
            .setType(ElementType.ELEMENT_TYPE_BOOL)
            .build();
    PolyValue<Boolean> value = polyproc.value(flag, Boolean.class);

    assertThat(value.type()).isEqualTo(ElementType.ELEMENT_TYPE_BOOL);
    assertThat(value.exchange(true)).isFalse();
    assertThat(value.replace(false, true)).isFalse();
    assertThat(value.replaceAsync(true, false).get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(value.contentAsync().get(30, TimeUnit.SECONDS)).isFalse();

    PolyList<PolyValue<Boolean>> flags = polyproc.list("flags", polyproc.values(Boolean.class));
    flags.add(value);
    assertThat(flags.get(0).exchange(true)).isFalse();
    assertThat(value.content()).isTrue();
    assertThat(Failure.reasonOf(() -> polyproc.atomicInteger("flag")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldAnswerWhatWasThereToWhoExpectedAnother() throws Exception {
    PolyLong number = polyproc.atomicLong("witness", 5);
    assertThat(number.compareAndExchange(4, 9)).isEqualTo(5);
    assertThat(number.compareAndExchange(5, 9)).isEqualTo(5);
    assertThat(number.compareAndExchangeAsync(5, 1).get(30, TimeUnit.SECONDS)).isEqualTo(9);
    assertThat(number.getAndAddAsync(2).get(30, TimeUnit.SECONDS)).isEqualTo(9);
    assertThat(number.get()).isEqualTo(11);

    PolyInteger small = polyproc.atomicInteger("witness-32", -1);
    assertThat(small.compareAndExchange(-1, 2)).isEqualTo(-1);
    assertThat(small.getAndAddAsync(3).get(30, TimeUnit.SECONDS)).isEqualTo(2);

    PolyDouble share = polyproc.atomicDouble("witness-float", Double.NaN);
    assertThat(share.compareAndExchange(Double.NaN, 0.5)).isNaN();
    assertThat(share.compareAndExchange(1, 2)).isEqualTo(0.5);
    assertThat(share.getAndAddAsync(1).get(30, TimeUnit.SECONDS)).isEqualTo(0.5);
  }

  @Test
  void shouldLetOneOfManySetATruthValue() throws Exception {
    PolyBoolean started = polyproc.atomicBoolean("started");
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      List<CompletableFuture<Boolean>> tries = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        tries.add(started.compareAndSetAsync(false, true));
        tries.add(other.atomicBoolean("started", false).compareAndSetAsync(false, true));
      }
      int first = 0;
      for (CompletableFuture<Boolean> one : tries) {
        first += one.get(30, TimeUnit.SECONDS) ? 1 : 0;
      }
      assertThat(first).isEqualTo(1);
    }
    assertThat(started.get()).isTrue();
    assertThat(started.getAndSet(false)).isTrue();
    assertThat(started.compareAndExchange(true, true)).isFalse();
    assertThat(started.compareAndSet(false, true)).isTrue();
    started.set(false);
    assertThat(started.getAsync().get(30, TimeUnit.SECONDS)).isFalse();
    assertThat(polyproc.atomicBoolean("ready", true).get()).isTrue();
  }

  @Test
  void shouldFindTheValueOfAName() {
    polyproc.atomicDouble("found", 0.5);

    assertThat(polyproc.value("found").content()).isEqualTo(0.5);
    assertThat(polyproc.value("found", Double.class).exchange(1.5)).isEqualTo(0.5);
    assertThat(Failure.reasonOf(() -> polyproc.value("none")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(Failure.reasonOf(() -> polyproc.array("found")))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldBeReadFromAListAsWhatItWas() {
    PolyLong number = polyproc.atomicLong("in-a-list", 1);
    PolyList<PolyLong> longs = polyproc.list("longs", polyproc.atomicLongs());
    longs.add(number);
    assertThat(longs.get(0)).isEqualTo(number);
    assertThat(longs.get(0).incrementAndGet()).isEqualTo(2);

    PolyList<PolyInteger> integers = polyproc.list("integers", polyproc.atomicIntegers());
    integers.add(polyproc.atomicInteger("i"));
    assertThat(integers.get(0).incrementAndGet()).isEqualTo(1);
    PolyList<PolyDouble> doubles = polyproc.list("doubles", polyproc.atomicDoubles());
    doubles.add(polyproc.atomicDouble("d"));
    assertThat(doubles.get(0).addAndGet(0.5)).isEqualTo(0.5);
    PolyList<PolyBoolean> booleans = polyproc.list("booleans", polyproc.atomicBooleans());
    booleans.add(polyproc.atomicBoolean("b"));
    assertThat(booleans.get(0).getAndSet(true)).isFalse();
  }

  private PolyLong longOf(PolyObject value) {
    PolyList<Object> refs = polyproc.list("refs-" + value.name());
    refs.add(value);
    return polyproc.list(refs.name(), polyproc.atomicLongs()).get(0);
  }

  private static void assertSaysThatItWasDone(Throwable thrown, Object answer) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            UnexpectedValueException.class,
            e -> assertThat(Codec.ANY.decode(e.value())).isEqualTo(answer))
        .hasMessageContaining("; the call has taken effect all the same, and value() of");
  }

  @Test
  void shouldSayWhatWasDoneWhereAFloatCameForAWholeNumber() {
    PolyDouble share = polyproc.atomicDouble("share-as-long", 0.5);
    PolyLong wrong = longOf(share);

    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(wrong::get)
        .withMessageNotContaining("taken effect");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> wrong.updateAndGet(n -> n + 1))
        .withMessageNotContaining("taken effect");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> wrong.compareAndExchange(7, 8))
        .withMessageNotContaining("taken effect");
    assertThat(share.get()).isEqualTo(0.5);

    assertSaysThatItWasDone(catchThrowable(wrong::incrementAndGet), 1.5);
    assertSaysThatItWasDone(catchThrowable(wrong::getAndIncrement), 1.5);
    assertSaysThatItWasDone(Failure.of(wrong.incrementAndGetAsync()), 3.5);
    assertSaysThatItWasDone(catchThrowable(() -> wrong.getAndSet(8)), 3.5);
    assertThat(share.get()).isEqualTo(8);
    wrong.set(9);
    assertThat(share.get()).isEqualTo(9);
  }

  @Test
  void shouldSayWhatWasDoneWhereAWholeNumberHasNoSign() {
    ValueCreateRequest shape =
        ValueCreateRequest.newBuilder()
            .setValue("no-sign")
            .setType(ElementType.ELEMENT_TYPE_UINT64)
            .build();
    PolyValue<Long> number = polyproc.value(shape, Long.class);
    BigInteger largest = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    PolyValue<BigInteger> whole = polyproc.value("no-sign", BigInteger.class);
    whole.exchange(largest.subtract(BigInteger.ONE));
    assertSaysThatItWasDone(catchThrowable(() -> number.add(1L)), largest);
    assertThat(Failure.reasonOf(() -> number.add(1L)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertSaysThatItWasDone(Failure.of(number.exchangeAsync(5L)), largest);
    assertThat(number.content()).isEqualTo(5);
    assertThat(whole.add(BigInteger.TWO.pow(63)))
        .isEqualTo(BigInteger.TWO.pow(63).add(BigInteger.valueOf(5)));
  }

  @Test
  void shouldRefuseAClassThatItsContentIsNeverReadAs() {
    Map<ElementType, List<Class<?>>> classes =
        Map.of(
            ElementType.ELEMENT_TYPE_BOOL, List.of(Boolean.class, Long.class, Double.class),
            ElementType.ELEMENT_TYPE_INT8, List.of(Integer.class, Boolean.class, String.class),
            ElementType.ELEMENT_TYPE_UINT64, List.of(BigInteger.class, BigDecimal.class),
            ElementType.ELEMENT_TYPE_FLOAT32, List.of(Float.class, Long.class, BigInteger.class),
            ElementType.ELEMENT_TYPE_FLOAT64, List.of(Double.class, Integer.class),
            ElementType.ELEMENT_TYPE_CHAR, List.of(byte[].class, Long.class, String.class));
    classes.forEach(
        (type, each) -> {
          ValueCreateRequest shape =
              ValueCreateRequest.newBuilder().setValue("of-" + type).setType(type).build();
          polyproc.value(shape, each.get(0));
          assertThat(polyproc.value(shape.getValue(), each.get(0)).type()).isEqualTo(type);
          assertThat(polyproc.value(shape.getValue(), Object.class).type()).isEqualTo(type);
          for (Class<?> wrong : each.subList(1, each.size())) {
            assertThatIllegalArgumentException()
                .isThrownBy(() -> polyproc.value(shape.getValue(), wrong))
                .withMessageStartingWith("Expected a class that elements of ")
                .withMessageEndingWith(", but it is " + wrong.getTypeName());
            assertThatIllegalArgumentException()
                .isThrownBy(() -> polyproc.value(shape.toBuilder().setValue("new").build(), wrong));
          }
        });
    assertThat(Failure.reasonOf(() -> polyproc.value("new")))
        .as("it is refused before it is made")
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {
        "ELEMENT_TYPE_INT8",
        "ELEMENT_TYPE_UINT8",
        "ELEMENT_TYPE_INT16",
        "ELEMENT_TYPE_UINT16",
        "ELEMENT_TYPE_INT32",
        "ELEMENT_TYPE_UINT32"
      })
  void shouldRefuseWhatIsOutOfRange(ElementType type) {
    int bits = type.name().endsWith("8") ? 8 : type.name().endsWith("16") ? 16 : 32;
    long largest = (1L << (type.name().contains("UINT") ? bits : bits - 1)) - 1;
    PolyValue<Long> value =
        polyproc.value(
            ValueCreateRequest.newBuilder()
                .setType(type)
                .setContent(Value.newBuilder().setInt(largest))
                .build(),
            Long.class);
    long wrapsToIt = largest + (1L << bits);

    List<ThrowingCallable> changes =
        List.of(
            () -> value.add(1L),
            () -> value.exchange(wrapsToIt),
            () -> value.replace(wrapsToIt, 0L),
            () -> value.replace(largest, wrapsToIt),
            () -> value.witness(wrapsToIt, 0L),
            () -> value.update(n -> n + 1));
    for (ThrowingCallable change : changes) {
      assertThat(Failure.reasonOf(change)).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }
    for (CompletableFuture<?> change :
        List.of(
            value.addAsync(1L),
            value.exchangeAsync(wrapsToIt),
            value.replaceAsync(-1L - wrapsToIt, 0L))) {
      assertThat(Failure.reasonOf(change)).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    }

    assertThat(value.content()).isEqualTo(largest);
    assertThat(value.replace(largest, 0L)).isTrue();
  }

  @Test
  void shouldAddToNumbersOfAnyType() throws Exception {
    ValueCreateRequest shape =
        ValueCreateRequest.newBuilder()
            .setValue("small")
            .setType(ElementType.ELEMENT_TYPE_UINT8)
            .build();
    PolyValue<Integer> small = polyproc.value(shape, Integer.class);

    assertThat(small.add(250)).isEqualTo(250);
    assertThat(small.addAsync(5).get(30, TimeUnit.SECONDS)).isEqualTo(255);
    assertThat(small.witnessAsync(255, 1).get(30, TimeUnit.SECONDS)).isEqualTo(255);
    assertThat(small.update(n -> n + 1)).isEqualTo(2);
    PolyValue<Boolean> truth =
        polyproc.value(
            ValueCreateRequest.newBuilder().setType(ElementType.ELEMENT_TYPE_BOOL).build(),
            Boolean.class);
    assertThat(Failure.reasonOf(() -> truth.add(true)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
  }
}
