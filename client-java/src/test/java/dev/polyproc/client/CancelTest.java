package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.QueueCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What comes for a future that was cancelled goes back; what somebody may have seen does not. */
@Timeout(60)
class CancelTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final int ITEMS = 400;

  private Polyproc polyproc;
  private PolyQueue<String> queue;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldLoseNothingToACompletionByTheProgram() throws Exception {
    CompletableFuture<String> take = queue.takeAsync();

    assertThat(take.completeAsync(() -> "mine").get(10, TimeUnit.SECONDS)).isEqualTo("mine");

    queue.put("kept");
    assertThat(queue.poll()).isEqualTo("kept");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> take.obtrudeValue("other"));
    CompletableFuture<String> failing = queue.takeAsync();
    failing.completeAsync(
        () -> {
          throw new IllegalStateException("of the program");
        });
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> failing.get(10, TimeUnit.SECONDS))
        .withCauseInstanceOf(IllegalStateException.class);
  }

  /** As {@code await} of kotlinx-coroutines does it, whose coroutine is cancelled at any time. */
  private static final class Awaiting<T> {
    private final CompletableFuture<T> future;
    private final CompletableFuture<T> continuation = new CompletableFuture<>();
    private volatile boolean listening = true;

    /** What the handler was handed, whether the coroutine still wanted it or not. */
    final CompletableFuture<T> handed = new CompletableFuture<>();

    Awaiting(CompletableFuture<T> future) {
      this.future = future;
      var unused =
          future.handle(
              (result, failure) -> {
                if (failure == null) {
                  handed.complete(result);
                } else {
                  handed.completeExceptionally(failure);
                }
                if (listening) {
                  continuation.complete(result);
                }
                return null;
              });
    }

    void cancelCoroutine() {
      if (continuation.cancel(false)) {
        future.cancel(false);
        listening = false;
      }
    }

    /** The item, if it was handed out; null if it went back. */
    @Nullable T outcome() throws Exception {
      Await.until(handed::isDone);
      return handed.isCompletedExceptionally() ? null : handed.join();
    }
  }

  private <T> List<T> race(Function<PolyQueue<String>, CompletableFuture<T>> take)
      throws Exception {
    Random random = new Random(5);
    List<T> handed = new ArrayList<>();
    for (int i = 0; i < ITEMS; i++) {
      Awaiting<T> awaiting = new Awaiting<>(take.apply(queue));
      var unused = queue.putAsync("item " + i);
      LockSupport.parkNanos(random.nextInt(400_000));
      awaiting.cancelCoroutine();
      T item = awaiting.outcome();
      if (item != null) {
        handed.add(item);
      }
    }
    return handed;
  }

  @Test
  void shouldLoseNoItemWhoseTakeIsCancelled() throws Exception {
    List<String> taken = race(PolyQueue::takeAsync);
    taken.addAll(queue.getManyAsync(ITEMS, 0, TimeUnit.SECONDS).get());
    assertThat(taken).hasSize(ITEMS).doesNotHaveDuplicates();
  }

  @Test
  void shouldLoseNoItemOfMany() throws Exception {
    List<String> taken = new ArrayList<>();
    race(all -> all.getManyAsync(3)).forEach(taken::addAll);
    taken.addAll(queue.getManyAsync(ITEMS, 0, TimeUnit.SECONDS).get());
    assertThat(taken).hasSize(ITEMS).doesNotHaveDuplicates();
  }

  @Test
  void shouldLeaveNoItemReservedWhoseReserveIsCancelled() throws Exception {
    List<Delivery<String>> reserved = race(PolyQueue::reserveAsync);
    for (Delivery<String> delivery : reserved) {
      delivery.acknowledge();
    }
    assertThat(queue.status().getReserved()).isZero();
    assertThat(queue.size()).isEqualTo(ITEMS - reserved.size());
  }

  @Test
  void shouldLoseNoMessage() throws Exception {
    PolyPipe<Long> pipe = polyproc.pipe("cancelled", Long.class);
    Random random = new Random(7);
    List<Long> received = new ArrayList<>();
    for (long i = 0; i < ITEMS; i++) {
      Awaiting<Long> awaiting = new Awaiting<>(pipe.second().receiveAsync());
      var unused = pipe.first().sendAsync(i);
      LockSupport.parkNanos(random.nextInt(400_000));
      awaiting.cancelCoroutine();
      Long message = awaiting.outcome();
      if (message != null) {
        received.add(message);
      }
    }
    while (received.size() < ITEMS) {
      received.add(pipe.second().receive(5, TimeUnit.SECONDS));
    }
    assertThat(received).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void shouldHoldNoLockWhoseAcquireIsCancelled() throws Exception {
    PolyLock lock = polyproc.lock("cancelled-lock");
    Random random = new Random(9);
    for (int i = 0; i < ITEMS; i++) {
      Hold before = lock.acquire();
      Awaiting<Hold> awaiting = new Awaiting<>(lock.acquireAsync());
      var unused = before.closeAsync();
      LockSupport.parkNanos(random.nextInt(400_000));
      awaiting.cancelCoroutine();
      Hold hold = awaiting.outcome();
      if (hold != null) {
        hold.close();
      }
      assertThat(lock.isLocked()).isFalse();
    }
  }

  /** The reply has come, and its callback has not run. */
  @Test
  void shouldGiveBackWhatHasComeAndNobodyHasSeen() throws Exception {
    LinkedBlockingQueue<Runnable> callbacks = new LinkedBlockingQueue<>();
    try (Polyproc other =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(callbacks::add).connect()) {
      PolyQueue<String> same = other.queue(queue.name(), String.class);
      Queue<String> seen = new ConcurrentLinkedQueue<>();
      CompletableFuture<String> taking = same.takeAsync();
      CompletableFuture<Void> dependent = taking.thenAccept(seen::add);
      queue.put("x");
      Runnable callback = callbacks.take(); // so the reply is there
      for (int i = 0; i < 3; i++) {
        assertThat(same.size()).isZero(); // nor does what is sent meanwhile confirm it
      }

      assertThat(taking.cancel(false)).isFalse();

      assertThat(queue.poll(10, TimeUnit.SECONDS)).isEqualTo("x");
      callback.run();
      while (!dependent.isDone()) {
        callbacks.take().run();
      }
      assertThat(taking.isCancelled()).isTrue();
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void shouldGiveBackNothingThatSomebodyMayHaveSeen() throws Exception {
    for (Function<CompletableFuture<String>, Object> look :
        List.<Function<CompletableFuture<String>, Object>>of(
            CompletableFuture::join,
            future -> future.thenApply(item -> item).join(),
            future -> {
              Await.until(future::isDone);
              return "x";
            },
            future -> {
              Await.until(() -> future.getNow("absent").equals("x"));
              return "x";
            })) {
      CompletableFuture<String> taking = queue.takeAsync();
      queue.put("x");
      assertThat(look.apply(taking)).isEqualTo("x");
      assertThat(taking.cancel(true)).isFalse();
      assertThat(taking.isCancelled()).isFalse();
      assertThat(taking.get()).isEqualTo("x");
      assertThat(queue.poll()).isNull();
    }
  }

  /** Those that are dead must not keep what they are not told about from being confirmed. */
  @Test
  void shouldKeepItemsThatNobodyHasAskedFor() throws Exception {
    LinkedBlockingQueue<Runnable> never = new LinkedBlockingQueue<>();
    List<CompletableFuture<String>> taking = new ArrayList<>();
    try (Polyproc other =
        Polyproc.builder().address(DAEMON.address()).callbackExecutor(never::add).connect()) {
      PolyQueue<String> same = other.queue(queue.name(), String.class);
      int many = other.limits().getWindowCalls() / 4;
      for (int i = 0; i < many; i++) {
        taking.add(same.takeAsync());
        var unused = same.putAsync("item " + i);
      }
      assertThat(same.size()).isZero();
    }
    for (int i = 0; i < taking.size(); i++) { // closing has confirmed them
      assertThat(taking.get(i).get(10, TimeUnit.SECONDS)).isEqualTo("item " + i);
    }
    assertThat(queue.size()).isZero();
  }

  @Test
  void shouldLetThePutStandThatWasDoneBeforeItWasCancelled() throws Exception {
    for (int i = 0; i < ITEMS; i++) {
      CompletableFuture<@Nullable Void> put = queue.putAsync("item " + i);
      put.cancel(true);
      Await.until(put::isDone);
      assertThat(queue.poll() == null).as("not put").isEqualTo(put.isCancelled());
    }
  }

  @Test
  void shouldCancelWhatIsTimingOut() throws Exception {
    for (int i = 0; i < ITEMS; i++) {
      CompletableFuture<String> taking = queue.takeAsync().orTimeout(100, TimeUnit.MICROSECONDS);
      taking.cancel(true);
      var unused = queue.putAsync("x");
      Await.until(taking::isDone);
      assertThat(taking.isCompletedExceptionally() ? queue.take() : taking.join()).isEqualTo("x");
      assertThat(queue.poll()).isNull();
    }
  }
}
