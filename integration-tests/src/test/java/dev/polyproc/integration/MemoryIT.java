package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.Value;
import io.grpc.CallOptions;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon with a small heap, and clients that ask for more than it has. */
final class MemoryIT {
  private static final int MIB = 1 << 20;
  private static final long HEAP = 96 * MIB;

  /** The heap, as much again for buffers outside it, and the virtual machine itself. */
  private static final long MOST_RESIDENT = 2 * HEAP + 150 * MIB;

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(Launch.inPrivateFolder().javaOptions("-Xmx" + HEAP));

  private final List<Client> clients = new ArrayList<>();
  private final Client client = client();

  private Client client() {
    Client client = daemon.client();
    clients.add(client);
    return client;
  }

  /** What a test before has cleared or deleted counts as kept until it is given back in pieces. */
  @BeforeEach
  void awaitRoom() {
    await()
        .until(
            () ->
                client
                        .admin()
                        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                        .getUsage()
                        .getStoredBytes()
                    < MIB);
  }

  @AfterEach
  void theMemoryWasBounded() {
    clients.forEach(Client::close);
    System.out.printf(
        "The daemon with a heap of %d MiB has had at most %d MiB in RAM%n",
        HEAP / MIB, daemon.get().peakResidentBytes() / MIB);
    assertThat(daemon.get().peakResidentBytes()).isLessThan(MOST_RESIDENT);
  }

  private static Value bytes(int size) {
    return Value.newBuilder().setBytes(ByteString.copyFrom(new byte[size])).build();
  }

  private static QueueClearRequest clear(String queue) {
    return QueueClearRequest.newBuilder().setQueue(queue).build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000, 100_000, 4 * MIB})
  void shouldRefuseItemsThatDoNotFit(int bytes) {
    client.queues().create(createQueue("items"));
    int many = Math.max(1, Math.min(1_024, 4 * MIB / bytes));
    QueuePutManyRequest request =
        QueuePutManyRequest.newBuilder()
            .setQueue("items")
            .addAllItems(Collections.nCopies(many, bytes(bytes)))
            .build();

    Refusal refusal =
        Refusal.of(
            () -> {
              while (true) {
                assertThat(client.queues().putMany(request).getAccepted()).isTrue();
              }
            });

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_MEMORY_FULL);
    long stored = client.queues().size(size("items")).getSize();
    System.out.println(stored + " items of " + bytes + " bytes fit");
    for (int i = 0; i < many; i++) {
      assertThat(client.queues().get(getNow("items")).getItem()).isEqualTo(bytes(bytes));
    }
    assertThat(client.queues().putMany(request).getAccepted()).isTrue();
    assertThat(client.queues().clear(clear("items")).getRemoved()).isEqualTo(stored);
  }

  /** Each session that retains an object costs something, however few objects there are. */
  @Test
  void shouldRefuseToRetainTooMuch() {
    List<Client> sessions = new ArrayList<>();
    sessions.add(client.newSession());
    ListServiceGrpc.ListServiceBlockingStub lists =
        ListServiceGrpc.newBlockingStub(sessions.get(0).channel());
    ListCreateRequest shape =
        ListCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build();
    SessionRetainRequest.Builder retain = SessionRetainRequest.newBuilder();
    for (int i = 0; i < 1_000; i++) {
      retain.addRefs(lists.create(shape).getRef());
    }

    ErrorReason refused =
        untilRefused(
            () -> {
              sessions.add(client.newSession());
              assertThat(
                      sessions
                          .get(sessions.size() - 1)
                          .sessions()
                          .retain(retain.build())
                          .getRefsCount())
                  .isEqualTo(1_000);
            });

    System.out.printf("1,000 objects are retained by each of %d sessions%n", sessions.size() - 1);
    assertThat(refused).isEqualTo(ERROR_REASON_MEMORY_FULL);
    for (Client session : sessions) {
      session.sessions().end(SessionEndRequest.getDefaultInstance());
    }
  }

  @Test
  void shouldLiveWhenItIsFullOfEverything() {
    client.queues().create(createQueue("full"));
    client.queues().create(createQueue("empty"));
    QueuePutManyRequest items =
        QueuePutManyRequest.newBuilder()
            .setQueue("full")
            .addAllItems(Collections.nCopies(1_024, bytes(1)))
            .build();
    int[] made = new int[2];
    assertThat(
            untilRefused(() -> client.queues().create(createQueue("full/of/objects/" + made[0]++))))
        .isEqualTo(ERROR_REASON_LIMIT_REACHED);
    assertThat(
            untilRefused(
                () -> {
                  Client another = client();
                  another.attach(another.openSession(), 1).awaitAttached();
                  made[1]++;
                }))
        .isEqualTo(ERROR_REASON_LIMIT_REACHED);
    assertThat(untilRefused(() -> client.queues().putMany(items)))
        .isEqualTo(ERROR_REASON_MEMORY_FULL);
    // What waits is in the same budget: room for about as much as may be open at once.
    for (int i = 0; i < 24; i++) {
      client
          .queues()
          .getMany(QueueGetManyRequest.newBuilder().setQueue("full").setMax(1_024).build());
    }
    int waiting = fillWithWaiters();

    clients.subList(1, clients.size()).forEach(Client::close);
    await().until(() -> waitingGets() == 0);
    System.out.printf(
        "Full: %d items, %d objects, %d attached sessions, about %d waiting calls%n",
        client.queues().size(size("full")).getSize(), made[0], made[1], waiting);
    assertThat(client.queues().get(get("full")).getItem()).isEqualTo(bytes(1));
    assertThat(client.queues().put(put("full", 1)).getAccepted()).isTrue();
    Tidying.deleteAll(client, "full");
  }

  private static ErrorReason untilRefused(Runnable call) {
    return Refusal.reasonOf(
        () -> {
          while (true) {
            call.run();
          }
        });
  }

  private int fillWithWaiters() {
    Set<ErrorReason> refused = Collections.synchronizedSet(new TreeSet<>());
    int sent = 0;
    while (refused.isEmpty()) {
      Client connection = client();
      for (int i = 0; i < 1_000; i++) {
        CompletableFuture<QueueGetResponse> unused =
            RaceSession.unary(
                    connection.channel(),
                    QueueServiceGrpc.getGetMethod(),
                    CallOptions.DEFAULT,
                    get("empty"))
                .whenComplete((response, thrown) -> refused.add(Refusal.of(thrown).reason()));
      }
      sent += 1_000;
      int all = sent;
      await().until(() -> !refused.isEmpty() || waitingGets() == all);
    }
    assertThat(refused).containsExactly(ERROR_REASON_LIMIT_REACHED);
    return sent;
  }

  /** How many Gets wait; -1 when not even this may be asked. */
  private long waitingGets() {
    try {
      return client.queues().size(size("empty")).getWaitingGets();
    } catch (StatusRuntimeException full) {
      assertThat(Refusal.of(full).reason()).isEqualTo(ERROR_REASON_LIMIT_REACHED);
      return -1;
    }
  }

  @Test
  void shouldNotBufferUnaryRepliesThatNobodyReads() {
    int calls = 300;
    client.queues().create(createQueue("large"));
    client.queues().put(put("large", bytes(MIB)));
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client deaf = Client.over(proxy.socket())) {
      deaf.queues().size(size("large"));
      proxy.stopReading();
      List<CompletableFuture<QueuePeekResponse>> peeks = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        peeks.add(
            RaceSession.unary(
                deaf.channel(),
                QueueServiceGrpc.getPeekMethod(),
                CallOptions.DEFAULT,
                QueuePeekRequest.newBuilder().setQueue("large").build()));
      }
      serveOthers("large");

      proxy.readOn();

      for (CompletableFuture<QueuePeekResponse> peek : peeks) {
        assertThat(Later.get(peek).hasItem()).isTrue();
      }
    } finally {
      client.queues().clear(clear("large"));
    }
  }

  @Test
  void shouldStopReadingAStreamWhoseRepliesNobodyReads() {
    int calls = 300;
    client.queues().create(createQueue("large"));
    client.queues().put(put("large", bytes(MIB)));
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client deaf = Client.over(proxy.socket());
        Attachment stream = deaf.attach(deaf.openSession(), 1).awaitAttached()) {
      proxy.stopReading();
      QueuePeekRequest peek = QueuePeekRequest.newBuilder().setQueue("large").build();
      List<Future<QueuePeekResponse>> peeks = new ArrayList<>();
      for (int i = 1; i <= calls; i++) {
        peeks.add(stream.send(i, QueueServiceGrpc.getPeekMethod(), peek));
      }
      serveOthers("large");

      proxy.readOn();

      for (int i = 0; i < calls; i++) {
        assertThat(Later.get(peeks.get(i)).hasItem()).isTrue();
      }
    } finally {
      client.queues().clear(clear("large"));
    }
  }

  @Test
  void shouldNotBufferDeliveriesThatNobodyReads() throws InterruptedException {
    int consumers = 300;
    client.queues().create(createQueue("large"));
    for (int i = 0; i < 40; i++) {
      client.queues().put(put("large", bytes(MIB)));
    }
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client deaf = Client.over(proxy.socket())) {
      Client session = deaf.newSession();
      CountDownLatch delivered = new CountDownLatch(40);
      proxy.stopReading();
      for (int i = 0; i < consumers; i++) {
        QueueServiceGrpc.newStub(session.channel())
            .consume(
                QueueConsumeRequest.newBuilder().setQueue("large").setMaxInFlight(100).build(),
                new StreamObserver<QueueConsumeResponse>() {
                  @Override
                  public void onNext(QueueConsumeResponse delivery) {
                    delivered.countDown();
                  }

                  @Override
                  public void onError(Throwable why) {}

                  @Override
                  public void onCompleted() {}
                });
      }
      await().until(() -> client.queues().size(size("large")).getReserved() == 40);

      proxy.readOn();

      assertThat(delivered.await(30, TimeUnit.SECONDS)).isTrue();
      proxy.cut(); // All streams at once: a client that ends them says so of one after another.
    }
    // The session lives on, but its streams are gone.
    await().until(() -> client.queues().size(size("large")).getSize() == 40);
    int attempt = client.queues().get(get("large")).getAttempt();
    client.queues().clear(clear("large"));
    assertThat(attempt).isEqualTo(2);
  }

  /** What a stream has sent is not unsent any more once it was read, though nobody asked since. */
  @Test
  void shouldServeCallsBesideAStreamWhoseLargeMessageWasRead() throws InterruptedException {
    client.queues().create(createQueue("large"));
    client.queues().put(put("large", bytes(4 * MIB)));
    Client session = client().newSession();
    CountDownLatch delivered = new CountDownLatch(1);
    QueueServiceGrpc.newStub(session.channel())
        .consume(
            QueueConsumeRequest.newBuilder().setQueue("large").setMaxInFlight(1).build(),
            new StreamObserver<QueueConsumeResponse>() {
              @Override
              public void onNext(QueueConsumeResponse delivery) {
                delivered.countDown();
              }

              @Override
              public void onError(Throwable why) {}

              @Override
              public void onCompleted() {}
            });
    assertThat(delivered.await(30, TimeUnit.SECONDS)).isTrue();

    assertThat(
            session
                .queues()
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .size(size("large"))
                .getReserved())
        .isEqualTo(1);

    session.sessions().end(SessionEndRequest.getDefaultInstance());
    client.queues().clear(clear("large"));
  }

  /** Requests that arrive in parts, many at once, are more than the heap has room for. */
  @ParameterizedTest
  @CsvSource({"60, 5000000", "1000, 300000", "2000, 60000"})
  void shouldRefuseRequestsThatTogetherAreTooMuch(int calls, int bytes) {
    client.queues().create(createQueue("parts"));
    Value item =
        Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[bytes])).build();
    List<CompletableFuture<QueuePutResponse>> puts = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      puts.add(
          RaceSession.unary(
              client.channel(),
              QueueServiceGrpc.getPutMethod(),
              CallOptions.DEFAULT,
              put("parts", item)));
    }
    int accepted = 0;
    Set<ErrorReason> reasons = new TreeSet<>();
    for (CompletableFuture<QueuePutResponse> put : puts) {
      try {
        accepted += Later.get(put).getAccepted() ? 1 : 0;
      } catch (RuntimeException refused) {
        reasons.add(Refusal.of(refused).reason());
      }
    }

    System.out.printf(
        "%d puts of %d bytes at once: %d accepted, others %s%n", calls, bytes, accepted, reasons);
    assertThat(accepted).isPositive();
    assertThat(reasons).containsExactly(ERROR_REASON_MEMORY_FULL);
    assertThat(client.queues().clear(clear("parts")).getRemoved()).isEqualTo(accepted);
  }

  private void serveOthers(String queue) {
    for (int i = 0; i < 100; i++) {
      assertThat(client.queues().size(size(queue)).getSize()).isEqualTo(1);
    }
  }
}
