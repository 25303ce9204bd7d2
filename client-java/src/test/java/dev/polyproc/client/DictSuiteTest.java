package dev.polyproc.client;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.TestStringMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole contract of {@code ConcurrentMap}, on a daemon. */
class DictSuiteTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static Polyproc polyproc;
  private static final List<String> CREATED = new ArrayList<>();

  @BeforeAll
  static void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterAll
  static void close() {
    polyproc.close();
  }

  @TestFactory
  DynamicNode shouldBeAConcurrentMap() {
    return Suites.of(
        ConcurrentMapTestSuiteBuilder.using(new Dicts())
            .named("PolyDict")
            .withFeatures(
                MapFeature.GENERAL_PURPOSE,
                CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                CollectionFeature.KNOWN_ORDER,
                CollectionSize.ANY)
            .withTearDown(DictSuiteTest::delete)
            .createTestSuite());
  }

  private static void delete() {
    CREATED.forEach(polyproc::delete);
    CREATED.clear();
  }

  private static final class Dicts extends TestStringMapGenerator {
    @Override
    protected Map<String, String> create(Map.Entry<String, String>[] entries) {
      PolyDict<String, String> dict =
          polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.STRING, Codec.STRING);
      CREATED.add(dict.name());
      for (Map.Entry<String, String> entry : entries) {
        dict.put(entry.getKey(), entry.getValue());
      }
      return dict;
    }
  }
}
