package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueJoinResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueUnfinished;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** QueueService: queues that count what is not finished, as Python's JoinableQueue. */
public abstract class JoinableQueueContract extends QueueSuite {
  private static QueueCreateRequest.Builder returning() {
    return QueueCreateRequest.newBuilder().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN);
  }

  private static QueueCreateRequest.Builder done() {
    return QueueCreateRequest.newBuilder().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_DONE);
  }

  private QueueJoinRequest join() {
    return QueueJoinRequest.newBuilder().setQueue(name()).build();
  }

  private boolean isJoined() {
    return queues().join(join().toBuilder().setTimeout(NOW).build()).getJoined();
  }

  private QueueTaskDoneRequest taskDone() {
    return QueueTaskDoneRequest.newBuilder().setQueue(name()).build();
  }

  private QueueTaskDoneRequest taskDone(QueueGetResponse got) {
    return taskDone().toBuilder().setReservation(got.getReservation()).build();
  }

  private Future<QueueJoinResponse> joining() {
    Future<QueueJoinResponse> joining = later().join(join());
    await().until(() -> size().getWaitingJoins() == 1);
    return joining;
  }

  @Test
  void shouldJoinWhenTheLastItemIsFinished() {
    create(done());
    assertThat(isJoined()).isTrue();
    queues().put(put(1));
    queues().put(put(2));
    assertThat(isJoined()).isFalse();
    assertThat(queues().join(join().toBuilder().setTimeout(SHORT).build()).getJoined()).isFalse();
    queues().get(get());
    queues().get(get());
    Future<QueueJoinResponse> joining = joining();

    assertThat(queues().taskDone(taskDone()).getUnfinished()).isEqualTo(1);
    assertThat(size().getWaitingJoins()).isEqualTo(1);
    assertThat(queues().taskDone(taskDone()).getUnfinished()).isZero();

    assertThat(get(joining).getJoined()).isTrue();
    assertThat(reasonOf(() -> queues().taskDone(taskDone())))
        .isEqualTo(ErrorReason.ERROR_REASON_TASK_DONE_TOO_OFTEN);
  }

  @Test
  void shouldRefuseToJoinWhatCountsNothing() {
    create(QueueCreateRequest.newBuilder());

    assertThat(reasonOf(() -> queues().join(join())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_JOINABLE);
    assertThat(reasonOf(() -> queues().taskDone(taskDone())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_JOINABLE);
  }

  @Test
  void shouldBringBackWhatASessionDidNotFinish() {
    create(returning());
    queues().put(put(1));
    queues().put(put(2));
    String session = openSession();
    QueueGetResponse first = queues(session).get(get());
    assertThat(first.getReservation()).isNotZero();
    queues(session).get(get());
    assertThat(size().getInHand()).isEqualTo(2);
    assertThat(size().getReserved()).isZero();
    assertThat(queues(session).taskDone(taskDone(first)).getUnfinished()).isEqualTo(1);

    end(session);

    await().until(() -> size().getInHand() == 0);
    assertThat(size().getUnfinished()).isEqualTo(1);
    QueueGetResponse again = queues().get(get());
    assertThat(got(again)).isEqualTo(2);
    assertThat(again.getAttempt()).isEqualTo(2);
    assertThat(again.getReservation()).as("without a session it is taken for good").isZero();
  }

  @Test
  void shouldCountAsDoneWhatASessionTookThatEnds() {
    create(done());
    queues().put(put(1));
    queues().put(put(2));
    queues().put(put(3));
    String session = openSession();
    assertThat(queues(session).get(get()).getReservation()).isZero();
    queues(session).get(get());
    queues(session).taskDone(taskDone());
    assertThat(size().getUnfinished()).isEqualTo(2);

    end(session);

    await().until(() -> size().getUnfinished() == 1);
    assertThat(items()).containsExactly(3L);
    assertThat(isJoined()).isFalse();
  }

  @Test
  void shouldFinishTheOldestOfTheSessionFirst() {
    create(returning());
    for (long item = 1; item <= 3; item++) {
      queues().put(put(item));
    }
    String one = openSession();
    String other = openSession();
    QueueGetResponse first = queues(one).get(get());
    QueueGetResponse second = queues(other).get(get());
    QueueGetResponse third = queues(other).get(get());

    queues(other).taskDone(taskDone());

    assertThat(reasonOf(() -> queues(other).taskDone(taskDone(second))))
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    queues(other).taskDone(taskDone(third));
    queues().taskDone(taskDone()); // Of whoever has one.
    assertThat(reasonOf(() -> queues(one).taskDone(taskDone(first))))
        .isEqualTo(ErrorReason.ERROR_REASON_RESERVATION_ENDED);
    assertThat(isJoined()).isTrue();
  }

  @Test
  void shouldCountAnAcknowledgedItemAsFinished() {
    create(returning());
    queues().put(put(1));
    queues().put(put(2));
    String session = openSession();
    QueueGetResponse reserved = queues(session).get(reserve());
    QueueGetResponse inHand = queues(session).get(get());
    for (QueueGetResponse got : List.of(reserved, inHand)) {
      queues(session)
          .acknowledge(
              QueueAcknowledgeRequest.newBuilder()
                  .setQueue(name())
                  .setReservation(got.getReservation())
                  .build());
    }

    assertThat(isJoined()).isTrue();
  }

  @Test
  void shouldCountAsFinishedWhatLeavesWithoutBeingGot() {
    create(done());
    queues().put(put(1));
    queues().put(put(2));
    queues().put(put(3));
    queues().put(put(4, QueueItemOptions.newBuilder().setTimeToLive(Durations.fromMillis(1))));
    await().until(() -> size().getUnfinished() == 3);
    queues().remove(QueueRemoveRequest.newBuilder().setQueue(name()).setItem(number(1)).build());
    assertThat(size().getUnfinished()).isEqualTo(2);
    Future<QueueJoinResponse> joining = joining();

    queues().clear(QueueClearRequest.newBuilder().setQueue(name()).build());

    assertThat(get(joining).getJoined()).isTrue();
  }

  @Test
  void shouldJoinOnForWhatIsOutWhenItIsClosedAtOnce() {
    create(returning());
    queues().put(put(1));
    queues().put(put(2));
    String session = openSession();
    queues(session).get(get());
    Future<QueueJoinResponse> joining = joining();

    queues()
        .shutdown(QueueShutdownRequest.newBuilder().setQueue(name()).setImmediate(true).build());

    assertThat(size().getUnfinished()).isEqualTo(1);
    assertThat(size().getWaitingJoins()).isEqualTo(1);
    end(session);
    assertThat(get(joining).getJoined()).isTrue();
    assertThat(items()).isEmpty();
  }

  @Test
  void shouldNotCountAnItemAnewThatComesBack() {
    create(returning());
    queues().put(put(1));
    String session = openSession();
    queues(session).get(reserve());
    queues(session).taskDone(taskDone()); // Not of what is reserved.
    assertThat(size().getUnfinished()).isZero();
    assertThat(size().getReserved()).isEqualTo(1);

    end(session);

    await().until(() -> size().getSize() == 1);
    assertThat(size().getUnfinished()).isZero();
  }
}
