package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.conformance.v1.SumVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The engine's sums against the test vectors of all languages. */
final class SumVectorsTest {
  private final Client client = new EngineFixture().session("a");

  @TestFactory
  Stream<DynamicTest> shouldAddAsTheVectorsDo() {
    client.dict("d").create();
    List<SumVector> sums = Vectors.sums().getSumsList();
    assertThat(sums).isNotEmpty().map(SumVector::getName).doesNotHaveDuplicates();
    return sums.stream().map(sum -> DynamicTest.dynamicTest(sum.getName(), () -> check(sum)));
  }

  private void check(SumVector sum) {
    client.dict("d").set("k", sum.getBefore());
    var added =
        client
            .dict("d")
            .add(
                "k", DictAddRequest.newBuilder().setAmount(sum.getAmount()).setBits(sum.getBits()));
    if (sum.hasSum()) {
      // A message's own equality tells zeros apart, and holds NaN equal to itself.
      assertThat(added.response().getValue()).isEqualTo(sum.getSum());
      assertThat(stored()).isEqualTo(sum.getSum());
    } else {
      assertThat(added.reason()).isEqualTo(sum.getReason());
      assertThat(stored()).isEqualTo(sum.getBefore());
    }
  }

  private Value stored() {
    return client.dict("d").get("k").response().getValue();
  }
}
