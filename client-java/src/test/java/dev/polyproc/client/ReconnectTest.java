package dev.polyproc.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polyproc.client.internal.collection.QueueRequests;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.testing.CuttableProxy;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client behind a network that is cut, and a second one beside it that looks. */
@Timeout(60)
class ReconnectTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final int CALLS = 4;
  private static final OnOwnerEnd RELEASE = OnOwnerEnd.ON_OWNER_END_RELEASE;

  private final BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
  private CuttableProxy network;
  private Polyproc polyproc;
  private Polyproc observer;
  private PolyQueue<String> queue;
  private PolyQueue<String> observed;

  @BeforeEach
  void connect() throws Exception {
    network = new CuttableProxy(DAEMON.port());
    polyproc = connectThroughNetwork(Duration.ofSeconds(10));
    observer = Polyproc.connect(DAEMON.address());
    queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
    observed = observer.queue(queue.name(), String.class);
  }

  @AfterEach
  void close() throws Exception {
    polyproc.close();
    observer.close();
    network.close();
  }

  /** Its holder's session would live for long. */
  private void assertGoesTo(Polyproc other, PolyLock lock) throws Exception {
    assertThat(other.lock(lock.name()).tryLock(20, TimeUnit.SECONDS)).isTrue();
    other.lock(lock.name()).unlock();
  }

  @RepeatedTest(10)
  void shouldEndItsSessionThoughTheConnectionHasJustBroken() throws Exception {
    Polyproc patient = connectThroughNetwork(Duration.ofMinutes(5));
    PolyLock lock = patient.lock(LockCreateRequest.getDefaultInstance());
    lock.lock();

    network.cut();
    patient.close();

    assertGoesTo(observer, lock);
  }

  @Test
  void shouldEndItsSessionThoughTheConnectionBreaksWhileItCloses() throws Exception {
    Polyproc patient = connectThroughNetwork(Duration.ofMinutes(5));
    PolyLock lock = patient.lock(LockCreateRequest.getDefaultInstance());
    lock.lock();
    network.holdReplies();
    Thread closing = new Thread(patient::close);
    closing.start();
    Await.until(() -> closing.getState() == Thread.State.TIMED_WAITING); // for the daemon's word

    network.passReplies();
    network.cut();

    closing.join();
    assertGoesTo(observer, lock);
  }

  @Test
  void shouldCloseThoughTheDaemonIsOutOfReach() {
    network.refuse(true);
    network.cut();
    polyproc.close();
    assertThat(network.refused()).isLessThanOrEqualTo(4);
    assertThat(lost).isEmpty();
  }

  @Test
  void shouldCloseAtOnceWhenTheConnectionBreaksMeanwhile() throws Exception {
    CompletableFuture<String> waiting = queue.takeAsync();
    Await.until(() -> observed.status().getWaitingGets() == 1);
    network.loseReplies(); // so that close waits for its answer
    Thread closing = new Thread(polyproc::close);
    closing.start();
    Await.until(() -> closing.getState() == Thread.State.TIMED_WAITING);

    network.cut();

    assertThat(Failure.of(waiting))
        .as("told by the daemon, and not given up when the patience of close was over")
        .isInstanceOf(PolyprocException.class)
        .isNotInstanceOf(SessionLostException.class);
    closing.join();
  }

  @Test
  void shouldLoseTheSessionWhenThereIsNoWayToTheDaemonAnyMore() throws Exception {
    CompletableFuture<ManagedChannel> first = new CompletableFuture<>();
    Transport network = new Transport(Address.parse(DAEMON.address()), null, null, null);
    Polyproc client =
        Polyproc.builder()
            .channels(
                () -> {
                  if (first.isDone()) {
                    throw new IllegalStateException("Expected a second way, but there is one");
                  }
                  first.complete(network.newChannel());
                  return first.join();
                })
            .onSessionLost(lost::add)
            .connect();
    CompletableFuture<String> waiting = client.queue("no-way", String.class).takeAsync();

    first.join().shutdownNow();

    assertThat(lost.poll(5, TimeUnit.SECONDS)).hasMessageContaining("Expected a second way");
    assertThat(Failure.of(waiting)).isInstanceOf(SessionLostException.class);
    client.close();
    network.close();
  }

  @Test
  void shouldPutOnceWhenReplyIsLost() throws Exception {
    network.loseReplies();
    CompletableFuture<Void> put = queue.putAsync("once");
    Await.until(() -> observed.size() == 1);

    network.cut();

    put.get(5, TimeUnit.SECONDS);
    assertThat(observed).containsExactly("once");
  }

  @Test
  void shouldTakeOnceWhenReplyIsLost() throws Exception {
    // given
    CompletableFuture<String> waiting = queue.takeAsync();
    Await.until(() -> observed.status().getWaitingGets() == 1);
    network.loseReplies();
    observed.putMany(List.of("first", "second"));
    Await.until(() -> observed.size() == 1);

    // when
    network.cut();

    // then
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isEqualTo("first");
    assertThat(observed).containsExactly("second");
  }

  @Test
  void shouldAcquireAndReleaseOnceWhenRepliesAreLost() throws Exception {
    // given
    PolyLock lock =
        polyproc.lock(LockCreateRequest.newBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
    PolyLock watched = observer.lock(lock.name(), LockKind.LOCK_KIND_REENTRANT, RELEASE);
    network.loseReplies();
    CompletableFuture<Hold> acquiring = lock.acquireAsync();
    Await.until(watched::isLocked);

    // when
    network.cut();

    // then it is held once: one release frees it
    Hold hold = acquiring.get(5, TimeUnit.SECONDS);
    network.loseReplies();
    CompletableFuture<Void> releasing = CompletableFuture.runAsync(hold::close);
    Await.until(() -> !watched.isLocked());

    // and when
    network.cut();

    // then
    releasing.get(5, TimeUnit.SECONDS);
    assertThat(watched.isLocked()).isFalse();
  }

  @Test
  void shouldAddOnceWhenReplyIsLost() throws Exception {
    PolyDict<String, Long> dict = polyproc.dict("totals", String.class, Long.class);
    PolyDict<String, Long> watched = observer.dict("totals", String.class, Long.class);
    network.loseReplies();
    CompletableFuture<Long> adding = dict.addAsync("n", 5L, 0L);
    Await.until(() -> watched.containsKey("n"));

    network.cut();

    assertThat(adding.get(5, TimeUnit.SECONDS)).isEqualTo(5);
    assertThat(watched.get("n")).isEqualTo(5);
  }

  @Test
  void shouldKeepPlaceInLine() throws Exception {
    CompletableFuture<String> first = queue.takeAsync();
    Await.until(() -> observed.status().getWaitingGets() == 1);
    CompletableFuture<String> second = observed.takeAsync();
    Await.until(() -> observed.status().getWaitingGets() == 2);

    network.cut();
    int unused = queue.size(); // is answered on the next connection, after the repeat

    observed.putMany(List.of("for first", "for second"));
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("for first");
    assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo("for second");
  }

  @Test
  void shouldKeepOrderWhileConnectionIsCutAgainAndAgain() throws Exception {
    Random random = new Random(7);
    List<String> items = new ArrayList<>();
    List<CompletableFuture<Void>> puts = new ArrayList<>();
    CompletableFuture<String> waiting = polyproc.queue("never", String.class).takeAsync();
    for (int i = 0; i < 6_000; i++) {
      items.add("item " + i);
      puts.add(queue.putAsync("item " + i));
      if (random.nextInt(500) == 0) {
        if (random.nextBoolean()) {
          network.loseReplies();
        }
        queue.putAsync("cut " + i).orTimeout(20, TimeUnit.MILLISECONDS);
        network.cut();
        items.add("cut " + i);
      }
    }
    CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    int unused = queue.size();

    List<String> found = new ArrayList<>();
    found.addAll(observed);
    assertThat(found).doesNotHaveDuplicates();
    assertThat(found.stream().filter(item -> item.startsWith("item")))
        .containsExactlyElementsOf(items.stream().filter(i -> i.startsWith("item")).toList());
    assertThat(items).containsAll(found);
    assertThat(waiting).isNotDone();
    assertThat(lost).isEmpty();
  }

  @Test
  void shouldHaveRoomForCallsThoughManyWereCancelledWithoutAConnection() throws Exception {
    Polyproc patient = connectThroughNetwork(Duration.ofMinutes(5));
    PolyQueue<String> same = patient.queue(queue.name(), String.class);
    network.refuse(true);
    network.cut();
    Session session = patient.requestor().session();
    Await.until(() -> catchThrowable(session::channel) != null);

    for (int i = 0; i < patient.limits().getWindowCalls(); i++) {
      same.takeAsync().cancel(false);
    }
    CompletableFuture<Void> put = same.putAsync("there is room");
    network.refuse(false);

    put.get(20, TimeUnit.SECONDS);
    assertThat(observed).containsExactly("there is room");
    patient.close();
  }

  @Test
  void shouldKeepTheDelayOfACallThatWaitedForAConnection() throws Exception {
    ItemOptions later = ItemOptions.NONE.at(Instant.now().plusSeconds(3_600));
    network.refuse(true);
    network.cut();
    Session session = polyproc.requestor().session();
    Await.until(() -> catchThrowable(session::channel) != null);

    Instant before = Instant.now();
    CompletableFuture<PutResult> put = queue.putAsync("later", later);
    Instant after = Instant.now();
    Await.until(() -> Instant.now().isAfter(after.plusMillis(1)));
    network.refuse(false);

    assertThat(put.get(20, TimeUnit.SECONDS)).isEqualTo(PutResult.ACCEPTED);
    assertThat(onlyDelay())
        .isBetween(
            Duration.between(after, requireNonNull(later.at())),
            Duration.between(before, requireNonNull(later.at())));
  }

  @Test
  void shouldKeepTheDelayOfACallThatIsRepeated() throws Exception {
    ItemOptions later = ItemOptions.NONE.at(Instant.now().plusSeconds(3_600));
    network.holdReplies();
    CompletableFuture<PutResult> put = queue.putAsync("later", later.uniqueKey("only"));
    Await.until(() -> observed.status().getDelayed() == 1);
    Duration delay = onlyDelay();

    network.cut();
    network.passReplies();

    assertThat(put.get(20, TimeUnit.SECONDS)).isEqualTo(PutResult.ACCEPTED);
    assertThat(observed.status().getDelayed()).isEqualTo(1);
    assertThat(onlyDelay()).isEqualTo(delay);
  }

  /** The delay of the item that is there. */
  private Duration onlyDelay() {
    QueueListResponse found =
        observer.requestor().call(QueueRequests.LIST, observed.requests().details(""));
    return ItemOptions.of(found.getDetails(0).getOptions()).delay();
  }

  @Test
  void shouldNoticeNetworkThatHasFallenSilent() throws Exception {
    try (CuttableProxy silent = new CuttableProxy(DAEMON.port());
        Polyproc hasty =
            Polyproc.builder()
                .address(silent.address())
                .token(DAEMON.token())
                .timeToLive(Duration.ofSeconds(6)) // and notices after half of that
                .onSessionLost(lost::add)
                .connect()) {
      PolyQueue<String> same = hasty.queue(queue.name(), String.class);
      silent.loseReplies();

      same.putAsync("once").get(10, TimeUnit.SECONDS);

      assertThat(observed).containsExactly("once");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void shouldLoseSessionWhenDaemonStaysAway() throws Exception {
    Polyproc hasty = connectThroughNetwork(Duration.ofSeconds(2));
    PolyQueue<String> same = hasty.queue(queue.name(), String.class);
    CompletableFuture<String> waiting = same.takeAsync();
    Await.until(() -> observed.status().getWaitingGets() == 1);

    network.refuse(true);
    network.cut();
    Session session = hasty.requestor().session();
    Await.until(() -> catchThrowable(session::channel) != null);
    CompletableFuture<Void> unsent = same.putAsync("never sent");

    assertThat(Failure.of(waiting))
        .isInstanceOf(SessionLostException.class)
        .matches(e -> ((SessionLostException) e).outcomeUnknown())
        .hasMessageEndingWith("; whether this call took effect is not known");
    assertThat(Failure.of(unsent))
        .isInstanceOf(SessionLostException.class)
        .matches(e -> !((SessionLostException) e).outcomeUnknown());
    assertThat(Failure.reasonOf(same::size)).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(lost.poll(5, TimeUnit.SECONDS)).isNotNull();
    hasty.close();
    assertThat(lost).isEmpty();
  }

  @Test
  void shouldLoseSessionWhenItsTimeToLiveIsOver() throws Exception {
    Polyproc hasty = connectThroughNetwork(Duration.ofSeconds(1));
    network.refuse(true);
    network.cut();
    long number = hasty.session();
    assertThat(number).isPositive();
    SessionLostException told = lost.poll(5, TimeUnit.SECONDS);
    assertThat(told).isNotNull().hasMessageContaining("Expected the session to live, but ");
    network.refuse(false);
  }

  @Test
  void shouldWaitForRoomWhereOthersHaveAllCalls() throws Exception {
    try (DaemonProcess small = new DaemonProcess("--limit", "open_calls=" + CALLS).start();
        CuttableProxy cuttable = new CuttableProxy(small.port());
        Polyproc client =
            Polyproc.builder()
                .address(cuttable.address())
                .token(small.token())
                .onSessionLost(lost::add)
                .connect()) {
      PolyQueue<String> same = client.queue("room", String.class);
      CompletableFuture<String> waiting = same.takeAsync();
      assertThat(same.size()).as("the daemon has the take").isZero();

      cuttable.refuse(true);
      cuttable.cut();
      Transport others = occupyAllCalls(small, same.name());
      int before = cuttable.connections();
      cuttable.refuse(false);
      Await.until(() -> cuttable.connections() > before + 2);
      others.close();

      same.put("still there");
      assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("still there");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void shouldSayWhyTheDaemonDidNotTakeItAgain() throws Exception {
    try (DaemonProcess small = new DaemonProcess("--limit", "open_calls=" + CALLS).start();
        CuttableProxy cuttable = new CuttableProxy(small.port());
        Polyproc client =
            Polyproc.builder()
                .address(cuttable.address())
                .token(small.token())
                .timeToLive(Duration.ofSeconds(2))
                .onSessionLost(lost::add)
                .connect()) {
      String queue = client.queue("room", String.class).name();

      cuttable.refuse(true);
      cuttable.cut();
      Transport others = occupyAllCalls(small, queue);
      cuttable.refuse(false);

      assertThat(lost.poll(20, TimeUnit.SECONDS))
          .hasMessageContaining("the daemon last said: Expected at most " + CALLS + " open calls")
          .extracting(PolyprocException::reason)
          .isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
      others.close();
    }
  }

  /** Waits for items until there is no room for another call, on a connection each. */
  private static Transport occupyAllCalls(DaemonProcess daemon, String queue) {
    Transport others = new Transport(Address.parse(daemon.address()), null, null, null);
    QueueGetRequest get = QueueGetRequest.newBuilder().setQueue(queue).build();
    for (int i = 0; i < CALLS; i++) {
      QueueServiceGrpc.newStub(others.newChannel()).get(get, new Ignore<>());
    }
    var another = QueueServiceGrpc.newBlockingStub(others.newChannel());
    QueueSizeRequest size = QueueSizeRequest.newBuilder().setQueue(queue).build();
    Await.until(
        () -> {
          Throwable failure = catchThrowable(() -> another.size(size));
          if (failure == null) {
            // One was refused, as the daemon had not seen yet that the call before was cut off.
            QueueServiceGrpc.newStub(others.newChannel()).get(get, new Ignore<>());
          }
          return failure instanceof StatusRuntimeException refused
              && refused.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED;
        });
    return others;
  }

  @Test
  void shouldEndWhenAnotherAttachmentTakesTheSessionOver() throws Exception {
    CompletableFuture<String> waiting = queue.takeAsync();
    Session session = polyproc.requestor().session();
    ManagedChannel channel = session.transport().newChannel();
    StreamObserver<SessionAttachRequest> usurper =
        SessionServiceGrpc.newStub(channel).attach(new Ignore<>());
    usurper.onNext(
        SessionAttachRequest.newBuilder()
            .setSession(session.opened().getSession())
            .setAttachment(1000)
            .build());

    assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED);
    assertThat(lost.poll(5, TimeUnit.SECONDS)).isNotNull();
    channel.shutdownNow();
  }

  private Polyproc connectThroughNetwork(Duration timeToLive) {
    return Polyproc.builder()
        .address(network.address())
        .token(DAEMON.token())
        .timeToLive(timeToLive)
        .onSessionLost(lost::add)
        .connect();
  }

  private static class Ignore<T> implements StreamObserver<T> {
    @Override
    public void onNext(T message) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
