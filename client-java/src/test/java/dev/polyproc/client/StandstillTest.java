package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.client.internal.session.Session;
import dev.polyproc.testing.CuttableProxy;
import dev.polyproc.testing.DaemonProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon that is stopped, and a client that waits: it waits as long as it said. */
@Timeout(120)
class StandstillTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  /** Long after every wait of these tests. */
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(60);

  private Polyproc polyproc;
  private PolyQueue<String> queue;
  private boolean stopped;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).timeToLive(TIME_TO_LIVE).connect();
    queue = polyproc.queue("standstill-" + System.nanoTime(), String.class);
  }

  @AfterEach
  void close() throws Exception {
    goOn();
    polyproc.close();
  }

  private void standStill() throws Exception {
    DAEMON.signal("STOP");
    stopped = true;
  }

  private void goOn() throws Exception {
    if (stopped) {
      DAEMON.signal("CONT");
      stopped = false;
    }
  }

  /** Well before the time to live, whatever the machine does. */
  private static <T> T soon(Callable<T> call) throws Exception {
    long before = System.nanoTime();
    try {
      return call.call();
    } finally {
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isLessThan(TIME_TO_LIVE.dividedBy(2));
    }
  }

  @Test
  void shouldEndAPollInTime() throws Exception {
    standStill();

    assertThat(soon(() -> queue.poll(100, TimeUnit.MILLISECONDS))).isNull();
    queue.putAsync("kept");
    assertThat(soon(() -> queue.poll(100, TimeUnit.MILLISECONDS))).isNull();
    goOn();

    assertThat(queue.take()).as("an item that came too late").isEqualTo("kept");
  }

  @Test
  void shouldEndAPollInTimeThatFindsNoRoom() throws Exception {
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < polyproc.limits().getWindowCalls() / 2; i++) {
      waiting.add(queue.takeAsync());
    }

    assertThat(soon(() -> queue.poll(100, TimeUnit.MILLISECONDS))).isNull();
    assertThat(soon(() -> queue.offer("never sent", 100, TimeUnit.MILLISECONDS))).isFalse();

    assertThat(waiting).noneMatch(CompletableFuture::isDone);
  }

  /**
   * The event loop is held up at a reply, and finds the next one before it hears of the time-out.
   */
  @Test
  void shouldAnswerWhatCameBeforeTheCallWasGivenUp() throws Exception {
    try (CuttableProxy network = new CuttableProxy(DAEMON.port());
        Polyproc behind =
            Polyproc.builder()
                .address(network.address())
                .token(DAEMON.token())
                .timeToLive(TIME_TO_LIVE)
                .connect()) {
      // given
      PolyQueue<String> same = behind.queue(queue.name(), String.class);
      PolyQueue<String> sent = behind.queue(queue.name() + "-sent", String.class);
      PolyQueue<String> sentFromOutside = polyproc.queue(sent.name(), String.class);
      CompletableFuture<String> polled = new CompletableFuture<>();
      Thread polling =
          new Thread(
              () -> {
                try {
                  polled.complete(same.poll(3, TimeUnit.SECONDS));
                } catch (Exception e) {
                  polled.completeExceptionally(e);
                }
              });
      polling.start();
      Await.until(() -> queue.status().getWaitingGets() == 1);

      // when the item comes in one piece with a reply at which the event loop is held up
      network.holdReplies();
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Session session = behind.requestor().session();
      session.transport().execute(() -> session.calls().barrier().thenRun(() -> hold(held, goOn)));
      var unused = sent.putAsync("the daemon has answered the barrier");
      Await.until(() -> !sentFromOutside.isEmpty());
      queue.put("seen or kept");
      network.passReplies();
      held.await();
      Await.until(
          () ->
              Arrays.stream(polling.getStackTrace())
                  .anyMatch(frame -> frame.getMethodName().equals("giveUp")));
      goOn.countDown();

      // then
      String seen = polled.get(20, TimeUnit.SECONDS);
      String kept = queue.poll(seen == null ? 20 : 0, TimeUnit.SECONDS);
      assertThat(seen == null ? kept : seen).isEqualTo("seen or kept");
    }
  }

  private static void hold(CountDownLatch held, CountDownLatch goOn) {
    held.countDown();
    uninterruptibly(goOn);
  }

  private static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldEndATryLockInTime() throws Exception {
    PolyLock lock = polyproc.lock(queue.name() + "-lock");
    standStill();

    assertThat(soon(() -> lock.tryLock(100, TimeUnit.MILLISECONDS))).isFalse();
    goOn();

    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      Hold hold = other.lock(lock.name()).acquire(30, TimeUnit.SECONDS);
      assertThat(hold).as("a lock that came too late").isNotNull();
    }
  }

  @Test
  void shouldSayThatItDoesNotKnowWhatBecameOfAnOffer() throws Exception {
    standStill();

    assertThatThrownBy(() -> soon(() -> queue.offer("perhaps", 100, TimeUnit.MILLISECONDS)))
        .isInstanceOf(PolyprocException.class)
        .hasMessageContaining("whether this call took effect is not known");
    goOn();

    assertThat(queue.size()).as("there was room for it, and it stands").isEqualTo(1);
  }

  @Test
  void shouldSayThatItDoesNotKnowWhetherOthersHavePassed() throws Exception {
    PolyBarrier barrier = polyproc.barrier(queue.name() + "-barrier", 2);
    standStill();

    assertThatThrownBy(() -> soon(() -> barrier.await(100, TimeUnit.MILLISECONDS)))
        .isInstanceOf(PolyprocException.class)
        .hasMessageContaining("whether this call took effect is not known");
    goOn();
  }

  @Test
  void shouldEndATakeThatIsInterrupted() throws Exception {
    standStill();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread taking =
        new Thread(
            () -> {
              try {
                queue.take();
                ended.completeExceptionally(new AssertionError("Expected no item"));
              } catch (Throwable e) {
                ended.complete(e);
              }
            });
    taking.start();
    Await.until(() -> taking.getState() == Thread.State.WAITING);

    taking.interrupt();
    Throwable thrown = soon(ended::get);
    assertThat(thrown).isInstanceOf(InterruptedException.class);
    goOn();

    queue.put("kept");
    assertThat(queue.take()).as("not lost to the one who left").isEqualTo("kept");
  }

  @Test
  void shouldGiveBackAnItemThatComesAfterItsTakeWasCancelled() throws Exception {
    try (CuttableProxy network = new CuttableProxy(DAEMON.port());
        Polyproc behind =
            Polyproc.builder()
                .address(network.address())
                .token(DAEMON.token())
                .timeToLive(TIME_TO_LIVE)
                .connect()) {
      CompletableFuture<String> take = behind.queue(queue.name(), String.class).takeAsync();
      Await.until(() -> queue.status().getWaitingGets() == 1);
      network.loseReplies();
      queue.put("kept");
      Await.until(queue::isEmpty);

      take.cancel(false);
      network.cut();

      Await.until(take::isDone);
      assertThat(take).isCancelled();
      assertThat((Object) soon(queue::take)).isEqualTo("kept");
    }
  }

  @Test
  void shouldKeepASessionWhoseConnectionBreaksAgainAndAgain() throws Exception {
    BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
    try (CuttableProxy network = new CuttableProxy(DAEMON.port());
        Polyproc restless =
            Polyproc.builder()
                .address(network.address())
                .token(DAEMON.token())
                .timeToLive(Duration.ofSeconds(5)) // less than it goes on
                .onSessionLost(lost::add)
                .connect()) {
      CompletableFuture<String> waiting = restless.queue(queue.name(), String.class).takeAsync();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
      while (System.nanoTime() < until) {
        int connections = network.connections();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(60));
        network.cut();
        Await.until(() -> network.connections() > connections);
      }
      queue.put("at last");

      assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo("at last");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void shouldEndItsSessionWhenItIsClosedOnAnInterruptedThread() throws Exception {
    Polyproc closing =
        Polyproc.builder().address(DAEMON.address()).timeToLive(TIME_TO_LIVE).connect();
    closing.lock(queue.name() + "-lock").lock();
    closing.queue(queue.name(), String.class).putAsync("made before");

    Thread.currentThread().interrupt();
    closing.close();

    assertThat(Thread.interrupted()).as("the interrupt is not forgotten").isTrue();
    assertThat((Object) soon(queue::take)).isEqualTo("made before");
    assertThat(soon(() -> polyproc.lock(queue.name() + "-lock").tryLock(30, TimeUnit.SECONDS)))
        .isTrue();
  }
}
