package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.transport.SharedLoop;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.QueueCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class InterruptTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();

  /** A thread of its own for {@code wait}, which tells what it threw. */
  private static Thread start(Callable<?> wait, CompletableFuture<Throwable> end) {
    Thread thread =
        new Thread(
            () -> {
              try {
                wait.call();
              } catch (Exception e) {
                end.complete(e);
              }
            });
    thread.start();
    return thread;
  }

  @Test
  void shouldTakeNothingWhenInterrupted() throws Exception {
    PolyQueue<String> queue = create(0);
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread taker = start(queue::take, end);
    Await.until(() -> queue.status().getWaitingGets() == 1);

    taker.interrupt();

    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    queue.put("kept");
    assertThat(queue).containsExactly("kept");
  }

  @Test
  void shouldNoticeInterruptOfThreadThatRunsTheEventLoop() throws Exception {
    PolyQueue<String> queue = create(0);
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread taker =
        start(
            () -> {
              for (int i = 0; i < 20 * SharedLoop.CALLERS; i++) {
                queue.put("x");
                queue.take();
              }
              return queue.take();
            },
            end);
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> same = other.queue(queue.name(), Codec.STRING);
      Await.until(() -> !taker.isAlive() || same.status().getWaitingGets() == 1);

      taker.interrupt();

      assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
      assertThat(same.status().getWaitingGets()).isZero();
    }
  }

  @Test
  void shouldLeaveNoWaiterWhenInterruptedOrOutOfTime() throws Exception {
    BlockingQueue<String> full = create(1);
    full.put("in the way");
    BlockingQueue<String> empty = create(0);
    Lock lock = polyproc.lock("held");
    Inspector inspector = new Inspector(polyproc);
    try (Polyproc other = Polyproc.connect(DAEMON.address());
        Hold hold = other.lock("held").acquire()) {
      assertThat(hold.token()).isPositive();
      Map<String, Callable<?>> waits =
          Map.of(
              "take", empty::take,
              "poll", () -> empty.poll(1, TimeUnit.HOURS),
              "put", () -> full.offer("x", 1, TimeUnit.HOURS),
              "try", () -> lock.tryLock(1, TimeUnit.HOURS),
              "lock",
                  () -> {
                    lock.lockInterruptibly();
                    return "locked";
                  });
      for (Map.Entry<String, Callable<?>> wait : waits.entrySet()) {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread thread =
            new Thread(
                () -> {
                  try {
                    wait.getValue().call();
                  } catch (Exception e) {
                    end.complete(e);
                  }
                });
        thread.start();
        Await.until(() -> waiters(inspector, empty, full) == 1);
        thread.interrupt();
        assertThat(end.get(5, TimeUnit.SECONDS))
            .as(wait.getKey())
            .isInstanceOf(InterruptedException.class);
        assertThat(waiters(inspector, empty, full)).isZero();
      }

      assertThat(empty.poll(1, TimeUnit.MILLISECONDS)).isNull();
      assertThat(full.offer("x", 1, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(lock.tryLock(1, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(waiters(inspector, empty, full)).isZero();
    }
    assertThat(full).containsExactly("in the way");
  }

  private static int waiters(
      Inspector inspector, BlockingQueue<String> empty, BlockingQueue<String> full) {
    return inspector.waiters("held")
        + inspector.waiters(((PolyQueue<String>) empty).name())
        + inspector.waiters(((PolyQueue<String>) full).name());
  }

  @Test
  void shouldAnswerWhatIsDoneThoughInterrupted() throws Exception {
    PolyQueue<String> queue = create(0);
    Thread.currentThread().interrupt();
    queue.clear();
    assertThat(queue.offer("x")).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(queue.size()).isEqualTo(1);
  }

  /** Every item is put or not, and taken or not, as the interrupted call said. */
  @Test
  void shouldLoseNothingWhileInterruptsRaceWithPutsAndTakes() throws Exception {
    PolyQueue<String> queue = create(3);
    Queue<String> put = new ConcurrentLinkedQueue<>();
    Queue<String> notPut = new ConcurrentLinkedQueue<>();
    Queue<String> taken = new ConcurrentLinkedQueue<>();
    AtomicBoolean producing = new AtomicBoolean(true);
    List<Thread> producers = new ArrayList<>();
    List<Thread> consumers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int producer = i;
      producers.add(new Thread(() -> produce(queue, producer, put, notPut)));
      consumers.add(new Thread(() -> consume(queue, producing, taken)));
    }
    producers.forEach(Thread::start);
    consumers.forEach(Thread::start);

    Random random = new Random(11);
    while (producers.stream().anyMatch(Thread::isAlive)) {
      producers.get(random.nextInt(4)).interrupt();
      consumers.get(random.nextInt(4)).interrupt();
      LockSupport.parkNanos(random.nextInt(200_000));
    }
    producing.set(false);
    for (Thread consumer : consumers) {
      consumer.join();
    }
    taken.addAll(queue);

    assertThat(notPut).as("some were interrupted").isNotEmpty();
    assertThat(taken).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  void shouldCompleteCancelledFutureAsTheDaemonSays() throws Exception {
    // given
    PolyQueue<String> queue = create(0);
    CompletableFuture<String> waiting = queue.takeAsync();

    // when
    waiting.cancel(true);

    // then
    Await.until(waiting::isDone);
    assertThat(waiting.isCancelled()).isTrue();
    queue.put("kept");
    assertThat(queue.size()).isEqualTo(1);

    // and given
    CompletableFuture<String> granted = queue.takeAsync();
    Await.until(() -> queue.size() == 0);

    // when
    granted.cancel(true);

    // then: it was seen by then, or has gone back
    String seen;
    try {
      seen = granted.get(5, TimeUnit.SECONDS);
    } catch (CancellationException e) {
      seen = queue.poll();
    }
    assertThat(seen).isEqualTo("kept");
    assertThat(queue.size()).isZero();
  }

  @Test
  void shouldLoseNothingWhenFutureTimesOut() throws Exception {
    PolyQueue<String> queue = create(0);
    List<String> taken = new ArrayList<>();
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      CompletableFuture<String> taking =
          queue.takeAsync().orTimeout(i % 300, TimeUnit.MICROSECONDS);
      puts.add(queue.putAsync("item " + i));
      try {
        taken.add(taking.get(5, TimeUnit.SECONDS));
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(TimeoutException.class);
      } catch (CancellationException e) {
        throw new AssertionError("Expected a time-out", e);
      }
    }
    CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).get();
    taken.addAll(queue);
    assertThat(taken).doesNotHaveDuplicates().hasSize(2_000);
  }

  private PolyQueue<String> create(int maxsize) {
    return polyproc.queue(
        QueueCreateRequest.newBuilder().setMaxsize(maxsize).build(), Codec.STRING);
  }

  private static void produce(
      PolyQueue<String> queue, int producer, Queue<String> put, Queue<String> notPut) {
    for (int i = 0; i < 1_000; i++) {
      String item = producer + "-" + i;
      try {
        queue.put(item);
        put.add(item);
      } catch (InterruptedException e) {
        notPut.add(item);
      }
    }
  }

  private static void consume(
      PolyQueue<String> queue, AtomicBoolean producing, Queue<String> taken) {
    while (producing.get()) {
      try {
        String item = queue.poll(10, TimeUnit.MILLISECONDS);
        if (item != null) {
          taken.add(item);
        }
      } catch (InterruptedException e) {
        // Nothing was taken.
      }
    }
  }
}
