package dev.polyproc.client;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.TestStringQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.QueueCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole contract of {@code Queue}, on a daemon; that of waiting is in PolyQueueTest. */
class QueueSuiteTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final List<PolyQueue<String>> CREATED = new ArrayList<>();
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
  DynamicNode shouldBeAQueue() {
    return Suites.of(
        QueueTestSuiteBuilder.using(new Queues())
            .named("PolyQueue")
            .withFeatures(
                CollectionFeature.GENERAL_PURPOSE,
                CollectionFeature.KNOWN_ORDER,
                CollectionSize.ANY)
            .withTearDown(QueueSuiteTest::delete)
            .createTestSuite());
  }

  private static void delete() {
    CREATED.forEach(PolyQueue::delete);
    CREATED.clear();
  }

  private static final class Queues extends TestStringQueueGenerator {
    @Override
    protected Queue<String> create(String[] items) {
      PolyQueue<String> queue =
          polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
      CREATED.add(queue);
      for (String item : items) {
        queue.add(item);
      }
      return queue;
    }
  }
}
