package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.testing.CuttableProxy;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminCloseSessionResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a program is told, and what is logged, when its connection or its session is lost. */
@Timeout(60)
class SessionLossTest {
  private static final Operation<AdminCloseSessionRequest, AdminCloseSessionResponse> CLOSE =
      Operation.of(AdminServiceGrpc.getCloseSessionMethod());

  private static final Logger LOGGER = Logger.getLogger(Polyproc.class.getName());

  private final BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
  private final BlockingQueue<LogRecord> logged = new LinkedBlockingQueue<>();
  private final Handler listener =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          logged.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private DaemonProcess daemon;

  @BeforeEach
  void listen() throws Exception {
    LOGGER.addHandler(listener);
    daemon = new DaemonProcess().start();
  }

  @AfterEach
  void close() {
    LOGGER.removeHandler(listener);
    daemon.close();
  }

  private Polyproc connect(String address, Duration timeToLive) {
    return Polyproc.builder()
        .address(address)
        .token(daemon.token())
        .clientName("me")
        .timeToLive(timeToLive)
        .onSessionLost(lost::add)
        .connect();
  }

  private String line() throws InterruptedException {
    LogRecord record = logged.poll(30, TimeUnit.SECONDS);
    assertThat(record).isNotNull();
    return record.getLevel() + " " + record.getMessage();
  }

  @Test
  void shouldSayThatTheDaemonWasRestarted() throws Exception {
    try (Polyproc polyproc = connect(daemon.address(), Duration.ofMinutes(1))) {
      CompletableFuture<String> waiting = polyproc.queue("jobs", String.class).takeAsync();
      polyproc.queue("jobs").status();

      daemon.kill();
      daemon.start();

      SessionLostException told = lost.poll(30, TimeUnit.SECONDS);
      assertThat(told)
          .hasMessage(
              "Expected the session to live, but the daemon at "
                  + daemon.address()
                  + " was restarted, and has nothing of what was there before; connect again for a"
                  + " new session");
      assertThat(told.daemonRestarted()).isTrue();
      assertThat(told.address()).isEqualTo(daemon.address());
      assertThat(told.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(waiting)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .havingCause()
          .withMessageContaining("new session; whether this call took effect is not known");
      String client = "'me' at " + daemon.address() + ", session " + polyproc.session();
      assertThat(line())
          .startsWith("WARNING Client " + client)
          .endsWith(": the connection broke; it is being made again");
      assertThat(line())
          .startsWith("WARNING Client " + client + ", lost: Expected the")
          .contains("restarted");
      assertThat(logged).isEmpty();
      assertThat(polyproc.toString()).endsWith(", lost");
    }
  }

  @Test
  void shouldSayThatNobodyCouldBeReached() throws Exception {
    try (Polyproc polyproc = connect(daemon.address(), Duration.ofSeconds(4))) {
      daemon.kill();
      SessionLostException told = lost.poll(30, TimeUnit.SECONDS);
      assertThat(told)
          .hasMessageContaining(daemon.address() + " could not be reached for its time to live;");
      assertThat(told.daemonRestarted()).isFalse();
      assertThat(line()).contains(": the connection broke; ");
      assertThat(line()).contains(", lost: Expected ");
      assertThat(logged).as("one line an outage, not one a try").isEmpty();
      assertThat(polyproc.toString()).endsWith(", lost");
    }
  }

  @Test
  void shouldNotTakeADaemonThatEndedTheSessionForANewOne() throws Exception {
    try (CuttableProxy network = new CuttableProxy(daemon.port());
        Polyproc polyproc = connect(network.address(), Duration.ofMinutes(1));
        Polyproc operator = Polyproc.connect(daemon.address())) {
      network.refuse(true);
      network.cut();
      operator
          .requestor()
          .call(
              CLOSE,
              AdminCloseSessionRequest.newBuilder()
                  .setSession(polyproc.session())
                  .setReason("it hangs")
                  .build());
      network.refuse(false);

      SessionLostException told = lost.poll(30, TimeUnit.SECONDS);
      assertThat(told).isNotNull();
      assertThat(told.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(told.daemonRestarted()).isFalse();
    }
  }

  @Test
  void shouldLoseTheSessionWithADaemonThatIsStoppedInOrder() throws Exception {
    try (Polyproc polyproc = connect(daemon.address(), Duration.ofMinutes(1))) {
      PolyQueue<String> jobs = polyproc.queue("jobs", String.class);
      jobs.put("x");
      Delivery<String> delivery = jobs.reserve();
      CompletableFuture<String> waiting = jobs.takeAsync();
      jobs.status();

      daemon.signal("TERM");

      assertThat(Failure.of(waiting))
          .isInstanceOf(SessionLostException.class)
          .hasMessageContaining("it is shutting down")
          .hasMessageEndingWith("connect again for a new session; this call had no effect");
      SessionLostException told = lost.poll(30, TimeUnit.SECONDS);
      assertThat(told).isNotNull();
      assertThat(told.reason()).isEqualTo(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
      delivery.close(); // there is nothing to give back any more
    }
  }

  @Test
  void shouldLogALostSessionAsLostWhereTheProgramClosesItAtOnce() throws Exception {
    Polyproc polyproc =
        Polyproc.builder()
            .address(daemon.address())
            .callbackExecutor(Runnable::run) // closes while the session ends
            .connect();
    CompletableFuture<?> closed =
        polyproc.queue("jobs").takeAsync().whenComplete((job, failure) -> polyproc.close());
    polyproc.queue("jobs").status();

    daemon.kill();
    daemon.start();

    assertThat(Failure.of(closed)).isInstanceOf(SessionLostException.class);
    assertThat(line()).contains(": the connection broke; ");
    assertThat(line()).contains(", lost: Expected the session to live, ");
  }

  @Test
  void shouldNotTellAProgramThatClosedItsClientToConnectAgain() throws Exception {
    try (CuttableProxy network = new CuttableProxy(daemon.port())) {
      Polyproc polyproc = connect(network.address(), Duration.ofMinutes(1));
      PolyQueue<String> jobs = polyproc.queue("jobs", String.class);
      CompletableFuture<String> waiting = jobs.takeAsync();
      jobs.status();
      network.refuse(true);
      network.cut();

      polyproc.close();

      assertThat(Failure.of(waiting))
          .isNotInstanceOf(SessionLostException.class)
          .hasMessage(
              "Expected the client to stay open until the call was done, but it was closed while"
                  + " the daemon was out of reach; whether this call took effect is not known");
    }
  }

  @Test
  void shouldLogAConnectionThatIsFoundAgainOnce() throws Exception {
    try (CuttableProxy network = new CuttableProxy(daemon.port());
        Polyproc polyproc = connect(network.address(), Duration.ofMinutes(1))) {
      polyproc.queue("jobs").put("x");
      network.cut();
      assertThat(polyproc.queue("jobs").take()).isEqualTo("x");
      assertThat(List.of(line(), line()))
          .satisfiesExactly(
              broken -> assertThat(broken).startsWith("WARNING Client 'me' at ").contains("broke"),
              found ->
                  assertThat(found)
                      .startsWith("INFO Client 'me' at ")
                      .contains("open: connected again, after ")
                      .doesNotContain(daemon.token()));
    }
    assertThat(logged).isEmpty();
    assertThat(lost).isEmpty();
  }
}
