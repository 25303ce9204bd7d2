package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.client.Delivery;
import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.SessionLostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that end as their processes would. */
@Timeout(60)
final class KillTest {
  @RegisterExtension static final PolyprocExtension POLYPROC = PolyprocExtension.withVirtualTime();

  @Test
  void shouldHandOnLocksAndItemsOfAKilledClient(
      EmbeddedDaemon daemon, Polyproc victim, Polyproc heir) throws Exception {
    PolyQueue<String> jobs = victim.queue("jobs", String.class);
    jobs.put("hello");
    Delivery<String> reserved = jobs.reserve();
    Hold hold = victim.lock("deploy").acquire();

    daemon.kill(victim);

    try (Hold next = heir.lock("deploy").acquire()) {
      assertThat(next.previousOwnerDied()).isTrue();
      assertThat(next.token()).isGreaterThan(hold.token());
    }
    try (Delivery<String> again = heir.queue("jobs", String.class).reserve()) {
      assertThat(again.item()).isEqualTo(reserved.item());
      assertThat(again.attempt()).isEqualTo(2);
    }
  }

  @Test
  void shouldEndTheCallsOfAKilledClientAndNobodyElses(
      EmbeddedDaemon daemon, Polyproc victim, Polyproc other) throws Exception {
    CompletableFuture<Object> waiting = victim.queue("jobs").takeAsync();
    CompletableFuture<Object> others = other.queue("jobs").takeAsync();
    PolyPipe<Object> pipe = victim.pipe("wire");

    daemon.kill(victim);

    assertThat(waiting)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(SessionLostException.class)
        .withMessageContaining(
            "but it was killed; connect again for a new session; whether this call");
    assertThatThrownBy(() -> victim.queue("jobs"))
        .isInstanceOf(SessionLostException.class)
        .hasMessageContaining("this call had no effect");
    assertThatThrownBy(() -> pipe.first().send("x")).isInstanceOf(SessionLostException.class);
    other.queue("jobs").put("y");
    assertThat(others.get(20, TimeUnit.SECONDS)).isEqualTo("y");
    assertThat(other.queue("jobs").status().getWaitingGets()).isZero();
    assertThat(victim.toString()).endsWith(", lost");
  }

  @Test
  void shouldTellAKilledClientNothing(EmbeddedDaemon daemon) throws Exception {
    ConcurrentLinkedQueue<SessionLostException> told = new ConcurrentLinkedQueue<>();
    try (Polyproc victim = daemon.builder().onSessionLost(told::add).connect()) {
      daemon.kill(victim);
      daemon.kill(victim); // it is dead already
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("polyproc-session-lost")) {
        thread.join(); // which would tell it
      }
    }
    assertThat(told).isEmpty();
  }

  @Test
  void shouldLeaveAClosedClientAsItIs(EmbeddedDaemon daemon, Polyproc closed) {
    closed.close();
    daemon.kill(closed);
    assertThat(closed.toString()).endsWith(", closed");
  }

  @Test
  void shouldKillNoClientOfAnotherDaemon(EmbeddedDaemon daemon) {
    try (EmbeddedDaemon other = EmbeddedDaemon.start();
        Polyproc stranger = other.connect()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> daemon.kill(stranger))
          .withMessageStartingWith("Expected a client of this daemon, but Polyproc 'java' at ");
      assertThat(stranger.toString()).endsWith(", open");
      stranger.close();
      assertThatIllegalArgumentException().isThrownBy(() -> daemon.kill(stranger));
    }
  }
}
