package dev.polyproc.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueCreateRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reservations that end by themselves, while their client lives. */
@Timeout(60)
class ReservationTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyQueue<String> queue;
  private PolyQueue<String> hasty;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
    hasty = queue.reservedFor(Duration.ofMillis(50));
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  private void assertComesBack(Delivery<String> late) throws InterruptedException {
    try (Delivery<String> next = requireNonNull(queue.reserve(30, TimeUnit.SECONDS))) {
      assertThat(next.item()).isEqualTo(late.item());
      assertThat(next.attempt()).isEqualTo(late.attempt() + 1);
      next.acknowledge();
    }
    assertThat(Failure.reasonOf(late::acknowledge))
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
  }

  @Test
  void shouldHandOnWhatAHangingHandlerHolds() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      queue.put("a");
      CountDownLatch begun = new CountDownLatch(1);
      Consumption<String> hanging =
          hasty.consume(
              1,
              pool,
              job -> {
                begun.countDown();
                enough.await();
              });
      begun.await();

      try (Delivery<String> next = queue.reserve()) {
        assertThat(next.attempt()).isEqualTo(2);
        next.acknowledge();
      }

      hanging.close();
      enough.countDown();
      hanging.done().get(30, TimeUnit.SECONDS);
      assertThat(queue).isEmpty();
    } finally {
      enough.countDown();
      pool.shutdown();
    }
  }

  @Test
  void shouldEndEachReservationThatIsNotSettledInItsTime() throws Exception {
    queue.put("a");
    assertComesBack(hasty.reserve());
    queue.put("b");
    assertComesBack(requireNonNull(hasty.reserve(30, TimeUnit.SECONDS)));
    queue.put("c");
    assertComesBack(hasty.reserveAsync().get(30, TimeUnit.SECONDS));
    queue.put("d");
    assertComesBack(
        requireNonNull(hasty.reserveAsync(30, TimeUnit.SECONDS).get(30, TimeUnit.SECONDS)));
    queue.put("e");
    assertComesBack(hasty.reserveMany(1).get(0));
    queue.put("f");
    assertComesBack(hasty.reserveManyAsync(1).get(30, TimeUnit.SECONDS).get(0));
    queue.put("g");
    assertComesBack(hasty.reserveMany(1, 30, TimeUnit.SECONDS).get(0));
    queue.put("h");
    assertComesBack(
        hasty.reserveManyAsync(1, 30, TimeUnit.SECONDS).get(30, TimeUnit.SECONDS).get(0));
  }

  @Test
  void shouldBeTheSameQueueInEverythingElse() throws Exception {
    assertThat(hasty).isEqualTo(queue).hasToString(queue.toString());
    assertThat(hasty.ref()).isEqualTo(queue.ref());
    hasty.put("a");
    hasty.addAll(List.of("b", "c"));
    assertThat(queue.take()).isEqualTo("a"); // for good
    assertThat(hasty.take()).isEqualTo("b");
    assertThat(hasty.getMany(1)).containsExactly("c");
    assertThat(hasty.poll()).isNull();
  }

  @Test
  void shouldBeToldWhichTimesThereAre() {
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> queue.reservedFor(Duration.ZERO).reserve())
        .withMessageStartingWith("Expected reservation_timeout to be ");
  }
}
