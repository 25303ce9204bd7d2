package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemDetails;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePauseRequest;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueResumeRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueTotals;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** QueueService: in which order items come, and how each of them is treated. */
public abstract class QueueItemsContract extends QueueSuite {
  private static final long HOUR = 3_600;

  private static QueueItemOptions.Builder options() {
    return QueueItemOptions.newBuilder();
  }

  private static QueueItemOptions.Builder delayed(long seconds) {
    return options().setDelay(Durations.fromSeconds(seconds));
  }

  private static QueueItemOptions.Builder unique(String key) {
    return options().setUniqueKey(key);
  }

  private static QueueItemOptions.Builder keyed(String key) {
    return options().setKey(key);
  }

  private void putAll(long... items) {
    for (long item : items) {
      queues().put(put(item));
    }
  }

  // Order.

  @Test
  void shouldGiveTheLastItemFirstFromAStack() {
    create(QueueCreateRequest.newBuilder().setOrder(QueueOrder.QUEUE_ORDER_LIFO));
    putAll(1, 2, 3);

    assertThat(items()).containsExactly(3L, 2L, 1L);
    assertThat(drained()).containsExactly(3L, 2L, 1L);
  }

  @Test
  void shouldGiveTheLowestPriorityFirst() {
    create(QueueCreateRequest.newBuilder().setOrder(QueueOrder.QUEUE_ORDER_PRIORITY));
    queues().put(put(1, options().setPriority(5)));
    queues().put(put(2));
    queues().put(put(3, options().setPriority(-5)));
    queues().put(put(4, options().setPriority(5)));

    assertThat(drained()).containsExactly(3L, 2L, 1L, 4L);
  }

  @Test
  void shouldPutAndGetAtBothEnds() {
    create(QueueCreateRequest.newBuilder());
    QueueEnd head = QueueEnd.QUEUE_END_HEAD;
    QueueEnd tail = QueueEnd.QUEUE_END_TAIL;
    putAll(1, 2);
    queues().put(put(0).toBuilder().setEnd(head).build());
    queues().put(put(3).toBuilder().setEnd(tail).build());
    queues()
        .putMany(
            QueuePutManyRequest.newBuilder()
                .setQueue(name())
                .addItems(number(-1))
                .addItems(number(-2))
                .setEnd(head)
                .build());

    assertThat(items()).containsExactly(-2L, -1L, 0L, 1L, 2L, 3L);
    assertThat(got(queues().get(get().toBuilder().setEnd(tail).build()))).isEqualTo(3);
    assertThat(got(queues().get(get().toBuilder().setEnd(head).build()))).isEqualTo(-2);
  }

  @Test
  void shouldGiveAnItemBackToItsPlace() {
    create(QueueCreateRequest.newBuilder().setOrder(QueueOrder.QUEUE_ORDER_PRIORITY));
    queues().put(put(1, options().setPriority(1)));
    queues().put(put(2, options().setPriority(1)));
    String session = openSession();
    QueueGetResponse first = queues(session).get(reserve());
    queues().put(put(3));

    queues(session)
        .reject(
            QueueRejectRequest.newBuilder()
                .setQueue(name())
                .setReservation(first.getReservation())
                .build());

    assertThat(items()).containsExactly(3L, 1L, 2L);
  }

  @Test
  void shouldRefuseOptionsThatTheQueueDoesNotHave() {
    create(QueueCreateRequest.newBuilder());

    assertThat(reasonOf(() -> queues().put(put(1, options().setPriority(1)))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> queues().put(put(1, options().setWeight(2)))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldHandOutAnItemWithItsOptions() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, keyed("k").setUniqueKey("u")));
    queues().put(put(2));

    assertThat(queues().get(get()).getOptions()).isEqualTo(keyed("k").setUniqueKey("u").build());
    assertThat(queues().get(get()).hasOptions()).isFalse();
  }

  // Time.

  @Test
  void shouldHideADelayedItemUntilItsDelayIsOver() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, options().setDelay(Durations.fromMillis(30))));
    queues().put(put(2, delayed(HOUR)));

    assertThat(got(queues().get(get()))).as("waits for it").isEqualTo(1);
    assertThat(queues().get(getNow()).hasItem()).isFalse();
    assertThat(size().getDelayed()).isEqualTo(1);
    assertThat(size().getSize()).isZero();
  }

  @Test
  void shouldListAndRemoveDelayedItemsBehindTheOthers() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, delayed(2 * HOUR)));
    queues().put(put(2, delayed(HOUR)));
    queues().put(put(3));
    QueueContainsRequest contains =
        QueueContainsRequest.newBuilder().setQueue(name()).setItem(number(1)).build();

    assertThat(items()).containsExactly(3L, 2L, 1L);
    assertThat(queues().contains(contains).getContains()).isTrue();
    assertThat(
            queues()
                .remove(QueueRemoveRequest.newBuilder().setQueue(name()).setItem(number(1)).build())
                .getRemoved())
        .isTrue();
    assertThat(queues().clear(QueueClearRequest.newBuilder().setQueue(name()).build()).getRemoved())
        .isEqualTo(2);
    assertThat(size().getDelayed()).isZero();
  }

  @Test
  void shouldCountDelayedItemsAgainstTheCapacity() {
    create(QueueCreateRequest.newBuilder().setMaxsize(1));
    queues().put(put(1, delayed(HOUR)));

    assertThat(queues().put(put(2).toBuilder().setTimeout(NOW).build()).getAccepted()).isFalse();
  }

  @Test
  void shouldHaveGetsOfAClosedQueueWaitForDelayedItems() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, options().setDelay(Durations.fromMillis(200))));
    queues().shutdown(QueueShutdownRequest.newBuilder().setQueue(name()).build());

    assertThat(got(queues().get(get()))).isEqualTo(1);
    assertThat(reasonOf(() -> queues().get(get()))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
  }

  @Test
  void shouldDropAnItemWhoseTimeToLiveIsOver() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, options().setTimeToLive(SHORT)));
    queues().put(put(2, options().setTimeToLive(Durations.fromSeconds(HOUR))));

    await().until(() -> size().getTotals().getExpired() == 1);
    assertThat(items()).containsExactly(2L);
  }

  @Test
  void shouldNotTakeAnItemAwayFromWhoHasIt() {
    create(QueueCreateRequest.newBuilder());
    String session = openSession();
    Future<QueueGetResponse> waiting = QueueServiceGrpc.newFutureStub(in(session)).get(reserve());
    await().until(() -> size().getWaitingGets() == 1);
    queues().put(put(1, options().setTimeToLive(SHORT)));
    queues().put(put(2, options().setTimeToLive(SHORT)));
    QueueGetResponse got = get(waiting);
    await().until(() -> size().getTotals().getExpired() == 1); // The other one.

    assertThat(size().getReserved()).isEqualTo(1);
    assertThat(
            queues(session)
                .reject(
                    QueueRejectRequest.newBuilder()
                        .setQueue(name())
                        .setReservation(got.getReservation())
                        .build())
                .getGaveUp())
        .isTrue();
    assertThat(size().getTotals().getExpired()).isEqualTo(2);
    assertThat(items()).isEmpty();
  }

  // Unique keys.

  @Test
  void shouldRefuseAnItemWhoseUniqueKeyIsThereOrOut() {
    create(QueueCreateRequest.newBuilder().setMaxsize(1));
    assertThat(queues().put(put(1, unique("u"))).getAccepted()).isTrue();
    QueuePutResponse second = queues().put(put(2, unique("u"))); // Though the queue is full.
    assertThat(second.getAccepted()).isFalse();
    assertThat(second.getDuplicate()).isTrue();
    String session = openSession();
    QueueGetResponse got = queues(session).get(reserve());
    assertThat(queues().put(put(3, unique("u"))).getDuplicate()).isTrue();
    queues(session)
        .acknowledge(
            QueueAcknowledgeRequest.newBuilder()
                .setQueue(name())
                .setReservation(got.getReservation())
                .build());

    assertThat(queues().put(put(4, unique("u"))).getAccepted()).isTrue();
    assertThat(size().getTotals().getDuplicates()).isEqualTo(2);
  }

  @Test
  void shouldKeepAUniqueKeyTakenForItsWindow() {
    create(QueueCreateRequest.newBuilder().setUniqueWindow(Durations.fromSeconds(HOUR)));
    queues().put(put(1, unique("u")));
    queues().get(get());

    assertThat(queues().put(put(2, unique("u"))).getDuplicate()).isTrue();
    assertThat(queues().put(put(3, unique("another"))).getAccepted()).isTrue();
  }

  @Test
  void shouldNotTakeAUniqueKeyForLongerThanItsWindow() {
    create(QueueCreateRequest.newBuilder().setUniqueWindow(SHORT));
    queues().put(put(1, unique("u")));
    queues().get(get());

    await().until(() -> queues().put(put(2, unique("u"))).getAccepted());
  }

  @Test
  void shouldPutThoseOfManyWhoseUniqueKeysAreFree() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, unique("u")));
    QueuePutManyRequest.Builder many = QueuePutManyRequest.newBuilder().setQueue(name());
    for (String key : List.of("u", "v", "v", "")) {
      many.addItems(number(10 + many.getItemsCount())).addOptions(unique(key));
    }

    QueuePutManyResponse response = queues().putMany(many.build());

    assertThat(response.getAccepted()).isTrue();
    assertThat(response.getDuplicatesList()).containsExactly(0, 2);
    assertThat(items()).containsExactly(1L, 11L, 13L);
  }

  // Keys.

  @Test
  void shouldNotHandOutMoreOfAKeyThanItMay() {
    create(QueueCreateRequest.newBuilder().setMaxOutPerKey(1));
    queues().put(put(1, keyed("a")));
    queues().put(put(2, keyed("a")));
    queues().put(put(3, keyed("b")));
    queues().put(put(4));
    String session = openSession();
    QueueGetResponse first = queues(session).get(reserve());
    assertThat(got(first)).isEqualTo(1);
    assertThat(got(queues(session).get(reserve()))).isEqualTo(3);
    assertThat(got(queues(session).get(reserve()))).isEqualTo(4);
    assertThat(queues(session).get(getNow()).hasItem()).isFalse();
    assertThat(size().getSize()).isEqualTo(1);
    assertThat(queues().peek(QueuePeekRequest.newBuilder().setQueue(name()).build()).hasItem())
        .isFalse();

    Future<QueueGetResponse> waiting = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);
    queues(session)
        .acknowledge(
            QueueAcknowledgeRequest.newBuilder()
                .setQueue(name())
                .setReservation(first.getReservation())
                .build());

    assertThat(got(get(waiting))).isEqualTo(2);
  }

  @Test
  void shouldServeKeysInTurnByTheirWeights() {
    create(QueueCreateRequest.newBuilder().setFair(true));
    for (long item = 1; item <= 4; item++) {
      queues().put(put(item, keyed("a").setWeight(2)));
    }
    queues().put(put(10, keyed("b")));
    queues().put(put(20));
    queues().put(put(21));

    assertThat(drained()).containsExactly(1L, 2L, 10L, 20L, 3L, 4L, 21L);
  }

  @Test
  void shouldRefuseTheTailWhereKeysAreLimitedOrTakeTurns() {
    create(QueueCreateRequest.newBuilder().setFair(true));

    assertThat(
            reasonOf(() -> queues().get(get().toBuilder().setEnd(QueueEnd.QUEUE_END_TAIL).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  // Looking after it.

  @Test
  void shouldHandNothingOutWhileItIsPaused() {
    create(QueueCreateRequest.newBuilder());
    queues().pause(QueuePauseRequest.newBuilder().setQueue(name()).build());
    queues().put(put(1));
    assertThat(size().getPaused()).isTrue();
    assertThat(queues().get(getNow()).hasItem()).isFalse();
    assertThat(queues().peek(QueuePeekRequest.newBuilder().setQueue(name()).build()).hasItem())
        .isTrue();
    Future<QueueGetResponse> waiting = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);

    queues().resume(QueueResumeRequest.newBuilder().setQueue(name()).build());

    assertThat(got(get(waiting))).isEqualTo(1);
    assertThat(size().getPaused()).isFalse();
  }

  @Test
  void shouldTellWhatIsKnownOfEachItem() {
    create(QueueCreateRequest.newBuilder());
    queues().put(put(1, options().setTimeToLive(Durations.fromSeconds(HOUR))));
    queues().put(put(2));
    List<QueueItemDetails> details =
        queues()
            .list(QueueListRequest.newBuilder().setQueue(name()).setReturnDetails(true).build())
            .getDetailsList();

    assertThat(details).hasSize(2).allMatch(QueueItemDetails::hasFirst);
    assertThat(details.get(0).getExpires().getSeconds() - details.get(0).getFirst().getSeconds())
        .isEqualTo(HOUR);
    assertThat(details.get(1).hasExpires()).isFalse();
    assertThat(details.get(1).hasOptions()).isFalse();
    assertThat(details.get(1).getAttempts()).isZero();
  }

  @Test
  void shouldCountWhatHappenedAndSayHowOldThingsAre() {
    create(QueueCreateRequest.newBuilder());
    assertThat(size().hasOldestItemAge()).isFalse();
    assertThat(size().hasOldestReservationAge()).isFalse();
    putAll(1, 2);
    String session = openSession();
    QueueGetResponse got = queues(session).get(reserve());
    assertThat(size().hasOldestItemAge()).isTrue();
    assertThat(size().hasOldestReservationAge()).isTrue();
    queues(session)
        .reject(
            QueueRejectRequest.newBuilder()
                .setQueue(name())
                .setReservation(got.getReservation())
                .build());

    assertThat(size().getTotals())
        .isEqualTo(QueueTotals.newBuilder().setPuts(2).setGets(1).setReturns(1).build());
    assertThat(size().hasOldestReservationAge()).isFalse();
  }

  @Test
  void shouldRemoveWhatIsThereAndWhatWouldComeBackWhenItIsClosedAtOnce() {
    create(QueueCreateRequest.newBuilder());
    putAll(1, 2);
    queues().put(put(3, delayed(HOUR)));
    String session = openSession();
    QueueGetResponse got = queues(session).get(reserve());

    queues()
        .shutdown(QueueShutdownRequest.newBuilder().setQueue(name()).setImmediate(true).build());

    assertThat(items()).isEmpty();
    assertThat(reasonOf(() -> queues().get(get()))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    queues(session)
        .reject(
            QueueRejectRequest.newBuilder()
                .setQueue(name())
                .setReservation(got.getReservation())
                .build());
    assertThat(items()).isEmpty();
    assertThat(size().getReserved()).isZero();
  }

  @Test
  void shouldTellGetsThatWaitWhenItIsClosedAtOnceThoughItemsAreOut() {
    create(QueueCreateRequest.newBuilder());
    putAll(1);
    queues(openSession()).get(reserve());
    Future<QueueGetResponse> waiting = later().get(get());
    await().until(() -> size().getWaitingGets() == 1);
    QueueShutdownRequest.Builder close = QueueShutdownRequest.newBuilder().setQueue(name());
    queues().shutdown(close.build());
    assertThat(size().getWaitingGets()).as("the reserved item may come back").isEqualTo(1);

    queues().shutdown(close.setImmediate(true).build());

    assertThat(reasonOf(() -> get(waiting))).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
  }

  @Test
  void shouldRefuseOptionsThatAreNeitherOneNorOneForEach() {
    create(QueueCreateRequest.newBuilder());
    QueuePutManyRequest many =
        QueuePutManyRequest.newBuilder()
            .setQueue(name())
            .addItems(number(1))
            .addOptions(keyed("a"))
            .addOptions(keyed("b"))
            .build();

    assertThat(reasonOf(() -> queues().putMany(many)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(items()).isEmpty();
  }
}
