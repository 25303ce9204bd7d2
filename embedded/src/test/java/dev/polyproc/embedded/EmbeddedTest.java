package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** As a user's test would have it. */
@ExtendWith(PolyprocExtension.class)
final class EmbeddedTest {
  @Test
  void shouldShareAQueueBetweenClients(Polyproc one, Polyproc other) throws Exception {
    one.queue("jobs", String.class).put("hello");
    assertThat(other.queue("jobs", String.class).take()).isEqualTo("hello");
    assertThat(one.session()).isNotEqualTo(other.session());
  }

  @Test
  void shouldBeginEachTestWithNothing(Polyproc client) {
    assertThat(client.queue("jobs", String.class).poll()).isNull();
  }

  @Test
  void shouldHandOverTheLockOfAClosedClient(EmbeddedDaemon daemon, Polyproc client)
      throws Exception {
    Polyproc dying = daemon.connect();
    dying.lock("l").acquire();
    CompletableFuture<Hold> waiting = client.lock("l").acquireAsync();
    dying.close();
    assertThat(waiting.get(20, TimeUnit.SECONDS).previousOwnerDied()).isTrue();
  }

  @Test
  void shouldNotStartProcesses(Polyproc client) {
    assertThatThrownBy(() -> client.command("true").start())
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED));
  }

  @Test
  void shouldNotShareMemory(Polyproc client) {
    assertThatThrownBy(() -> client.sharedArray("m", ElementType.ELEMENT_TYPE_INT8, 1))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_FAILED));
  }

  @Test
  void shouldNotAdvance(EmbeddedDaemon daemon) {
    assertThatThrownBy(() -> daemon.advance(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("withVirtualTime()");
  }

  @Test
  void shouldStartOneForAClientAlone() throws Exception {
    long before = threads("polyproc-embedded");
    PolyQueue<String> queue;
    try (Polyproc client = Polyproc.embedded()) {
      queue = client.queue("jobs", String.class);
      queue.put("hello");
      assertThat(queue.take()).isEqualTo("hello");
    }
    assertThatThrownBy(queue::size).isInstanceOf(PolyprocException.class);
    await().until(() -> threads("polyproc-embedded") == before); // this test's own
  }

  private static long threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .count();
  }
}
