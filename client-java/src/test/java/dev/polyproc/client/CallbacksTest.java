package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polyproc.client.internal.call.AsyncCall;
import dev.polyproc.client.internal.call.Callbacks;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What depends on futures may do what it likes, and the client goes on. */
@Timeout(60)
class CallbacksTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyQueue<String> queue;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    queue = create();
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  private PolyQueue<String> create() {
    return polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
  }

  /** Runs a callback, on a thread of the client's for sure, as no item is there yet. */
  private static void whenTaken(PolyQueue<String> queue, Runnable callback) {
    var unused = queue.takeAsync().thenRun(callback);
  }

  @Test
  void shouldSettleDeliveriesInCallbacks() throws Exception {
    List<Consumer<Delivery<String>>> ways =
        List.of(
            Delivery::acknowledge,
            Delivery::reject,
            Delivery::giveUp,
            Delivery::close,
            delivery -> delivery.acknowledgeAsync().join(),
            delivery -> delivery.rejectAsync().join(),
            delivery -> delivery.giveUpAsync().join(),
            delivery -> delivery.closeAsync().join());
    for (Consumer<Delivery<String>> way : ways) {
      CompletableFuture<Void> settled = queue.reserveAsync().thenAccept(way);
      queue.put("x");
      settled.get(10, TimeUnit.SECONDS);
      assertThat(queue.status().getReserved()).isZero();
      queue.clear();
    }
  }

  @Test
  void shouldReleaseLocksInCallbacks() throws Exception {
    PolyLock lock = polyproc.lock("released");
    lock.acquireAsync().thenAccept(Hold::close).get(10, TimeUnit.SECONDS);
    assertThat(lock.isLocked()).isFalse();
    lock.acquireAsync().thenCompose(Hold::closeAsync).get(10, TimeUnit.SECONDS);
    assertThat(lock.isLocked()).isFalse();
    Hold hold = lock.acquire();
    hold.closeAsync().get(10, TimeUnit.SECONDS);
    hold.close();
    assertThat(lock.isLocked()).isFalse();
  }

  @Test
  void shouldWaitInCallbacks() throws Exception {
    queue.putAsync("a").thenRun(() -> queue.putAsync("b").join()).get(10, TimeUnit.SECONDS);
    assertThat(queue.size()).isEqualTo(2);
  }

  /** The second callback is behind the first in the order of the object, which waits for it. */
  @Test
  void shouldLetCallbacksWaitForCallbacksOfTheSameObject() throws Exception {
    CompletableFuture<String> waited =
        queue
            .putAsync("a")
            .thenApply(
                nothing ->
                    CompletableFuture.allOf(queue.putAsync("b"), queue.putAsync("c"))
                        .thenCompose(both -> queue.takeAsync())
                        .join());
    assertThat(waited.get(20, TimeUnit.SECONDS)).isEqualTo("a");
  }

  @Test
  void shouldGoOnBesideCallbacksThatNeverReturn() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    int many = 3 * Callbacks.WIDTH;
    try {
      for (int i = 0; i < many; i++) {
        PolyQueue<String> other = create();
        whenTaken(other, () -> waitFor(over));
        other.put("y");
      }
      for (int i = 0; i < many; i++) { // of an object whose callback waits, too
        whenTaken(queue, () -> waitFor(over));
      }
      for (int i = 0; i <= many; i++) {
        var unused = queue.putAsync("x");
      }
      assertThat(queue.peekAsync().thenApply(head -> head + "!").get(20, TimeUnit.SECONDS))
          .isEqualTo("x!");
    } finally {
      over.countDown();
    }
  }

  @Test
  void shouldKeepTheSessionAliveWhileCallbacksSleep() throws Exception {
    CountDownLatch sleeping = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    CompletableFuture<Object> word = new CompletableFuture<>();
    try {
      whenTaken(
          queue,
          () -> {
            sleeping.countDown();
            waitFor(over);
          });
      queue.put("x");
      sleeping.await();
      Session session = polyproc.requestor().session();
      session
          .transport()
          .execute(() -> session.calls().keepAlive().whenComplete((w, e) -> word.complete(w)));

      assertThat(word.get(20, TimeUnit.SECONDS)).isEqualTo(true);
    } finally {
      over.countDown();
    }
  }

  @Test
  void shouldLetCallbacksWaitForCallbacksThoughTheClientWasClosed() throws Exception {
    Polyproc closing = Polyproc.connect(DAEMON.address());
    PolyQueue<String> same = closing.queue(queue.name(), String.class);
    CountDownLatch second = new CountDownLatch(1);
    CompletableFuture<Void> waiting =
        same.takeAsync().<Void>handle((item, failure) -> waitFor(second));
    CompletableFuture<Void> behind =
        same.takeAsync()
            .handle(
                (item, failure) -> {
                  second.countDown();
                  return null;
                });

    closing.close();

    behind.get(20, TimeUnit.SECONDS);
    waiting.get(20, TimeUnit.SECONDS);
  }

  /** Whatever it has, it never begins; and it says on which threads it was asked. */
  private static final class Asked extends AbstractExecutorService {
    final LinkedBlockingQueue<String> askedOn = new LinkedBlockingQueue<>();

    @Override
    public boolean isShutdown() {
      askedOn.add(Thread.currentThread().getName());
      return false;
    }

    @Override
    public void execute(Runnable task) {}

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }
  }

  @Test
  void shouldAskExecutorsOffTheEventLoopWhetherTheyWereShutDown() throws Exception {
    Asked asked = new Asked();
    try (Polyproc with =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(asked).connect()) {
      PolyQueue<String> same = with.queue(queue.name(), String.class);
      var unused = same.putAsync("x");
      assertThat(asked.askedOn.take()).startsWith("polyproc-callbacks");

      Asked consuming = new Asked();
      try (Consumption<String> consumption = same.consume(2, consuming, delivery -> {})) {
        assertThat(consumption.done()).isNotDone();
        assertThat(consuming.askedOn.take()).isEqualTo(Thread.currentThread().getName());
        assertThat(consuming.askedOn.take()).startsWith("polyproc-callbacks");
      }
    }
  }

  /** {@code state}, {@code resultNow} and {@code exceptionNow} are there since Java 19. */
  @Test
  void shouldTellTheResultToNewerWaysToAskForIt() throws Exception {
    LinkedBlockingQueue<Runnable> never = new LinkedBlockingQueue<>();
    try (Polyproc stuck =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(never::add).connect()) {
      PolyQueue<String> same = stuck.queue(queue.name(), String.class);
      AsyncCall<String> taking = (AsyncCall<String>) same.takeAsync();
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(taking::resultNow);
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(taking::exceptionNow);
      assertState(taking, "RUNNING");
      queue.put("x");
      assertThat(taking.get()).isEqualTo("x");
      assertState(taking, "SUCCESS");
      assertThat(taking.resultNow()).isEqualTo("x");
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(taking::exceptionNow);

      AsyncCall<String> needed = (AsyncCall<String>) same.takeAsync();
      CompletableFuture<String> dependent = needed.thenApply(item -> item);
      queue.put("y");
      assertThat(needed.get()).isEqualTo("y");
      assertThat(needed.resultNow()).isEqualTo("y");
      assertThat(dependent).as("is for the executor").isNotDone();

      queue.shutdownForAll();
      AsyncCall<String> refused = (AsyncCall<String>) same.takeAsync();
      Await.until(refused::isDone);
      assertState(refused, "FAILED");
      assertThat(refused.exceptionNow()).isInstanceOf(PolyprocException.class);
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(refused::resultNow)
          .withCauseInstanceOf(PolyprocException.class);
    }
  }

  private static void assertState(Future<?> future, String state) throws Exception {
    if (Runtime.version().feature() >= 19) {
      assertThat(Future.class.getMethod("state").invoke(future)).hasToString(state);
    }
  }

  @Test
  void shouldRunCallbacksInTheOrderOfTheReplies() throws Exception {
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<?>> all = new ArrayList<>();
    int calls = 5_000;
    for (int i = 0; i < calls; i++) {
      int number = i;
      all.add(queue.takeAsync().thenRun(() -> seen.add(number)));
    }
    queue.addAll(IntStream.range(0, calls).mapToObj(i -> "item " + i).toList());
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(50, TimeUnit.SECONDS);
    assertThat(seen).isSorted().hasSize(calls);
  }

  @Test
  void shouldWakeWhoWaitsThoughCallbacksAreBusy() throws Exception {
    LinkedBlockingQueue<Runnable> never = new LinkedBlockingQueue<>();
    try (Polyproc stuck =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(never::add).connect()) {
      PolyQueue<String> same = stuck.queue(queue.name(), String.class);
      CompletableFuture<String> taking = same.takeAsync();
      CompletableFuture<String> behind = taking.thenApply(item -> item);
      same.put("x");
      assertThat(taking.get(10, TimeUnit.SECONDS)).isEqualTo("x");
      assertThat(taking.join()).isEqualTo("x");
      assertThat(taking.getNow("absent")).isEqualTo("x");
      assertThat(taking).isDone();
      assertThat(taking.isCompletedExceptionally()).isFalse();
      assertThat(taking.cancel(true)).isFalse();
      assertThat(behind).isNotDone();
      never.take().run();
      assertThat(behind).isCompletedWithValue("x");
    }
  }

  @Test
  void shouldNeedNoCallbackThreadForCallsThatWait() throws Exception {
    LinkedBlockingQueue<Runnable> never = new LinkedBlockingQueue<>();
    try (Polyproc stuck =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(never::add).connect()) {
      PolyQueue<String> same = stuck.queue(queue.name(), String.class);
      same.put("x");
      assertThat(same.take()).isEqualTo("x");
      try (Hold hold = stuck.lock("stuck").acquire()) {
        assertThat(hold.token()).isPositive();
      }
      same.putMany(List.of("a", "b", "c"));
      same.shutdownForAll();
      List<String> handled = new ArrayList<>();
      same.consume(2, delivery -> handled.add(delivery.item()));
      assertThat(handled).containsExactly("a", "b", "c");
      assertThat(never).isEmpty();
    }
  }

  @Test
  void shouldUseTheExecutorOfTheBuilder() throws Exception {
    ExecutorService mine = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    try (Polyproc with =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(mine).connect()) {
      CompletableFuture<String> thread =
          with.queue(queue.name(), String.class)
              .takeAsync()
              .thenApply(item -> Thread.currentThread().getName());
      queue.put("x");
      assertThat(thread.get(10, TimeUnit.SECONDS)).isEqualTo("mine");
    } finally {
      mine.shutdown();
    }
  }

  @Test
  void shouldCompleteFuturesThoughTheExecutorRefuses() throws Exception {
    try (Polyproc with =
        Polyproc.builder()
            .address(DAEMON.address())
            .callbackExecutor(
                task -> {
                  throw new RejectedExecutionException("full");
                })
            .connect()) {
      CompletableFuture<String> taken =
          with.queue(queue.name(), String.class).takeAsync().thenApply(item -> item + "!");
      queue.put("x");
      assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo("x!");
    }
  }

  @Test
  void shouldLetOthersGoOnWhenACallbackWaitsAfterItComputedForLong() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    CompletableFuture<Boolean> first = queue.takeAsync().thenApply(item -> computeAndAwait(latch));
    CompletableFuture<Void> second = queue.takeAsync().thenRun(latch::countDown);
    queue.put("a");
    queue.put("b");

    second.get(20, TimeUnit.SECONDS);
    assertThat(first.get(20, TimeUnit.SECONDS)).isTrue();
  }

  private static boolean computeAndAwait(CountDownLatch latch) {
    long until = System.nanoTime() + 5 * Callbacks.PATIENCE_NANOS;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void shouldCompleteFuturesThoughTheExecutorFails() throws Exception {
    try (Polyproc with =
        Polyproc.builder()
            .address(DAEMON.address())
            .callbackExecutor(
                task -> {
                  throw new NoClassDefFoundError("Gone");
                })
            .connect()) {
      for (int i = 0; i < 10; i++) {
        CompletableFuture<String> taken =
            with.queue(queue.name(), String.class).takeAsync().thenApply(item -> item + "!");
        queue.put("x");
        assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo("x!");
      }
    }
  }

  @Test
  void shouldCompleteFuturesThoughTheExecutorDropsWhatItHas() throws Exception {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    CompletableFuture<Void> busy = new CompletableFuture<>();
    executor.execute(busy::join);
    try (Polyproc with =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(executor).connect()) {
      CompletableFuture<String> taken =
          with.queue(queue.name(), String.class).takeAsync().thenApply(item -> item + "!");
      queue.put("x");
      Await.until(() -> executor.getQueue().size() > 0);

      executor.shutdownNow();

      assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo("x!");
    } finally {
      busy.complete(null);
    }
  }

  /** Who runs callbacks on the event loop is told there what would stop it. */
  @Test
  void shouldRefuseAtOnceWhatWouldBlockTheEventLoop() throws Exception {
    try (Polyproc direct =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(Runnable::run).connect()) {
      PolyQueue<String> same = direct.queue(queue.name(), String.class);
      PolyLock lock = direct.lock("on-loop");
      PolyPipe<String> pipe = direct.pipe("on-loop-pipe", String.class);
      List<Consumer<Delivery<String>>> ways =
          List.of(
              Delivery::acknowledge,
              Delivery::reject,
              Delivery::giveUp,
              Delivery::close,
              delivery -> delivery.acknowledgeAsync().join());
      for (Consumer<Delivery<String>> way : ways) {
        CompletableFuture<Delivery<String>> reserved = same.reserveAsync();
        CompletableFuture<Throwable> refused =
            reserved.thenApply(delivery -> catchThrowable(() -> way.accept(delivery)));
        queue.put("x");
        assertThat(refused.get(10, TimeUnit.SECONDS))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("thenApplyAsync");
        reserved.get().acknowledge();
        Await.until(() -> queue.status().getReserved() == 0);
      }

      Hold hold = lock.acquire();
      for (Runnable way : List.<Runnable>of(hold::close, pipe.first()::close, same::clear)) {
        CompletableFuture<Throwable> refused =
            same.takeAsync().thenApply(item -> catchThrowable(way::run));
        queue.put("x");
        assertThat(refused.get(10, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class);
      }
      assertThat(lock.isLocked()).isTrue();
      hold.close();
      assertThat(lock.isLocked()).isFalse();
      pipe.first().send("open");
      assertThat(pipe.second().receive()).isEqualTo("open");
    }
  }

  @Test
  void shouldConsumeOnAPoolWhoseCallersRun() throws Exception {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    try {
      List<String> handled = Collections.synchronizedList(new ArrayList<>());
      queue.addAll(LongStream.range(0, 200).mapToObj(i -> "item " + i).toList());
      Consumption<String> consumption =
          queue.consume(
              10,
              pool,
              delivery -> {
                assertThat(queue.size()).isNotNegative(); // waits
                handled.add(delivery.item());
                delivery.acknowledge();
              });
      queue.shutdownForAll();
      consumption.done().get(30, TimeUnit.SECONDS);
      assertThat(handled).hasSize(200).doesNotHaveDuplicates();
    } finally {
      pool.shutdown();
    }
  }

  /** A codec is the program's, too. */
  @Test
  void shouldDecodeOffTheEventLoop() throws Exception {
    PolyDict<String, String> names = polyproc.dict("names", String.class, String.class);
    names.put("1", "one");
    Codec<String> lookingUp =
        new Codec<>() {
          @Override
          public Value encode(String value) {
            return Codec.STRING.encode(value);
          }

          @Override
          public String decode(Value value) {
            return String.valueOf(names.get(Codec.STRING.decode(value)));
          }
        };
    PolyQueue<String> looked = polyproc.queue(queue.name(), lookingUp);
    CompletableFuture<String> callback = looked.takeAsync().thenApply(name -> name + "!");
    queue.put("1");
    assertThat(callback.get(10, TimeUnit.SECONDS)).isEqualTo("one!");
    queue.put("1");
    assertThat(looked.takeAsync().get(10, TimeUnit.SECONDS)).isEqualTo("one");
  }

  @Test
  void shouldTellFailuresAsFuturesDo() throws Exception {
    queue.shutdownForAll();
    CompletableFuture<String> closed = queue.takeAsync();
    CompletableFuture<Throwable> told = closed.handle((item, failure) -> failure);
    assertThat(told.get(10, TimeUnit.SECONDS)).isInstanceOf(PolyprocException.class);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(closed::get)
        .withCauseInstanceOf(PolyprocException.class);
    assertThat(closed).isCompletedExceptionally();
    assertThat(closed.isCancelled()).isFalse();
  }

  @Test
  void shouldCloseTheClientInACallback() throws Exception {
    Polyproc closing = Polyproc.connect(DAEMON.address());
    CompletableFuture<Void> closed =
        closing.queue(queue.name(), String.class).takeAsync().thenAccept(item -> closing.close());
    queue.put("x");
    closed.get(20, TimeUnit.SECONDS);
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(() -> closing.queue("another"))
        .withMessageContaining("closed");
  }

  private static @Nullable Void waitFor(CountDownLatch latch) {
    try {
      latch.await();
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
