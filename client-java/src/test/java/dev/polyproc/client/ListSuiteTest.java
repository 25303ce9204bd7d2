package dev.polyproc.client;

import com.google.common.collect.testing.ListTestSuiteBuilder;
import com.google.common.collect.testing.TestStringListGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.ListFeature;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ListCreateRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole contract of {@code List}, on a daemon: of a list, and of a part of a longer one. */
class ListSuiteTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final List<String> CREATED = new ArrayList<>();
  private static Polyproc polyproc;

  @BeforeAll
  static void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterAll
  static void close() {
    polyproc.close();
  }

  @TestFactory
  DynamicNode shouldBeAList() {
    return suite("PolyList", new Lists());
  }

  @TestFactory
  DynamicNode shouldHaveSubListsThatAreLists() {
    return suite("SubList", new SubLists());
  }

  private static DynamicNode suite(String name, TestStringListGenerator lists) {
    return Suites.of(
        ListTestSuiteBuilder.using(lists)
            .named(name)
            .withFeatures(
                ListFeature.GENERAL_PURPOSE,
                CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                CollectionSize.ANY)
            .withTearDown(ListSuiteTest::delete)
            .createTestSuite());
  }

  private static void delete() {
    CREATED.forEach(polyproc::delete);
    CREATED.clear();
  }

  private static PolyList<String> create() {
    PolyList<String> list = polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.STRING);
    CREATED.add(list.name());
    return list;
  }

  private static final class Lists extends TestStringListGenerator {
    @Override
    protected List<String> create(String[] elements) {
      PolyList<String> list = ListSuiteTest.create();
      list.addAll(List.of(elements));
      return list;
    }
  }

  private static final class SubLists extends TestStringListGenerator {
    @Override
    protected List<String> create(String[] elements) {
      List<String> all = new ArrayList<>(List.of(elements));
      all.add(0, "before");
      all.addAll(List.of("behind", "far behind"));
      PolyList<String> list = ListSuiteTest.create();
      list.addAll(all);
      return list.subList(0, all.size() - 1).subList(1, all.size() - 2);
    }
  }
}
