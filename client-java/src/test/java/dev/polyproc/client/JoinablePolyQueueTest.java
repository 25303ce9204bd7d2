package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueUnfinished;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class JoinablePolyQueueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Polyproc polyproc = DAEMON.connect();

  private static JoinablePolyQueue<String> joinable(Polyproc by, String name) {
    return by.queue(name, Codec.STRING, QueueOptions.DEFAULTS.joinable()).asJoinable();
  }

  @Test
  void shouldWaitUntilAllThatWasPutIsFinished() throws Exception {
    JoinablePolyQueue<String> queue = joinable(polyproc, "all");
    queue.join();
    queue.addAll(List.of("a", "b"));
    CompletableFuture<Void> joined = queue.joinAsync();
    assertThat(queue.take()).isEqualTo("a");
    assertThat(queue.queue().status().getInHand()).isEqualTo(1);
    queue.taskDone();
    assertThat(queue.poll()).isEqualTo("b");
    assertThat(queue.unfinished()).isEqualTo(1);
    assertThat(queue.join(1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(queue.joinAsync(1, TimeUnit.MILLISECONDS).get()).isFalse();
    assertThat(joined).isNotDone();
    queue.taskDoneAsync().get(10, TimeUnit.SECONDS);
    joined.get(10, TimeUnit.SECONDS);
    assertThat(queue.join(10, TimeUnit.SECONDS)).isTrue();
    assertThat(queue.joinAsync(10, TimeUnit.SECONDS).get()).isTrue();
    assertThat(queue.unfinished()).isZero();
    assertThat(queue.queue().status().getInHand()).isZero();
  }

  @Test
  void shouldRefuseToFinishMoreThanWasPut() {
    JoinablePolyQueue<String> queue = joinable(polyproc, "more");
    assertThat(Failure.reasonOf(queue::taskDone))
        .isEqualTo(ErrorReason.ERROR_REASON_TASK_DONE_TOO_OFTEN);
    JoinablePolyQueue<String> plain = polyproc.queue("plain", String.class).asJoinable();
    assertThat(Failure.reasonOf(plain::taskDone)).isEqualTo(ErrorReason.ERROR_REASON_NOT_JOINABLE);
    assertThat(Failure.reasonOf(plain::join)).isEqualTo(ErrorReason.ERROR_REASON_NOT_JOINABLE);
  }

  @Test
  void shouldGetBackWhatAClientTookAndDidNotFinish() throws Exception {
    JoinablePolyQueue<String> queue = joinable(polyproc, "back");
    queue.addAll(List.of("a", "b"));
    Polyproc worker = DAEMON.connect();
    JoinablePolyQueue<String> its = joinable(worker, "back");
    assertThat(its.take()).isEqualTo("a");
    assertThat(its.take()).isEqualTo("b");
    its.taskDone();
    worker.close();
    assertThat(queue.join(1, TimeUnit.MILLISECONDS)).isFalse();
    Delivery<String> back = queue.queue().reservedFor(Duration.ofMinutes(1)).reserve();
    assertThat(back.item()).isEqualTo("b");
    assertThat(back.attempt()).isEqualTo(2);
    back.acknowledge();
    queue.join();
  }

  @Test
  void shouldFinishWhatTheThreadTookThatSaysSo() throws Exception {
    JoinablePolyQueue<String> queue = joinable(polyproc, "threads");
    queue.addAll(List.of("slow", "quick"));
    Polyproc worker = DAEMON.connect();
    JoinablePolyQueue<String> its = joinable(worker, "threads");
    assertThat(its.take()).isEqualTo("slow");
    CompletableFuture.runAsync(
            () -> {
              assertThat(its.poll()).isEqualTo("quick");
              its.taskDone();
            },
            task -> new Thread(task).start())
        .get(10, TimeUnit.SECONDS);
    worker.close();

    assertThat(queue.take()).as("nobody finished it").isEqualTo("slow");
    assertThat(queue.poll()).isNull();
  }

  @Test
  void shouldTakeForFinishedWhatAClientTookWhereItSaysSo() throws Exception {
    QueueOptions options = QueueOptions.DEFAULTS.unfinished(QueueUnfinished.QUEUE_UNFINISHED_DONE);
    JoinablePolyQueue<String> queue = polyproc.queue("done", Codec.STRING, options).asJoinable();
    queue.addAll(List.of("a", "b"));
    Polyproc worker = DAEMON.connect();
    assertThat(worker.queue("done", Codec.STRING, options).getMany(2)).containsExactly("a", "b");
    assertThat(queue.unfinished()).isEqualTo(2);
    worker.close();
    queue.join();
    assertThat(queue).isEmpty();
  }

  @Test
  void shouldLetGoOfAJoinThatIsInterruptedOrCancelled() throws Exception {
    JoinablePolyQueue<String> queue = joinable(polyproc, "interrupted");
    queue.put("a");
    CompletableFuture<Thread> who = new CompletableFuture<>();
    CompletableFuture<Throwable> end =
        Failure.onThread(
            () -> {
              who.complete(Thread.currentThread());
              queue.join();
              return "joined";
            });
    Await.until(() -> queue.queue().status().getWaitingJoins() == 1);
    who.get().interrupt();
    assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    queue.joinAsync().cancel(true);
    Await.until(() -> queue.queue().status().getWaitingJoins() == 0);
    queue.take();
    queue.taskDone();
  }
}
