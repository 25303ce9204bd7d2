package dev.polyproc.client.internal.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.Polyproc;
import dev.polyproc.conformance.v1.EqualValues;
import dev.polyproc.conformance.v1.EqualityVector;
import dev.polyproc.conformance.v1.OrderVector;
import dev.polyproc.conformance.v1.SumVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What this client makes of values, with a daemon: the test vectors of all languages. */
@Timeout(120)
class ValueVectorsTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();

  private static Object object(Value value) {
    return Codec.ANY.decode(value);
  }

  /** The first value of each group, as objects. */
  private static List<Object> firsts(List<EqualValues> groups) {
    return groups.stream().map(group -> object(group.getValues(0))).toList();
  }

  private PolyList<Object> list(List<Object> elements) {
    PolyList<Object> list = polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.ANY);
    list.addAll(elements);
    return list;
  }

  @TestFactory
  Stream<DynamicTest> shouldFindWhatTheVectorsHoldEqual() {
    return Vectors.values().getEqualitiesList().stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> assertFinds(vector)));
  }

  private void assertFinds(EqualityVector vector) throws Exception {
    PolyList<Object> list = list(firsts(vector.getGroupsList()));
    PolyDict<Object, Object> dict =
        polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.ANY, Codec.ANY);
    for (int i = 0; i < vector.getGroupsCount(); i++) {
      List<Value> equal = vector.getGroups(i).getValuesList();
      boolean hashable = isHashable(equal.get(0));
      if (hashable) {
        assertThat(dict.putIfAbsent(object(equal.get(0)), i)).as("%s", equal).isNull();
      }
      for (Value value : equal) {
        assertThat(list.indexOfAsync(object(value)).get(30, TimeUnit.SECONDS))
            .as("%s", value)
            .isEqualTo(i);
        if (hashable) {
          assertThat(dict.get(object(value))).as("%s", value).isEqualTo((long) i);
        }
      }
    }
  }

  private static boolean isHashable(Value value) {
    return switch (value.getKindCase()) {
      case LIST, MAP -> false;
      case TUPLE ->
          value.getTuple().getValuesList().stream().allMatch(ValueVectorsTest::isHashable);
      default -> true;
    };
  }

  @TestFactory
  Stream<DynamicTest> shouldSortAsTheVectorsDo() {
    return Vectors.values().getOrdersList().stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> assertSorts(vector)));
  }

  private void assertSorts(OrderVector vector) {
    List<Object> ascending = firsts(vector.getAscendingList());
    List<Object> shuffled = new ArrayList<>(ascending);
    Collections.reverse(shuffled);
    PolyList<Object> list = list(shuffled);

    list.sort(null);

    assertThat(list.stream().map(Codec.ANY::encode))
        .isEqualTo(ascending.stream().map(Codec.ANY::encode).toList());
    if (ascending.stream().allMatch(String.class::isInstance)) {
      List<String> texts = new ArrayList<>();
      shuffled.forEach(text -> texts.add((String) text));
      texts.sort(new NaturalOrder<>(Codec.STRING));
      assertThat(texts).as("sorted by the client").isEqualTo(ascending);
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldAddWholeNumbersAsTheVectorsDo() {
    return Vectors.sums().getSumsList().stream()
        .filter(sum -> isWhole(sum.getBefore()) && isWhole(sum.getAmount()) && sum.getBits() == 0)
        .map(sum -> DynamicTest.dynamicTest(sum.getName(), () -> assertAdds(sum)));
  }

  private static boolean isWhole(Value value) {
    return value.hasInt() || value.hasBigInt();
  }

  private void assertAdds(SumVector sum) throws Exception {
    Codec<BigInteger> whole = Codec.of(BigInteger.class);
    PolyDict<String, BigInteger> dict =
        polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.STRING, whole);
    dict.put("k", whole.decode(sum.getBefore()));

    BigInteger answered =
        dict.addAsync("k", whole.decode(sum.getAmount()), BigInteger.ZERO)
            .get(30, TimeUnit.SECONDS);

    assertThat(whole.encode(answered)).isEqualTo(sum.getSum());
    assertThat(dict.get("k")).isEqualTo(answered);
  }
}
