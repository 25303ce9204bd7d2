package dev.polyproc.client;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.FeatureSpecificTestSuiteBuilder;
import com.google.common.collect.testing.ListTestSuiteBuilder;
import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.TestStringListGenerator;
import com.google.common.collect.testing.TestStringMapGenerator;
import com.google.common.collect.testing.TestStringQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.ListFeature;
import com.google.common.collect.testing.features.MapFeature;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The whole contract of {@code ConcurrentMap}, {@code Queue} and {@code List} on a daemon, with
 * every feature that there is but nulls and serialization. Suppressed is only what wants all
 * elements in a {@code toString}. Each test has objects of its own, which are deleted after it.
 */
class CollectionSuitesTest {
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
  DynamicNode shouldHaveDictsThatAreConcurrentMaps() {
    return suite(
        ConcurrentMapTestSuiteBuilder.using(new Dicts())
            .named("PolyDict")
            .withFeatures(
                MapFeature.GENERAL_PURPOSE,
                CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                CollectionFeature.KNOWN_ORDER,
                CollectionSize.ANY));
  }

  @TestFactory
  DynamicNode shouldHaveQueuesThatAreQueues() {
    return suite(queues("PolyQueue", new Queues()));
  }

  @TestFactory
  DynamicNode shouldHaveStacksThatAreQueues() {
    return suite(queues("PolyQueue, last in, first out", new Stacks()));
  }

  @TestFactory
  DynamicNode shouldHavePriorityQueuesThatAreQueues() {
    return suite(queues("PolyPriorityQueue", new PriorityQueues()));
  }

  @TestFactory
  DynamicNode shouldHaveDequesThatAreQueues() {
    return suite(queues("PolyDeque", new Deques()));
  }

  private static QueueTestSuiteBuilder<String> queues(
      String name, TestStringQueueGenerator generator) {
    return QueueTestSuiteBuilder.using(generator)
        .named(name)
        .withFeatures(
            CollectionFeature.GENERAL_PURPOSE, CollectionFeature.KNOWN_ORDER, CollectionSize.ANY);
  }

  @TestFactory
  DynamicNode shouldHaveListsThatAreLists() {
    return suite(
        ListTestSuiteBuilder.using(new Lists())
            .named("PolyList")
            .withFeatures(
                ListFeature.GENERAL_PURPOSE,
                CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                CollectionSize.ANY));
  }

  @TestFactory
  DynamicNode shouldHaveSubListsThatAreLists() {
    return suite(
        ListTestSuiteBuilder.using(new SubLists())
            .named("SubList")
            .withFeatures(
                ListFeature.GENERAL_PURPOSE,
                CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                CollectionSize.ANY));
  }

  private static DynamicNode suite(FeatureSpecificTestSuiteBuilder<?, ?> builder) {
    return Suites.of(
        builder
            .suppressing(Suites.ofContentsInToString())
            .withTearDown(CollectionSuitesTest::delete)
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
        dict.set(entry.getKey(), entry.getValue());
      }
      return dict;
    }
  }

  private static PolyQueue<String> queue(QueueCreateRequest.Builder shape) {
    PolyQueue<String> queue = polyproc.queue(shape.build(), Codec.STRING);
    CREATED.add(queue.name());
    return queue;
  }

  private static Queue<String> filled(Queue<String> queue, String[] items) {
    queue.addAll(List.of(items));
    return queue;
  }

  private static final class Queues extends TestStringQueueGenerator {
    @Override
    protected Queue<String> create(String[] items) {
      return filled(queue(QueueCreateRequest.newBuilder()), items);
    }
  }

  /** Filled from the last on, so that the first is at the head, where the suite wants it. */
  private static final class Stacks extends TestStringQueueGenerator {
    @Override
    protected Queue<String> create(String[] items) {
      List<String> lastFirst = new ArrayList<>(List.of(items));
      Collections.reverse(lastFirst);
      PolyQueue<String> stack =
          queue(QueueCreateRequest.newBuilder().setOrder(QueueOrder.QUEUE_ORDER_LIFO));
      stack.addAll(lastFirst);
      return stack;
    }
  }

  /** In the order of the suite's own letters, so that the first is at the head. */
  private static final class PriorityQueues extends TestStringQueueGenerator {
    @Override
    protected Queue<String> create(String[] items) {
      PolyQueue<String> queue =
          queue(QueueCreateRequest.newBuilder().setOrder(QueueOrder.QUEUE_ORDER_PRIORITY));
      return filled(queue.asPriorityQueue(PriorityQueues::priority), items);
    }

    private static int priority(String item) {
      return "bacde".indexOf(item.charAt(0));
    }

    @Override
    public List<String> order(List<String> put) {
      return put.stream().sorted(Comparator.comparing(PriorityQueues::priority)).toList();
    }
  }

  private static final class Deques extends TestStringQueueGenerator {
    @Override
    protected Queue<String> create(String[] items) {
      return filled(queue(QueueCreateRequest.newBuilder()).asDeque(), items);
    }
  }

  private static PolyList<String> list(List<String> elements) {
    PolyList<String> list = polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.STRING);
    CREATED.add(list.name());
    list.addAll(elements);
    return list;
  }

  private static final class Lists extends TestStringListGenerator {
    @Override
    protected List<String> create(String[] elements) {
      return list(List.of(elements));
    }
  }

  /** A part of a part of a longer list. */
  private static final class SubLists extends TestStringListGenerator {
    @Override
    protected List<String> create(String[] elements) {
      List<String> all = new ArrayList<>(List.of(elements));
      all.add(0, "before");
      all.addAll(List.of("behind", "far behind"));
      return list(all).subList(0, all.size() - 1).subList(1, all.size() - 2);
    }
  }
}
