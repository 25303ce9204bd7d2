package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueJoinResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueUnfinished;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of the items that a process had, and of those who join the queue, when it is killed.
 * Real processes, and {@code kill -9}.
 *
 * <p>{@code -Dpolyproc.kills=N} chooses how often.
 */
@Timeout(120)
final class KilledConsumerIT {
  private static final int KILLS = Integer.getInteger("polyproc.kills", 20);

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final List<Mortal> mortals = new ArrayList<>();
  private final Client connection = daemon.client();
  private Client living;

  @BeforeEach
  void open() {
    living = connection.newSession();
  }

  @AfterEach
  void end() {
    mortals.forEach(Mortal::close);
    connection.close();
  }

  private Mortal mortal() {
    Mortal mortal = Mortal.of(connection);
    mortals.add(mortal);
    return mortal;
  }

  private QueueCreateRequest.Builder queue(String queue, QueueUnfinished unfinished) {
    return QueueCreateRequest.newBuilder().setQueue(queue).setUnfinished(unfinished);
  }

  private void create(QueueCreateRequest.Builder shape) {
    var unused = connection.queues().create(shape.build());
  }

  private void put(String queue, long item) {
    put(queue, item, QueueItemOptions.getDefaultInstance());
  }

  private void put(String queue, long item, QueueItemOptions options) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder()
            .setQueue(queue)
            .setItem(Value.newBuilder().setInt(item))
            .setOptions(options);
    assertThat(living.queues().put(request.build()).getAccepted()).isTrue();
  }

  private static QueueGetResponse get(Client client, String queue) {
    return Later.get(getLater(client, queue));
  }

  private static ListenableFuture<QueueGetResponse> getLater(Client client, String queue) {
    return client.queuesLater().get(QueueGetRequest.newBuilder().setQueue(queue).build());
  }

  private static QueueGetResponse reserve(Client client, String queue) {
    return client
        .queues()
        .get(QueueGetRequest.newBuilder().setQueue(queue).setReserve(true).build());
  }

  private int taskDone(String queue, QueueGetResponse got) {
    return living
        .queues()
        .taskDone(
            QueueTaskDoneRequest.newBuilder()
                .setQueue(queue)
                .setReservation(got.getReservation())
                .build())
        .getUnfinished();
  }

  private static ListenableFuture<QueueJoinResponse> join(Client client, String queue) {
    return client.queuesLater().join(QueueJoinRequest.newBuilder().setQueue(queue).build());
  }

  private boolean isJoined(String queue) {
    return connection
        .queues()
        .join(
            QueueJoinRequest.newBuilder()
                .setQueue(queue)
                .setTimeout(Durations.fromMillis(0))
                .build())
        .getJoined();
  }

  private QueueSizeResponse size(String queue) {
    return connection.queues().size(QueueSizeRequest.newBuilder().setQueue(queue).build());
  }

  private void awaitSize(String queue, ToIntFunction<QueueSizeResponse> what, int count) {
    await()
        .pollDelay(0, TimeUnit.MILLISECONDS)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(() -> what.applyAsInt(size(queue)) == count);
  }

  @Test
  void shouldJoinWhenAnotherHasDoneWhatAKilledConsumerHad() {
    create(queue("killed/return", QueueUnfinished.QUEUE_UNFINISHED_RETURN));
    for (int i = 0; i < KILLS; i++) {
      put("killed/return", i);
      Mortal consumer = mortal();
      assertThat(get(consumer.client(), "killed/return").getAttempt()).isEqualTo(1);
      ListenableFuture<QueueJoinResponse> joining = join(living, "killed/return");
      awaitSize("killed/return", QueueSizeResponse::getWaitingJoins, 1);
      ListenableFuture<QueueGetResponse> waiting = getLater(living, "killed/return");

      consumer.kill();

      QueueGetResponse again = Later.get(waiting);
      assertThat(again.getItem().getInt()).isEqualTo(i);
      assertThat(again.getAttempt()).isEqualTo(2);
      assertThat(joining).as("joined while somebody works").isNotDone();
      assertThat(taskDone("killed/return", again)).isZero();
      assertThat(Later.get(joining).getJoined()).isTrue();
    }
  }

  @Test
  void shouldJoinWhenAConsumerIsKilledWhoseItemsCountAsDone() {
    create(queue("killed/done", QueueUnfinished.QUEUE_UNFINISHED_DONE));
    for (int i = 0; i < KILLS; i++) {
      put("killed/done", 2L * i);
      put("killed/done", 2L * i + 1);
      Mortal consumer = mortal();
      assertThat(get(consumer.client(), "killed/done").getReservation()).isZero();
      get(consumer.client(), "killed/done");
      ListenableFuture<QueueJoinResponse> joining = join(living, "killed/done");
      awaitSize("killed/done", QueueSizeResponse::getWaitingJoins, 1);

      consumer.kill();

      assertThat(Later.get(joining).getJoined()).isTrue();
      assertThat(size("killed/done").getSize()).isZero();
    }
  }

  /** It was never told that it has the item: so somebody else is to do it. */
  @Test
  void shouldHandOutAgainWhatAKilledConsumerHasNotConfirmed() {
    create(queue("killed/unconfirmed", QueueUnfinished.QUEUE_UNFINISHED_DONE));
    for (int i = 0; i < KILLS; i++) {
      put("killed/unconfirmed", i);
      Mortal consumer = mortal();
      get(consumer.client().with(Envelope.none().sequence(1)), "killed/unconfirmed");
      ListenableFuture<QueueJoinResponse> joining = join(living, "killed/unconfirmed");
      ListenableFuture<QueueGetResponse> waiting = getLater(living, "killed/unconfirmed");

      consumer.kill();

      QueueGetResponse again = Later.get(waiting);
      assertThat(again.getAttempt()).isEqualTo(2);
      assertThat(isJoined("killed/unconfirmed")).isFalse();
      assertThat(taskDone("killed/unconfirmed", again)).isZero();
      assertThat(Later.get(joining).getJoined()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldGiveWhatKilledConsumersHadInItsOrder(boolean reserved) {
    String queue = "killed/order/" + reserved;
    create(queue(queue, QueueUnfinished.QUEUE_UNFINISHED_RETURN));
    for (int i = 0; i < KILLS; i++) {
      put(queue, i);
    }
    List<Mortal> consumers = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      Mortal consumer = mortal();
      long item =
          (reserved ? reserve(consumer.client(), queue) : get(consumer.client(), queue))
              .getItem()
              .getInt();
      assertThat(item).isEqualTo(i);
      consumers.add(consumer);
    }
    assertThat(reserved ? size(queue).getReserved() : size(queue).getInHand()).isEqualTo(KILLS);

    consumers.forEach(Mortal::kill);

    awaitSize(queue, QueueSizeResponse::getSize, KILLS);
    for (int i = 0; i < KILLS; i++) {
      QueueGetResponse again = get(living, queue);
      assertThat(again.getItem().getInt()).isEqualTo(i);
      assertThat(again.getAttempt()).isEqualTo(2);
      taskDone(queue, again);
    }
    assertThat(isJoined(queue)).isTrue();
  }

  @Test
  void shouldLetAnotherOfTheKeyOfAKilledConsumerGo() {
    create(
        queue("killed/limited", QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED).setMaxOutPerKey(1));
    QueueItemOptions ofKey = QueueItemOptions.newBuilder().setKey("customer").build();
    put("killed/limited", 1, ofKey);
    put("killed/limited", 2, ofKey);
    for (int i = 0; i < KILLS; i++) {
      Mortal consumer = mortal();
      assertThat(reserve(consumer.client(), "killed/limited").getItem().getInt()).isEqualTo(1);
      ListenableFuture<QueueGetResponse> waiting =
          living
              .queuesLater()
              .get(
                  QueueGetRequest.newBuilder().setQueue("killed/limited").setReserve(true).build());
      awaitSize("killed/limited", QueueSizeResponse::getWaitingGets, 1);

      consumer.kill();

      QueueGetResponse again = Later.get(waiting);
      assertThat(again.getItem().getInt()).isEqualTo(1);
      assertThat(again.getAttempt()).isEqualTo(2);
      acknowledge(again);
      QueueGetResponse other = reserve(living, "killed/limited");
      assertThat(other.getItem().getInt()).isEqualTo(2);
      put("killed/limited", 1, ofKey);
      acknowledge(other);
      put("killed/limited", 2, ofKey);
    }
  }

  private void acknowledge(QueueGetResponse got) {
    var unused =
        living
            .queues()
            .acknowledge(
                QueueAcknowledgeRequest.newBuilder()
                    .setQueue("killed/limited")
                    .setReservation(got.getReservation())
                    .build());
  }

  @Test
  void shouldSayOfADeadLetterWhoWasKilledWithItLast() {
    create(queue("killed/letters", QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED));
    create(
        queue("killed/attempts", QueueUnfinished.QUEUE_UNFINISHED_RETURN)
            .setMaxAttempts(2)
            .setDeadLetterQueue("killed/letters"));
    put("killed/attempts", 7);
    ListenableFuture<QueueJoinResponse> joining = join(living, "killed/attempts");
    for (int attempt = 1; attempt <= 2; attempt++) {
      Mortal consumer = mortal();
      assertThat(get(consumer.client(), "killed/attempts").getAttempt()).isEqualTo(attempt);
      consumer.kill();
      awaitSize("killed/attempts", QueueSizeResponse::getInHand, 0);
    }

    assertThat(Later.get(joining).getJoined()).as("nobody will do it").isTrue();
    QueueGetResponse got = get(living, "killed/letters");
    QueueDeadLetter letter = got.getDeadLetter();
    assertThat(got.getItem().getInt()).isEqualTo(7);
    assertThat(letter.getOrigin().getName()).isEqualTo("killed/attempts");
    assertThat(letter.getAttempts()).isEqualTo(2);
    assertThat(letter.getCause()).isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS);
    assertThat(letter.getLastConsumer().getClient()).isEqualTo("mortal");
  }

  @Test
  void shouldLeaveNoTraceOfAKilledJoin() {
    create(queue("killed/join", QueueUnfinished.QUEUE_UNFINISHED_RETURN));
    put("killed/join", 1);
    for (int i = 0; i < KILLS; i++) {
      Mortal waiter = mortal();
      var unused = join(waiter.client(), "killed/join");
      awaitSize("killed/join", QueueSizeResponse::getWaitingJoins, 1);

      waiter.kill();

      awaitSize("killed/join", QueueSizeResponse::getWaitingJoins, 0);
    }
    assertThat(size("killed/join").getUnfinished()).isEqualTo(1);
  }
}
