package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.LockAcquireResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A network between two machines whose cable is pulled: nobody is told, nothing arrives. */
final class TlsCutIT {
  private static final Certificates CERTIFICATES = Certificates.shared();
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(3);

  /** When the daemon asks a silent connection for a word, and how long it waits for it. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(10 + 5);

  /** What two busy cores may add to any of these times. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(
          Launch.inPrivateFolder()
              .flags(CERTIFICATES.flags(CERTIFICATES.identity("server")))
              .flags("--session-ttl", TIME_TO_LIVE.toSeconds() + "s"));

  private CuttingProxy network;
  private Client near;

  @BeforeEach
  void connect() {
    network = new CuttingProxy(daemon.get().listenPort());
    near = daemon.client();
  }

  @AfterEach
  void disconnect() {
    near.close();
    network.close();
  }

  @Test
  void shouldTellBothSidesWithinTheTimeToLive() throws Exception {
    CompletableFuture<SessionLostException> lost = new CompletableFuture<>();
    Polyproc far =
        Polyproc.builder()
            .address("tls://localhost:" + network.port())
            .tlsCa(CERTIFICATES.ca())
            .token(daemon.get().token())
            .onSessionLost(lost::complete)
            .connect();
    PolyLock lock = far.lock("cut");
    lock.lock();
    Client other = near.newSession();
    Future<LockAcquireResponse> next = other.locksLater().acquire(acquire("cut"));
    await()
        .until(
            () ->
                near.admin()
                        .describe(AdminDescribeRequest.newBuilder().setObject("cut").build())
                        .getWaitersCount()
                    == 1);

    long pulled = System.nanoTime();
    network.pullTheCable();

    SessionLostException told = Later.get(lost, TIME_TO_LIVE.plus(GRACE).toSeconds());
    long client = System.nanoTime() - pulled;
    LockAcquireResponse handed = Later.get(next, TIME_TO_LIVE.plus(GRACE).toSeconds());
    long server = System.nanoTime() - pulled;

    System.out.printf(
        "Cable pulled, time to live %d s: the client knew after %d ms, the next had the lock after"
            + " %d ms%n",
        TIME_TO_LIVE.toSeconds(), client / 1_000_000, server / 1_000_000);
    assertThat(handed.getPreviousOwnerDied()).isTrue();
    assertThat(told).hasMessageContaining("could not be reached for its time to live");
    far.close();
  }

  @Test
  void shouldConnectAgainWhenItsConnectionFallsSilent() throws Exception {
    try (Polyproc far =
        Polyproc.builder()
            .address("tls://localhost:" + network.port())
            .tlsCa(CERTIFICATES.ca())
            .token(daemon.get().token())
            .connect()) {
      far.queue("back", String.class).put("first");
      network.forgetConnections();

      Later.get(far.queue("back", String.class).putAsync("second"));

      assertThat(far.queue("back", String.class).toArray()).containsExactly("first", "second");
    }
  }

  /** A bare stub without a session: HTTP/2's own keepalive is all that can tell. */
  @Test
  void shouldForgetWaitingCallsOfAConnectionThatIsCut() {
    near.queues().create(createQueue("waits"));
    try (Client far = Client.overTls(network.port(), CERTIFICATES.ca(), daemon.get().token())) {
      Future<?> waiting = far.queuesLater().get(get("waits"));
      await().until(() -> near.queues().size(size("waits")).getWaitingGets() == 1);

      network.pullTheCable();

      await()
          .atMost(KEEP_ALIVE.plus(GRACE))
          .until(() -> near.queues().size(size("waits")).getWaitingGets() == 0);
      assertThat(waiting).isNotDone();
    }
  }
}
