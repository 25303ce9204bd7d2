package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueCreateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What closing a client, and the end of the daemon, do to threads that wait or go on. */
@Timeout(60)
class CloseTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc observer;
  private Inspector inspector;
  private Polyproc closed;

  @BeforeEach
  void connect() {
    observer = Polyproc.connect(DAEMON.address());
    inspector = new Inspector(observer);
    closed = Polyproc.builder().address(DAEMON.address()).clientName("closed").connect();
  }

  @AfterEach
  void close() {
    closed.close();
    observer.close();
  }

  @Test
  void shouldLetNoThreadHangAndLeaveNoWaiter() throws Exception {
    // given threads that wait for everything there is to wait for
    PolyQueue<String> empty = closed.queue("empty", String.class);
    PolyQueue<String> full =
        closed.queue(
            QueueCreateRequest.newBuilder().setQueue("full").setMaxsize(1).build(), Codec.STRING);
    full.put("in the way");
    PolyLock lock = closed.lock("held");
    PolyEvent event = closed.event("never");
    try (Hold hold = observer.lock("held").acquire()) {
      assertThat(hold.token()).isPositive();
      List<CompletableFuture<Throwable>> ends = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        ends.add(Failure.onThread(empty::take));
        ends.add(Failure.onThread(() -> empty.poll(1, TimeUnit.HOURS)));
        ends.add(Failure.onThread(empty::reserve));
        ends.add(Failure.onThread(() -> empty.getMany(5)));
        ends.add(Failure.onThread(() -> full.offer("x", 1, TimeUnit.HOURS)));
        ends.add(Failure.onThread(() -> done(() -> full.put("x"))));
        ends.add(Failure.onThread(() -> done(lock::lock)));
        ends.add(Failure.onThread(() -> done(lock::lockInterruptibly)));
        ends.add(Failure.onThread(() -> lock.tryLock(1, TimeUnit.HOURS)));
        ends.add(Failure.onThread(() -> done(event::await)));
        ends.add(Failure.onThread(() -> done(() -> empty.consume(3, delivery -> {}))));
      }
      List<CompletableFuture<?>> futures =
          List.of(empty.takeAsync(), full.putAsync("x"), lock.acquireAsync(), event.awaitAsync());
      inspector.awaitWaiters("empty", 51);
      inspector.awaitWaiters("full", 21);
      inspector.awaitWaiters("held", 31);
      inspector.awaitWaiters("never", 11);

      // when
      closed.close();

      // then
      for (CompletableFuture<Throwable> end : ends) {
        assertEnded(end.get(10, TimeUnit.SECONDS));
      }
      for (CompletableFuture<?> future : futures) {
        assertEnded(Failure.of(future));
      }
      for (String object : List.of("empty", "full", "held", "never")) {
        assertThat(inspector.waiters(object)).as(object).isZero();
      }
      assertThat(
              observer.queue(
                  QueueCreateRequest.newBuilder().setQueue("full").setMaxsize(1).build(),
                  Codec.STRING))
          .containsExactly("in the way");
    }
  }

  @Test
  void shouldCloseWithAsManyCallsWaitingAsThereMayBe() throws Exception {
    PolyQueue<String> empty = closed.queue("empty-for-many", String.class);
    closed.lock("held-by-closed").lock();
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    for (int i = 0; i < closed.limits().getWindowCalls() / 2; i++) {
      waiting.add(empty.takeAsync());
    }

    closed.close();

    assertThat(observer.lock("held-by-closed").tryLock(2, TimeUnit.SECONDS)).isTrue();
    for (CompletableFuture<?> each : waiting) {
      assertEnded(Failure.of(each));
      assertThat(Failure.of(each)).isNotInstanceOf(SessionLostException.class);
    }
  }

  @Test
  void shouldTellEveryShapeThatTheClientIsClosed() {
    PolyDict<String, Long> dict = closed.dict("dict", String.class, Long.class);
    PolyList<Long> list = closed.list("list", Long.class);
    PolyQueue<Long> queue = closed.queue("queue", Long.class);
    PolyLock lock = closed.lock("lock");
    PolyNamespace namespace = closed.namespace("namespace");
    closed.close();

    List<ThrowingCallable> calls =
        List.of(
            () -> dict.get("a"),
            () -> dict.merge("a", 1L, Long::sum),
            () -> dict.putAll(Map.of("a", 1L, "b", 2L)),
            () -> dict.keySet().removeAll(List.of("a", "b")),
            () -> dict.entrySet().iterator().hasNext(),
            () -> list.get(0),
            () -> list.addAll(List.of(1L, 2L)),
            () -> list.containsAll(List.of(1L, 2L)),
            () -> list.iterator().hasNext(),
            () -> list.sort(null),
            () -> queue.add(1L),
            queue::poll,
            queue::take,
            () -> queue.drainTo(new ArrayList<>()),
            lock::lock,
            lock::tryLock,
            () -> namespace.get("a"),
            namespace::attributes,
            () -> closed.list("another"));
    for (ThrowingCallable call : calls) {
      assertThat(Failure.reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    }
  }

  @Test
  void shouldTellEveryShapeThatItsObjectIsGone() throws Exception {
    PolyDict<String, Long> dict = closed.dict("gone-dict", String.class, Long.class);
    PolyList<Long> list = closed.list("gone-list", Long.class);
    PolyQueue<Long> queue = closed.queue("gone-queue", Long.class);
    PolyLock lock = closed.lock("gone-lock");
    PolyNamespace namespace = closed.namespace("gone-namespace");
    lock.lock();
    CompletableFuture<Throwable> taking = Failure.onThread(queue::take);
    CompletableFuture<Throwable> locking = Failure.onThread(() -> done(lock::lock));
    inspector.awaitWaiters("gone-queue", 1);
    inspector.awaitWaiters("gone-lock", 1);
    List.of(dict.name(), list.name(), queue.name(), lock.name(), namespace.name())
        .forEach(observer::delete);

    for (CompletableFuture<Throwable> waiting : List.of(taking, locking)) {
      assertThat(waiting.get(10, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              PolyprocException.class,
              e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
    }
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            dict::size, list::size, queue::size, lock::unlock, namespace::attributes)) {
      assertThat(Failure.reasonOf(call)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
  }

  @Test
  void shouldCloseQuietlyWhatWentWithTheClient() throws Exception {
    Polyproc polyproc = Polyproc.connect(DAEMON.address());
    PolyQueue<String> queue = polyproc.queue("closed-after", String.class);
    queue.put("item");
    Delivery<String> delivery = queue.reserve();
    PolyPipeEnd<String> end = polyproc.pipe("pipe-closed-after", String.class).first();

    polyproc.close();

    delivery.close();
    end.close();
  }

  @Test
  void shouldTellEveryShapeThatTheDaemonIsGone() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start();
        Polyproc polyproc =
            Polyproc.builder()
                .address(daemon.address())
                .timeToLive(Duration.ofSeconds(1))
                .connect()) {
      PolyQueue<String> queue = polyproc.queue("queue", String.class);
      PolyLock lock = polyproc.lock("lock");
      PolyDict<Long, Long> dict = polyproc.dict("dict", Long.class, Long.class);
      lock.lock();
      List<CompletableFuture<Throwable>> ends = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        ends.add(Failure.onThread(queue::take));
        ends.add(Failure.onThread(() -> lock.tryLock(1, TimeUnit.HOURS)));
        ends.add(Failure.onThread(() -> done(() -> increment(dict))));
      }
      Inspector on = new Inspector(polyproc);
      on.awaitWaiters("queue", 10);
      on.awaitWaiters("lock", 10);

      daemon.kill();

      for (CompletableFuture<Throwable> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(SessionLostException.class);
      }
    }
  }

  /** Goes on until it fails. */
  private static void increment(PolyDict<Long, Long> dict) {
    dict.putAll(Map.of(1L, 0L, 2L, 0L, 3L, 0L));
    while (dict.size() > 0) {
      dict.replaceAll((key, value) -> value + 1);
    }
  }

  private static void assertEnded(Throwable end) {
    assertThat(end)
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED))
        .hasMessageStartingWith("Expected ");
  }

  private static Object done(ThrowingCallable call) throws Exception {
    try {
      call.call();
    } catch (Exception e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return "done";
  }
}
