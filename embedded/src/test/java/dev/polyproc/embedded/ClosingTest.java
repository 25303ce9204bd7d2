package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of an embedded daemon, beside whatever else goes on. */
@Timeout(120)
final class ClosingTest {
  private static final int ROUNDS = 200;
  private static final int TAKES = 40;

  /** Less than any client's time to live, and more than a busy machine needs. */
  private static final Duration AT_ONCE = Duration.ofSeconds(4);

  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void shouldTellWhoWaitsAtOnceInEveryRound() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      EmbeddedDaemon daemon = round % 2 == 0 ? EmbeddedDaemon.start() : virtual();
      Polyproc client = daemon.connect();
      PolyQueue<String> queue = client.queue("jobs", String.class);
      List<CompletableFuture<?>> waiting = new ArrayList<>();
      for (int i = 0; i < TAKES; i++) {
        waiting.add(round % 4 < 2 ? queue.takeAsync() : inThread(queue::take));
      }
      await().pollInterval(Duration.ofMillis(1)).until(() -> waitingGets(queue) == TAKES);
      long before = System.nanoTime();
      daemon.close();
      for (CompletableFuture<?> each : waiting) {
        assertToldInASentence(each);
      }
      client.close();
      assertThat(since(before)).as("round " + round).isLessThan(AT_ONCE);
    }
  }

  @Test
  void shouldTellWhoWaitsThroughStubs() throws Exception {
    EmbeddedDaemon daemon = EmbeddedDaemon.start();
    ManagedChannel channel = daemon.newChannel();
    var queues = QueueServiceGrpc.newFutureStub(channel);
    queues.create(QueueCreateRequest.newBuilder().setQueue("jobs").build()).get();
    var waiting = queues.get(QueueGetRequest.newBuilder().setQueue("jobs").build());
    daemon.close();
    assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE));
    channel.shutdownNow();
  }

  @Test
  void shouldTellThatTheSessionIsLostWhenTheDaemonIsClosedBeforeTheClient() throws Exception {
    EmbeddedDaemon daemon = EmbeddedDaemon.start();
    CompletableFuture<SessionLostException> lost = new CompletableFuture<>();
    Polyproc client = daemon.builder().onSessionLost(lost::complete).connect();
    PolyQueue<String> queue = client.queue("jobs", String.class);
    long before = System.nanoTime();
    daemon.close();
    assertThat(lost.get(20, TimeUnit.SECONDS)).hasMessageContaining("daemon was closed");
    assertThatThrownBy(queue::size).isInstanceOf(SessionLostException.class);
    client.close();
    assertThat(since(before)).isLessThan(AT_ONCE);
  }

  @Test
  void shouldCloseInAnyOrderAndLeaveNothing() throws Exception {
    List<Thread> others = ours();
    Queue<ManagedChannel> channels = new ConcurrentLinkedQueue<>();
    for (int round = 0; round < ROUNDS; round++) {
      EmbeddedDaemon daemon = EmbeddedDaemon.start();
      Polyproc client =
          Polyproc.builder()
              .channels(
                  () -> {
                    ManagedChannel made = daemon.newChannel();
                    channels.add(made);
                    return made;
                  })
              .connect();
      PolyQueue<String> queue = client.queue("jobs", String.class);
      List<CompletableFuture<?>> waiting = new ArrayList<>();
      for (int i = 0; i < TAKES; i++) {
        waiting.add(queue.takeAsync());
        queue.put("so that replies come"); // and early calls wait for long, others not
      }
      waiting.add(queue.takeAsync());
      long before = System.nanoTime();
      List<Callable<?>> closings = new ArrayList<>();
      closings.add(closing(daemon));
      closings.add(closing(client));
      closings.add(closing(round % 2 == 0 ? daemon : client));
      together(closings);
      assertThat(since(before)).as("round " + round).isLessThan(AT_ONCE);
      assertThat(waiting).allSatisfy(each -> assertThat(each).isDone());
    }
    assertThat(channels).allSatisfy(channel -> assertThat(channel.isShutdown()).isTrue());
    await().untilAsserted(() -> assertThat(ours()).isSubsetOf(others));
  }

  @Test
  void shouldEndWhatConnectsAndCallsBesideTheEnd() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      EmbeddedDaemon daemon = round % 2 == 0 ? EmbeddedDaemon.start() : virtual();
      Polyproc client = daemon.connect();
      PolyQueue<String> queue = client.queue("jobs", String.class);
      long before = System.nanoTime();
      List<Throwable> ends = new ArrayList<>();
      ends.addAll(
          together(
              List.of(
                  () -> daemon.connect(),
                  () -> client.queue("others", String.class).size(),
                  () -> queue.poll(1, TimeUnit.HOURS),
                  () -> queue.takeAsync().get(),
                  closing(daemon))));
      client.close();
      assertThat(since(before)).as("round " + round).isLessThan(AT_ONCE);
      for (Throwable end : ends) {
        assertThat(end instanceof IllegalStateException || end instanceof PolyprocException)
            .as("" + end)
            .isTrue();
        assertThat(end).hasMessageStartingWith("Expected ");
      }
    }
  }

  @Test
  void shouldEndAdvancingBesideTheEnd() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      EmbeddedDaemon daemon = virtual();
      Polyproc client = daemon.connect();
      PolyQueue<String> queue = client.queue("jobs", String.class);
      CountDownLatch advancing = new CountDownLatch(2);
      Callable<Object> advance =
          () -> {
            while (true) {
              daemon.advance(HOUR);
              advancing.countDown();
              CompletableFuture<?> unused = queue.pollAsync(30, TimeUnit.MINUTES);
            }
          };
      List<Throwable> ends =
          together(
              List.of(
                  advance,
                  advance,
                  () -> {
                    advancing.await();
                    return closing(daemon).call();
                  }));
      client.close();
      assertThat(ends).hasSize(2);
      assertThat(ends)
          .allSatisfy(
              end ->
                  assertThat(
                          end instanceof IllegalStateException || end instanceof PolyprocException)
                      .as("" + end)
                      .isTrue())
          .allSatisfy(end -> assertThat(end).hasMessageStartingWith("Expected "));
    }
  }

  @Test
  void shouldRefuseInASentenceOnceClosed() throws Exception {
    EmbeddedDaemon daemon = virtual();
    daemon.close();
    daemon.close();
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> daemon.advance(HOUR), daemon::connect, daemon::newChannel)) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Expected a daemon that is open, but it is closed");
    }
  }

  @Test
  void shouldEndThoughTheCloserIsInterrupted() throws Exception {
    EmbeddedDaemon daemon = EmbeddedDaemon.start();
    Polyproc client = daemon.connect();
    CompletableFuture<String> waiting = client.queue("jobs", String.class).takeAsync();
    Thread.currentThread().interrupt();
    daemon.close();
    assertThat(Thread.interrupted()).isTrue();
    assertToldInASentence(waiting);
    client.close();
  }

  @Test
  void shouldAdvanceThoughInterrupted() throws Exception {
    try (EmbeddedDaemon daemon = virtual();
        Polyproc client = daemon.connect()) {
      CompletableFuture<String> waiting =
          client.queue("jobs", String.class).pollAsync(1, TimeUnit.HOURS);
      Thread.currentThread().interrupt();
      daemon.advance(HOUR);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void shouldCloseOnTheEventLoopOfAClient() throws Exception {
    EmbeddedDaemon daemon = EmbeddedDaemon.start();
    Polyproc client = daemon.builder().callbackExecutor(Runnable::run).connect();
    PolyQueue<String> queue = client.queue("jobs", String.class);
    CompletableFuture<String> other = client.queue("others", String.class).takeAsync();
    CompletableFuture<Duration> closed = new CompletableFuture<>();
    CompletableFuture<?> unused =
        queue
            .takeAsync()
            .thenRun(
                () -> {
                  long before = System.nanoTime();
                  daemon.close();
                  closed.complete(since(before));
                });
    queue.put("now");
    assertThat(closed.get(20, TimeUnit.SECONDS)).isLessThan(Duration.ofSeconds(1));
    assertToldInASentence(other);
    client.close();
  }

  @Test
  void shouldCloseItsOwnDaemonInACallback() throws Exception {
    List<Thread> others = ours();
    Polyproc client = Polyproc.embedded();
    PolyQueue<String> queue = client.queue("jobs", String.class);
    CompletableFuture<String> other = client.queue("others", String.class).takeAsync();
    CompletableFuture<?> closed = queue.takeAsync().thenRun(client::close);
    queue.put("now");
    closed.get(20, TimeUnit.SECONDS);
    assertToldInASentence(other);
    await().untilAsserted(() -> assertThat(ours()).isSubsetOf(others));
  }

  @Test
  void shouldRefuseToWaitOnTheDaemonsOwnThread() throws Exception {
    EmbeddedDaemon daemon = virtual();
    ManagedChannel channel = daemon.newChannel();
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    var call =
        channel.newCall(
            QueueServiceGrpc.getCreateMethod(),
            CallOptions.DEFAULT.withExecutor(Runnable::run)); // so it answers on the daemon's
    ClientCalls.asyncUnaryCall(
        call,
        QueueCreateRequest.newBuilder().setQueue("jobs").build(),
        new StreamObserver<QueueCreateResponse>() {
          @Override
          public void onNext(QueueCreateResponse created) {
            refused.complete(catchThrowable(() -> daemon.advance(HOUR)));
            daemon.close();
          }

          @Override
          public void onError(Throwable why) {}

          @Override
          public void onCompleted() {}
        });
    assertThat(refused.get(20, TimeUnit.SECONDS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Expected ");
    channel.shutdownNow();
    daemon.close();
  }

  private static EmbeddedDaemon virtual() {
    return EmbeddedDaemon.withVirtualTime();
  }

  private static Callable<Object> closing(AutoCloseable closed) {
    return () -> {
      closed.close();
      return "closed";
    };
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static int waitingGets(PolyQueue<?> queue) {
    return (int) queue.status().getWaitingGets();
  }

  /** The threads of daemons and clients. */
  private static List<Thread> ours() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("polyproc-"))
        .toList();
  }

  private static void assertToldInASentence(CompletableFuture<?> told) {
    assertThatThrownBy(() -> told.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(PolyprocException.class)
        .hasMessageStartingWith("Expected ");
  }

  private static CompletableFuture<Object> inThread(Callable<?> task) {
    CompletableFuture<Object> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                end.complete(task.call());
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return end;
  }

  /** Runs tasks at the same time; answers what those that failed did with. */
  private static List<Throwable> together(List<? extends Callable<?>> tasks) throws Exception {
    CountDownLatch ready = new CountDownLatch(tasks.size());
    List<CompletableFuture<Object>> ends = new ArrayList<>();
    for (Callable<?> task : tasks) {
      ends.add(
          inThread(
              () -> {
                ready.countDown();
                ready.await();
                return task.call();
              }));
    }
    List<Throwable> failures = new ArrayList<>();
    for (CompletableFuture<Object> end : ends) {
      try {
        Object unused = end.get(30, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new AssertionError("Expected all to end, but one did not", e);
      } catch (java.util.concurrent.ExecutionException e) {
        Throwable cause = e.getCause();
        failures.add(
            cause instanceof java.util.concurrent.ExecutionException nested
                ? nested.getCause()
                : cause);
      }
    }
    return failures;
  }
}
