package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.polyproc.client.internal.collection.Reservation;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.QueueCreateRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Consumptions whose executor does not do what it should: their items are others' again. */
@Timeout(60)
class ConsumptionEndTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final List<String> ITEMS = List.of("a", "b", "c", "d");

  private final CountDownLatch handling = new CountDownLatch(1);
  private final CountDownLatch enough = new CountDownLatch(1);
  private ExecutorService pool = Executors.newSingleThreadExecutor();
  private Polyproc polyproc;
  private PolyQueue<String> queue;

  @BeforeEach
  void connect() {
    polyproc =
        Polyproc.builder()
            .address(DAEMON.address())
            .timeToLive(Duration.ofSeconds(60)) // long after every wait of these tests
            .connect();
    queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
  }

  @AfterEach
  void close() {
    pool.shutdownNow();
    polyproc.close();
  }

  private void handle(Delivery<String> delivery) throws InterruptedException {
    handling.countDown();
    enough.await();
  }

  @Test
  void shouldEndWhenClosedAfterItsExecutorWasShutDown() throws Exception {
    queue.putMany(ITEMS);
    Consumption<String> consumption = queue.consume(4, pool, this::handle);
    Await.until(queue::isEmpty);
    handling.await();

    pool.shutdownNow();
    consumption.close();

    assertEnds(consumption);
    assertThat(queue).containsExactlyInAnyOrderElementsOf(ITEMS);
  }

  @Test
  void shouldBuryNothingThatComesWhileItEnds() throws Exception {
    PolyQueue<String> dead = polyproc.queue("dead", String.class);
    PolyQueue<String> once =
        polyproc.queue("once", Codec.STRING, QueueOptions.DEFAULTS.maxAttempts(1, "dead"));
    List<String> handled = new CopyOnWriteArrayList<>();
    for (int round = 0; round < 200; round++) {
      Consumption<String> consumption =
          once.consume(4, pool, delivery -> handled.add(delivery.item()));
      CompletableFuture<?> put = once.putAsync("item " + round);
      consumption.close();
      put.get(30, TimeUnit.SECONDS);
      assertEnds(consumption);
    }

    assertThat(dead).isEmpty();
    assertThat(once.size() + handled.size()).isEqualTo(200);
  }

  @Test
  void shouldCountNoAttemptOfWhatNoHandlerHadBegunWith() throws Exception {
    queue.putMany(ITEMS);
    Consumption<String> consumption =
        queue.consume(
            4,
            pool,
            delivery -> {
              handling.countDown();
              enough.await();
              throw new IllegalStateException("it is broken");
            });
    Await.until(queue::isEmpty);
    handling.await();

    enough.countDown();
    assertThatThrownBy(() -> consumption.done().get(30, TimeUnit.SECONDS))
        .hasRootCauseMessage("it is broken");

    assertThat(queue.reserveMany(4))
        .extracting(Delivery::item, Delivery::attempt)
        .containsExactly(tuple("a", 2), tuple("b", 1), tuple("c", 1), tuple("d", 1));
  }

  @Test
  void shouldEndByItselfWhenItsExecutorDroppedWhatItHad() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    pool.execute(() -> await(busy));
    queue.putMany(ITEMS);
    Consumption<String> consumption = queue.consume(4, pool, this::handle);
    Await.until(queue::isEmpty);

    pool.shutdownNow();

    assertThat(Failure.of(consumption.done())).isInstanceOf(RejectedExecutionException.class);
    assertThat(queue).containsExactlyInAnyOrderElementsOf(ITEMS);
  }

  @Test
  void shouldEndWhenItsExecutorWasShutDownBefore() throws Exception {
    queue.putMany(ITEMS);
    pool.shutdown();

    Consumption<String> consumption = queue.consume(4, pool, this::handle);

    assertThat(Failure.of(consumption.done())).isInstanceOf(RejectedExecutionException.class);
    assertThat(queue).containsExactlyInAnyOrderElementsOf(ITEMS);
  }

  @Test
  void shouldEndWhileItsExecutorNeverBegins() throws Exception {
    queue.putMany(ITEMS);
    Consumption<String> consumption = queue.consume(4, task -> {}, this::handle);
    Await.until(queue::isEmpty);

    consumption.close();

    assertEnds(consumption);
    assertThat(queue).containsExactlyInAnyOrderElementsOf(ITEMS);
  }

  @Test
  void shouldSayThatItsExecutorRefused() throws Exception {
    pool = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1));
    pool.execute(() -> await(enough)); // and there is room for one item
    CompletableFuture<LogRecord> logged = new CompletableFuture<>();
    Logger logger = Logger.getLogger(Consumption.class.getName());
    Handler listener = listener(logged);
    logger.addHandler(listener);
    try {
      queue.putMany(ITEMS);
      Consumption<String> consumption = queue.consume(4, pool, this::handle);
      assertThat(Failure.of(consumption.done())).isInstanceOf(RejectedExecutionException.class);
      assertThat(logged.get(10, TimeUnit.SECONDS).getMessage()).contains(queue.name());
      assertThat(queue).containsExactlyInAnyOrderElementsOf(ITEMS);
    } finally {
      logger.removeHandler(listener);
    }
  }

  /** By its number, which the delivery does not notice. */
  private void reject(long reservation) {
    new Reservation(polyproc.requestor(), queue.requests(), reservation).reject();
  }

  @Test
  void shouldSayWhichReservationEndedBeforeItsHandlerReturned() throws Exception {
    CompletableFuture<LogRecord> logged = new CompletableFuture<>();
    CompletableFuture<Long> reservation = new CompletableFuture<>();
    Logger logger = Logger.getLogger(Consumption.class.getName());
    Handler listener = listener(logged);
    logger.addHandler(listener);
    try {
      queue.put("taken from its handler");
      Consumption<String> consumption =
          queue.consume(
              1,
              pool,
              delivery -> {
                reject(delivery.reservation()); // and so reserved no more
                reservation.complete(delivery.reservation());
                enough.await();
              });
      reservation.get(10, TimeUnit.SECONDS);
      assertThat(queue.take()).isEqualTo("taken from its handler");
      enough.countDown();
      LogRecord record = logged.get(20, TimeUnit.SECONDS);
      assertThat(record.getLevel()).isEqualTo(Level.WARNING);
      assertThat(new SimpleFormatter().formatMessage(record))
          .contains("acknowledge reservation " + reservation.get() + " of queue '" + queue.name())
          .contains("went back");
      assertThat(consumption.done()).as("goes on").isNotDone();
      consumption.close();
    } finally {
      logger.removeHandler(listener);
    }
  }

  @Test
  void shouldEndConsumingOnAnInterruptedThreadThoughThereIsNoRoomForCalls() throws Exception {
    queue.putMany(ITEMS);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread consumer =
        new Thread(
            () -> {
              try {
                queue.consume(4, this::handle);
              } catch (Throwable e) {
                ended.complete(e);
              }
            });
    consumer.start();
    handling.await();
    PolyQueue<String> empty = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
    for (int i = 0; i < polyproc.limits().getWindowCalls() / 2; i++) {
      var unused = empty.takeAsync();
    }
    DAEMON.signal("STOP");
    try {
      consumer.interrupt();
      assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    } finally {
      DAEMON.signal("CONT");
    }
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> same = other.queue(queue.name(), String.class);
      Await.until(() -> same.size() == ITEMS.size());
    }
  }

  @Test
  void shouldEndConsumingOnAnInterruptedThreadThoughTheDaemonStandsStill() throws Exception {
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread consumer =
        new Thread(
            () -> {
              try {
                queue.consume(4, delivery -> {});
              } catch (Throwable e) {
                ended.complete(e);
              }
            });
    consumer.start();
    Await.until(() -> queue.status().getWaitingGets() == 1);
    DAEMON.signal("STOP");
    try {
      consumer.interrupt();
      assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    } finally {
      DAEMON.signal("CONT");
    }
    queue.put("kept");
    assertThat((Object) queue.take()).isEqualTo("kept");
  }

  private static void assertEnds(Consumption<String> consumption) throws Exception {
    try {
      consumption.done().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(InterruptedException.class); // of the handler
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Handler listener(CompletableFuture<LogRecord> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord record) {
        logged.complete(record);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
