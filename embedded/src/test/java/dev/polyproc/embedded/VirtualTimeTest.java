package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.client.Hold;
import dev.polyproc.client.ItemOptions;
import dev.polyproc.client.PolyEvent;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon whose time passes when a test says so. */
final class VirtualTimeTest {
  private static final int REPETITIONS = 200;

  /** The engine does not fire so many timers in one entry. */
  private static final int MORE_THAN_A_PIECE = 3_000;

  @RegisterExtension static final PolyprocExtension virtual = PolyprocExtension.withVirtualTime();

  @Test
  void shouldShowItemsBetweenTheInstantsThatTheyWereGiven(EmbeddedDaemon daemon, Polyproc client)
      throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    Instant begin = Instant.now().plus(Duration.ofHours(10));
    ItemOptions shift = ItemOptions.NONE.at(begin).expiresAt(begin.plus(Duration.ofHours(1)));
    queue.put("a", shift);
    queue.put("b", shift); // the same options
    daemon.advance(Duration.ofHours(5));
    assertThat(queue.poll()).isNull();

    daemon.advance(Duration.ofHours(5));
    assertThat(queue.poll()).isNotNull();
    assertThat(queue.size()).isEqualTo(1);

    daemon.advance(Duration.ofHours(1));
    assertThat(queue.poll()).isNull();
    assertThat(queue.status().getTotals().getExpired()).isEqualTo(1);
  }

  @Test
  void shouldLetTimePassWhenToldTo(EmbeddedDaemon daemon, Polyproc client) throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    CompletableFuture<String> waiting = queue.pollAsync(1, TimeUnit.HOURS);
    daemon.advance(Duration.ofMinutes(59));
    assertThat(queue.size()).isZero();
    assertThat(waiting).isNotDone();

    daemon.advance(Duration.ofMinutes(1));

    assertThat(waiting.get(20, TimeUnit.SECONDS)).isNull();
    client.event("still-there").set();
  }

  @Test
  void shouldLetAllThatIsDueAtOneTimeHappenThen(EmbeddedDaemon daemon, Polyproc client)
      throws Exception {
    PolyEvent event = client.event("event");
    List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    for (int i = 0; i < MORE_THAN_A_PIECE; i++) {
      waiting.add(event.awaitAsync(1, TimeUnit.HOURS));
    }

    daemon.advance(Duration.ofHours(1));

    event.set(); // Too late for all of them.
    for (CompletableFuture<Boolean> each : waiting) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void shouldLetCallsArriveBeforeTimePasses(EmbeddedDaemon daemon, Polyproc client)
      throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    for (int i = 0; i < REPETITIONS; i++) {
      CompletableFuture<String> waiting = queue.pollAsync(1, TimeUnit.HOURS);
      daemon.advance(Duration.ofHours(1));
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void shouldLetCallsOfStubsArriveBeforeTimePasses(EmbeddedDaemon daemon) throws Exception {
    try (Polyproc client = daemon.connect()) {
      client.queue("jobs", String.class);
    }
    QueueGetRequest get =
        QueueGetRequest.newBuilder().setQueue("jobs").setTimeout(Durations.fromHours(1)).build();
    for (int i = 0; i < REPETITIONS; i++) {
      ManagedChannel channel = daemon.newChannel();
      Future<QueueGetResponse> waiting = QueueServiceGrpc.newFutureStub(channel).get(get);
      daemon.advance(Duration.ofHours(1));
      assertThat(waiting.get(20, TimeUnit.SECONDS).hasItem()).isFalse();
      channel.shutdownNow();
    }
  }

  @Test
  void shouldLetTimePassForABlockingCallThatIsSeen(EmbeddedDaemon daemon, Polyproc client)
      throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    FutureTask<String> polling = new FutureTask<>(() -> queue.poll(1, TimeUnit.HOURS));
    new Thread(polling).start();
    await().until(() -> queue.status().getWaitingGets() == 1);
    daemon.advance(Duration.ofHours(1));
    assertThat(polling.get(20, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void shouldLetTimePassWhenAClientHasAsManyWaitingCallsAsItMay(
      EmbeddedDaemon daemon, Polyproc client) throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    int most = client.limits().getWindowCalls() / 2;
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      waiting.add(queue.pollAsync(1, TimeUnit.HOURS));
    }
    long before = System.nanoTime();
    daemon.advance(Duration.ofHours(1));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
    for (CompletableFuture<String> each : waiting) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void shouldNotWaitForClientsThatAreClosed(EmbeddedDaemon daemon) {
    Polyproc closed = daemon.connect();
    closed.close();
    long before = System.nanoTime();
    daemon.advance(Duration.ofHours(1));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void shouldNotWaitOnTheEventLoopOfAClient(EmbeddedDaemon daemon) throws Exception {
    Polyproc client = daemon.builder().callbackExecutor(Runnable::run).connect();
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    PolyQueue<String> queue = client.queue("jobs", String.class);
    CompletableFuture<String> waiting = queue.pollAsync(1, TimeUnit.HOURS);
    var unused =
        waiting.thenRun(
            () -> refused.complete(catchThrowable(() -> daemon.advance(Duration.ofHours(1)))));
    daemon.advance(Duration.ofHours(1));
    assertThat(refused.get(20, TimeUnit.SECONDS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("thenRunAsync");
  }

  @Test
  void shouldTakeNoLongerForYearsThanForWhatIsDue(EmbeddedDaemon daemon) throws Exception {
    List<Polyproc> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(daemon.connect());
    }
    PolyQueue<String> queue = clients.get(0).queue("jobs", String.class);
    CompletableFuture<String> waiting = queue.pollAsync(5 * 365, TimeUnit.DAYS);
    daemon.advance(Duration.ofHours(1));
    long before = System.nanoTime();
    daemon.advance(Duration.ofDays(10 * 365));
    Duration took = Duration.ofNanos(System.nanoTime() - before);
    System.out.printf("ten virtual years took %d ms%n", took.toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(1)); // looks at sessions took a minute
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isNull();
    for (Polyproc client : clients) {
      assertThat(client.queue("jobs", String.class).size()).isZero();
      client.close();
    }
  }

  @Test
  void shouldEndTheSessionOfAClientWhoseConnectionBrokeInItsTime(EmbeddedDaemon daemon)
      throws Exception {
    BlockingQueue<ManagedChannel> channels = new LinkedBlockingQueue<>();
    AtomicBoolean cut = new AtomicBoolean();
    Polyproc broken =
        Polyproc.builder()
            .timeToLive(Duration.ofMinutes(10))
            .channels(
                () -> {
                  ManagedChannel made = daemon.newChannel();
                  channels.add(made);
                  if (cut.get()) {
                    made.shutdownNow();
                  }
                  return made;
                })
            .connect();
    try (Polyproc observer = daemon.connect()) {
      var unused = broken.lock("l").acquire();
      daemon.advance(Duration.ofDays(1));
      CompletableFuture<Hold> waiting = observer.lock("l").acquireAsync();
      cut.set(true);
      channels.remove().shutdownNow();
      assertThat(channels.poll(20, TimeUnit.SECONDS)).isNotNull(); // it tries again
      daemon.advance(Duration.ofMinutes(9));
      assertThat(observer.queue("jobs", String.class).size()).isZero();
      assertThat(waiting).isNotDone();
      daemon.advance(Duration.ofMinutes(1));
      assertThat(waiting.get(20, TimeUnit.SECONDS).previousOwnerDied()).isTrue();
    } finally {
      broken.close();
    }
  }

  @Test
  void shouldRefuseToGoWhereTimeEnds(EmbeddedDaemon daemon) {
    for (Duration tooLong :
        List.of(Duration.ofDays(365 * 250), Duration.ofSeconds(Long.MAX_VALUE))) {
      assertThatThrownBy(() -> daemon.advance(tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Expected virtual time to stay before 2240");
    }
    daemon.advance(Duration.ofDays(365 * 200));
    daemon.advance(Duration.ZERO);
  }

  @Test
  void shouldEndSessionsOfWhichNothingIsHeard(EmbeddedDaemon daemon) {
    ManagedChannel channel = daemon.newChannel();
    String session =
        SessionServiceGrpc.newBlockingStub(channel)
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER), session);
    ClientInterceptor inSession = MetadataUtils.newAttachHeadersInterceptor(metadata);
    SessionServiceGrpc.SessionServiceBlockingStub sessions =
        SessionServiceGrpc.newBlockingStub(channel).withInterceptors(inSession);
    daemon.advance(Duration.ofSeconds(9));
    var unused = sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    daemon.advance(Duration.ofSeconds(9));
    unused = sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    daemon.advance(Duration.ofSeconds(10));
    assertThatThrownBy(() -> sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Code.NOT_FOUND));
    channel.shutdownNow();
  }
}
