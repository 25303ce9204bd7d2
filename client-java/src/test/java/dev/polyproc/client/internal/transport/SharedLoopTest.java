package dev.polyproc.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.polyproc.client.Await;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.AbstractEventExecutor;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop by itself; a thread that answers stands for the network. */
@Timeout(60)
class SharedLoopTest {
  private static final ThreadFactory OWNER = new DefaultThreadFactory("owner", true);

  private final ExecutorService network = Executors.newSingleThreadExecutor();
  private final AtomicInteger inFlight = new AtomicInteger();
  private EventLoopGroup group;
  private SharedLoop loop;

  @BeforeEach
  void start() {
    assumeThat(Epoll.isAvailable()).as("epoll, which lends itself").isTrue();
    start(SharedLoop.PATIENCE_NANOS);
  }

  private void start(long patienceNanos) {
    group = SharedLoop.group(OWNER, EpollIoHandler.newFactory(), true, patienceNanos);
    loop = (SharedLoop) group.iterator().next();
    loop.lendWhen(() -> inFlight.get() == 0);
  }

  @AfterEach
  void end() throws Exception {
    network.shutdownNow();
    if (group != null) {
      end(group);
    }
  }

  private static void end(EventLoopGroup started) throws InterruptedException {
    assertThat(started.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS))
        .isTrue();
  }

  @Test
  void shouldBeRunByCallerWhoIsAlone() throws Exception {
    String leader = lend();

    assertThat(leader).isEqualTo(Thread.currentThread().getName());
    assertThat(loop.inEventLoop()).as("after the call").isFalse();
  }

  @Test
  void shouldRunTaskAtOnceWhenNobodyRunsIt() throws Exception {
    for (int i = 0; i < 20; i++) {
      lend();

      assertThat(loop.submit(() -> Thread.currentThread().getName()).get(5, TimeUnit.SECONDS))
          .startsWith("owner");
    }
  }

  @Test
  void shouldRunWhatIsScheduledWhenNobodyRunsIt() throws Exception {
    lend();

    assertThat(
            loop.schedule(() -> Thread.currentThread().getName(), 1, TimeUnit.MILLISECONDS)
                .get(5, TimeUnit.SECONDS))
        .startsWith("owner");
  }

  @Test
  void shouldGoBackToItsThreadWhenCallerWaitsLong() throws Exception {
    lend();
    CompletableFuture<String> never = new CompletableFuture<>();

    while (!loop.lead(() -> {}, never, () -> true)) {
      lend();
    }

    assertThat(never).isNotDone();
    assertThat(loop.submit(() -> Thread.currentThread().getName()).get(5, TimeUnit.SECONDS))
        .startsWith("owner");
  }

  @Test
  void shouldGoBackToItsThreadWhenCallerIsNotAloneAnyMore() throws Exception {
    AtomicBoolean alone = new AtomicBoolean(true);
    CompletableFuture<String> other = new CompletableFuture<>();
    CompletableFuture<String> never = new CompletableFuture<>();
    do {
      lend();
    } while (!loop.lead(
        () -> {
          alone.set(false);
          network.execute(() -> loop.execute(() -> other.complete(threadName())));
        },
        never,
        alone::get));

    assertThat(other.get(5, TimeUnit.SECONDS)).startsWith("owner");
    assertThat(loop.submit(SharedLoopTest::threadName).get(5, TimeUnit.SECONDS))
        .startsWith("owner");
  }

  @Test
  void shouldLeaveTasksThatCameWithAnotherCallToItsThread() throws Exception {
    AtomicBoolean alone = new AtomicBoolean(true);
    CompletableFuture<String> others = new CompletableFuture<>();
    do {
      lend();
    } while (!loop.lead(
        () -> {
          alone.set(false);
          loop.execute(() -> others.complete(threadName()));
        },
        new CompletableFuture<>(),
        alone::get));

    assertThat(others.get(5, TimeUnit.SECONDS)).startsWith("owner");
  }

  /** A caller that has its result may leave a call of another thread behind, just sent. */
  @Test
  void shouldGoBackToItsThreadAtOnceWhenSomethingIsStillInFlight() throws Exception {
    end(group);
    start(TimeUnit.HOURS.toNanos(1)); // who waits for the next look waits too long
    Thread owner = loop.submit(Thread::currentThread).get(5, TimeUnit.SECONDS);
    for (int i = 0; i < 20; i++) {
      CompletableFuture<String> result = new CompletableFuture<>();
      do {
        lend();
      } while (!loop.lead(
          () -> {
            inFlight.incrementAndGet();
            result.complete("done");
          },
          result,
          () -> true));

      Await.until(() -> loop.inEventLoop(owner));

      inFlight.decrementAndGet();
    }
  }

  @Test
  void shouldStillBeLentWhenACallbackInterruptedItsThread() throws Exception {
    end(group);
    start(TimeUnit.HOURS.toNanos(1)); // its thread sleeps on, unless it is kept awake
    loop.submit(() -> Thread.currentThread().interrupt()).get(5, TimeUnit.SECONDS);

    int led = 0;
    for (int calls = 0; led < 10 * SharedLoop.CALLERS; calls++) {
      assertThat(calls).as("calls until so many in a row were led").isLessThan(100_000);
      led = call(() -> true).equals(threadName()) ? led + 1 : 0;
    }
    loop.submit(() -> {}).get(5, TimeUnit.SECONDS); // or it would notice its end in an hour
  }

  @Test
  void shouldStayWithItsThreadWhileAnythingIsInFlight() throws Exception {
    inFlight.incrementAndGet();
    for (int i = 0; i < 10 * SharedLoop.CALLERS; i++) {
      assertThat(call(() -> true)).isNotEqualTo(threadName());
    }
  }

  @Test
  void shouldStayWithItsThreadWhileCallersAreNotAlone() throws Exception {
    for (int i = 0; i < 10 * SharedLoop.CALLERS; i++) {
      int call = i;
      assertThat(call(() -> call % 10 != 0)).isNotEqualTo(threadName());
    }
  }

  @Test
  void shouldRunWhatCallerLeavesBehind() throws Exception {
    CompletableFuture<String> result = new CompletableFuture<>();
    CompletableFuture<String> left = new CompletableFuture<>();
    do {
      lend();
    } while (!loop.lead(
        () -> {
          result.complete("done");
          loop.execute(() -> loop.execute(() -> left.complete("run")));
        },
        result,
        () -> true));

    assertThat(left.get(5, TimeUnit.SECONDS)).isEqualTo("run");
  }

  @Test
  void shouldGoOnWhenTaskFails() throws Exception {
    Logger.getLogger(AbstractEventExecutor.class.getName()).setLevel(Level.OFF); // tells of it
    CompletableFuture<String> never = new CompletableFuture<>();
    do {
      lend();
    } while (!loop.lead(
        () -> {
          throw new IllegalStateException("Expected by the test");
        },
        never,
        () -> true));

    assertThat(loop.submit(SharedLoopTest::threadName).get(5, TimeUnit.SECONDS))
        .startsWith("owner");
  }

  @Test
  void shouldEndWhileLent() throws Exception {
    lend();

    assertThat(group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS))
        .isTrue();
  }

  @Test
  void shouldEndWhileCallerRunsIt() throws Exception {
    CompletableFuture<String> never = new CompletableFuture<>();
    do {
      lend();
    } while (!loop.lead(() -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS), never, () -> true));

    assertThat(group.terminationFuture().await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.lead(() -> {}, never, () -> true)).isFalse();
  }

  @Test
  void shouldNeverBeLentWhereInterruptsCloseChannels() throws Exception {
    EventLoopGroup kept = SharedLoop.group(OWNER, NioIoHandler.newFactory(), false);
    try {
      SharedLoop own = (SharedLoop) kept.iterator().next();
      own.lendWhen(() -> true);
      for (int i = 0; i < 2 * SharedLoop.CALLERS; i++) {
        assertThat(own.lead(() -> {}, new CompletableFuture<>(), () -> true)).isFalse();
        own.submit(() -> {}).get(5, TimeUnit.SECONDS);
      }
    } finally {
      kept.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
  }

  /** Callers, tasks and timers at once: each is run once, and never two at a time. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldRunOneThingAtATimeWhoeverRunsIt(long seed) throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger run = new AtomicInteger();
    AtomicInteger together = new AtomicInteger();
    AtomicInteger led = new AtomicInteger();
    Runnable task =
        () -> {
          boolean first = inside.incrementAndGet() == 1;
          if (!first || !loop.inEventLoop()) {
            together.incrementAndGet();
          }
          run.incrementAndGet();
          inside.decrementAndGet();
        };
    int calls = 10_000;
    List<Future<?>> threads = new ArrayList<>();
    ExecutorService pool = Executors.newCachedThreadPool();
    try {
      for (int t = 0; t < 3; t++) {
        Random random = new Random(seed * 31 + t);
        boolean often = t == 0;
        threads.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < calls; i++) {
                    switch (often ? 0 : random.nextInt(200)) {
                      case 0 -> {
                        inFlight.incrementAndGet();
                        CompletableFuture<String> result = new CompletableFuture<>();
                        Runnable send = () -> answer(result, task);
                        if (loop.lead(
                            send, result, () -> inFlight.get() == (result.isDone() ? 0 : 1))) {
                          led.incrementAndGet();
                        } else {
                          loop.execute(send);
                        }
                        result.get(20, TimeUnit.SECONDS);
                      }
                      case 1 -> loop.submit(task).get(20, TimeUnit.SECONDS);
                      case 2 ->
                          loop.schedule(task, random.nextInt(2_000), TimeUnit.MICROSECONDS)
                              .get(20, TimeUnit.SECONDS);
                      default -> loop.execute(task);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> thread : threads) {
        thread.get(50, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    loop.submit(() -> {}).get(5, TimeUnit.SECONDS);
    assertThat(run).hasValue(3 * calls);
    assertThat(together).hasValue(0);
    assertThat(led).as("calls whose callers ran the loop, seed " + seed).hasPositiveValue();
  }

  /** Makes calls until a caller has run the loop; answers which thread ran the last. */
  private String lend() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    String leader;
    do {
      assertThat(System.nanoTime()).as("until a caller runs the loop").isLessThan(deadline);
      leader = call(() -> true);
    } while (!leader.equals(threadName()));
    return leader;
  }

  /** Makes one call as clients do; answers which thread ran the loop when it was sent. */
  private String call(BooleanSupplier alone) throws Exception {
    CompletableFuture<String> sender = new CompletableFuture<>();
    CompletableFuture<String> result = new CompletableFuture<>();
    Runnable send =
        () -> {
          sender.complete(threadName());
          answer(result, () -> {});
        };
    inFlight.incrementAndGet();
    if (!loop.lead(send, result, alone)) {
      loop.execute(send);
    }
    result.get(10, TimeUnit.SECONDS);
    return sender.get();
  }

  private void answer(CompletableFuture<String> result, Runnable task) {
    network.execute(
        () ->
            loop.execute(
                () -> {
                  task.run();
                  inFlight.decrementAndGet();
                  result.complete("answered");
                }));
  }

  private static String threadName() {
    return Thread.currentThread().getName();
  }
}
