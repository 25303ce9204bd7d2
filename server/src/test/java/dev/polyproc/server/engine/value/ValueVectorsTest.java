package dev.polyproc.server.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.conformance.v1.EqualValues;
import dev.polyproc.conformance.v1.EqualityVector;
import dev.polyproc.conformance.v1.OrderVector;
import dev.polyproc.conformance.v1.UnorderedVector;
import dev.polyproc.conformance.v1.ValidityVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The engine's equality, hash and order of values against the test vectors of all languages. */
final class ValueVectorsTest {
  private static <V> Stream<DynamicTest> each(
      List<V> vectors, Function<V, String> name, Consumer<V> check) {
    assertThat(vectors).isNotEmpty().map(name).doesNotHaveDuplicates();
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(name.apply(vector), () -> check.accept(vector)));
  }

  /** Shows all pairs of values of groups, with how the places of their groups compare. */
  private static void eachPair(List<EqualValues> groups, Pair check) {
    for (int i = 0; i < groups.size(); i++) {
      for (int j = 0; j < groups.size(); j++) {
        for (Value a : groups.get(i).getValuesList()) {
          for (Value b : groups.get(j).getValuesList()) {
            check.of(a, b, Integer.compare(i, j));
          }
        }
      }
    }
  }

  private interface Pair {
    void of(Value a, Value b, int order);
  }

  @TestFactory
  Stream<DynamicTest> shouldHoldEqualWhatTheVectorsDo() {
    return each(
        Vectors.values().getEqualitiesList(),
        EqualityVector::getName,
        vector -> eachPair(vector.getGroupsList(), ValueVectorsTest::assertEquality));
  }

  private static void assertEquality(Value a, Value b, int order) {
    ValueKey one = ValueKey.of(a);
    ValueKey other = ValueKey.of(b);
    assertThat(one.equals(other)).as("%s equals %s", a, b).isEqualTo(order == 0);
    assertThat(one.compareTo(other) == 0).as("%s is the key %s", a, b).isEqualTo(order == 0);
    if (order == 0) {
      assertThat(one.hashCode()).as("hash of %s and %s", a, b).isEqualTo(other.hashCode());
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldOrderAsTheVectorsDo() {
    return each(
        Vectors.values().getOrdersList(),
        OrderVector::getName,
        vector -> {
          eachPair(vector.getAscendingList(), ValueVectorsTest::assertOrder);
          assertSorts(vector.getAscendingList());
        });
  }

  private static void assertOrder(Value a, Value b, int order) {
    assertThat(Integer.signum(ValueOrder.NATURAL.compare(a, b)))
        .as("order of %s and %s", a, b)
        .isEqualTo(order);
    assertEquality(a, b, order);
  }

  private static void assertSorts(List<EqualValues> ascending) {
    List<Value> sorted = new ArrayList<>();
    ascending.forEach(group -> sorted.add(group.getValues(0)));
    List<Value> values = new ArrayList<>(sorted);
    Collections.reverse(values);
    values.sort(ValueOrder.NATURAL);
    assertThat(values).isEqualTo(sorted);
  }

  @TestFactory
  Stream<DynamicTest> shouldHaveNoOrderWhereTheVectorsHaveNone() {
    return each(
        Vectors.values().getUnorderedList(),
        UnorderedVector::getName,
        vector -> {
          BiConsumer<Value, Value> check =
              (a, b) ->
                  assertRefused(
                      () -> ValueOrder.NATURAL.compare(a, b),
                      ErrorReason.ERROR_REASON_NOT_COMPARABLE);
          check.accept(vector.getA(), vector.getB());
          check.accept(vector.getB(), vector.getA());
        });
  }

  private static void assertRefused(ThrowingCallable call, ErrorReason reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  @TestFactory
  Stream<DynamicTest> shouldStoreWhatTheVectorsSay() {
    EngineFixture world = new EngineFixture();
    Client client = world.session("a");
    client.dict("d").create();
    return each(
        Vectors.values().getValiditiesList(),
        ValidityVector::getName,
        vector -> {
          Value value = vector.getValue();
          assertTaken(client.dict("d").set("k", value).isRefused(), vector.getStorable(), value);
          assertTaken(client.dict("d").set(value, 1).isRefused(), vector.getHashable(), value);
          if (!vector.getStorable()) {
            assertThat(client.dict("d").set("k", value).reason())
                .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
          }
          if (!vector.getHashable()) {
            assertThat(client.dict("d").set(value, 1).reason())
                .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
          }
        });
  }

  private static void assertTaken(boolean refused, boolean taken, Value value) {
    assertThat(refused).as("refuses %s", value).isEqualTo(!taken);
  }

  /** Some parsers lose the sign of -0.0 in JSON; the vectors write it so that none does. */
  @Test
  void shouldReadMinusZero() {
    assertThat(
            Vectors.values().getEqualitiesList().stream()
                .flatMap(vector -> vector.getGroupsList().stream())
                .flatMap(group -> group.getValuesList().stream())
                .map(Value::getFloat)
                .filter(number -> Double.doubleToRawLongBits(number) == Long.MIN_VALUE))
        .isNotEmpty();
  }
}
