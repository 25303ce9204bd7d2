package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueShutdownRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** QueueService: dead letters, and their way back. */
public abstract class DeadLetterContract extends QueueSuite {
  private String letters() {
    return name() + "/letters";
  }

  private void createLetters(QueueCreateRequest.Builder shape) {
    queues().create(shape.setQueue(letters()).build());
  }

  private void createBoth() {
    createLetters(QueueCreateRequest.newBuilder());
    create(
        QueueCreateRequest.newBuilder()
            .setMaxAttempts(1)
            .setDeadLetterQueue(letters())
            .setDeadLetterExpired(true));
  }

  private QueueGetResponse letter() {
    return queues().get(QueueGetRequest.newBuilder().setQueue(letters()).setTimeout(NOW).build());
  }

  /** Puts an item, gets it, and does not want it. */
  private void reject(long item, boolean giveUp) {
    queues().put(put(item));
    rejectNext(giveUp);
  }

  private void rejectNext(boolean giveUp) {
    String session = openSession();
    QueueGetResponse got = queues(session).get(reserve());
    assertThat(
            queues(session)
                .reject(
                    QueueRejectRequest.newBuilder()
                        .setQueue(name())
                        .setReservation(got.getReservation())
                        .setGiveUp(giveUp)
                        .build())
                .getGaveUp())
        .isTrue();
  }

  private QueueRedriveResponse redrive(QueueRedriveRequest.Builder which) {
    return queues().redrive(which.setQueue(letters()).build());
  }

  private QueueRedriveResponse redrive() {
    return redrive(QueueRedriveRequest.newBuilder());
  }

  @Test
  void shouldSayHowAnItemBecameADeadLetter() {
    createBoth();
    reject(1, false);
    reject(2, true);

    QueueDeadLetter usedUp = letter().getDeadLetter();
    assertThat(usedUp.getCause()).isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS);
    assertThat(usedUp.getAttempts()).isEqualTo(1);
    assertThat(usedUp.getOrigin().getName()).isEqualTo(name());
    assertThat(usedUp.getOrigin().getKind()).isEqualTo(ObjectKind.OBJECT_KIND_QUEUE);
    assertThat(usedUp.hasFirst()).isTrue();
    assertThat(usedUp.hasLast()).isTrue();
    assertThat(usedUp.getLastConsumer().getSession()).isNotZero();
    assertThat(letter().getDeadLetter().getCause())
        .isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP);
    assertThat(size().getTotals().getDeadLetters()).isEqualTo(2);
    assertThat(size(letters()).getTotals().getPuts()).isEqualTo(2);
  }

  @Test
  void shouldMoveWhatExpiredToTheDeadLetters() {
    createBoth();
    queues().put(put(1, QueueItemOptions.newBuilder().setTimeToLive(SHORT)));

    await().until(() -> size(letters()).getSize() == 1);

    QueueGetResponse letter = letter();
    assertThat(letter.getDeadLetter().getCause())
        .isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_EXPIRED);
    assertThat(letter.getDeadLetter().hasLastConsumer()).as("nobody had it").isFalse();
    assertThat(letter.getDeadLetter().getAttempts()).isZero();
    assertThat(letter.getOptions().getTimeToLive()).isEqualTo(SHORT);
    assertThat(size().getTotals().getExpired()).isEqualTo(1);
    assertThat(size().getTotals().getDeadLetters()).isEqualTo(1);
  }

  @Test
  void shouldAlwaysFindRoomForADeadLetter() {
    createLetters(QueueCreateRequest.newBuilder().setMaxsize(1));
    create(QueueCreateRequest.newBuilder().setMaxAttempts(1).setDeadLetterQueue(letters()));
    reject(1, false);
    reject(2, false);

    assertThat(items(letters())).containsExactly(1L, 2L);
  }

  @Test
  void shouldMoveDeadLettersBackTheOldestFirst() {
    createBoth();
    for (long item = 1; item <= 3; item++) {
      reject(item, false);
    }
    QueueRedriveResponse two = redrive(QueueRedriveRequest.newBuilder().setMax(2));
    assertThat(two.getMoved()).isEqualTo(2);
    QueueRedriveResponse rest =
        redrive(QueueRedriveRequest.newBuilder().setPageToken(two.getNextPageToken()));
    assertThat(rest.getMoved()).isEqualTo(1);
    assertThat(two.getNextPageToken()).isNotEmpty();
    assertThat(rest.getNextPageToken()).isEmpty();

    assertThat(items()).containsExactly(1L, 2L, 3L);
    assertThat(items(letters())).isEmpty();
    QueueGetResponse again = queues().get(get());
    assertThat(again.getAttempt()).isEqualTo(1);
    assertThat(again.hasDeadLetter()).isFalse();
  }

  @Test
  void shouldMoveDeadLettersOfSomePlaces() {
    createBoth();
    for (long item = 1; item <= 3; item++) {
      reject(item, false);
    }
    List<Long> places =
        queues()
            .list(QueueListRequest.newBuilder().setQueue(letters()).setReturnPlaces(true).build())
            .getPlacesList();

    assertThat(redrive(QueueRedriveRequest.newBuilder().addPlaces(places.get(1))).getMoved())
        .isEqualTo(1);

    assertThat(items()).containsExactly(2L);
    assertThat(items(letters())).containsExactly(1L, 3L);
  }

  @Test
  void shouldPassOverDeadLettersOfAnotherOrigin() {
    createBoth();
    reject(1, false);

    QueueRedriveResponse none = redrive(QueueRedriveRequest.newBuilder().setOrigin("another"));

    assertThat(none.getMoved()).isZero();
    assertThat(none.getStayed()).isZero();
    assertThat(redrive(QueueRedriveRequest.newBuilder().setOrigin(name())).getMoved()).isEqualTo(1);
  }

  @Test
  void shouldLeaveDeadLettersThatCannotGoBack() {
    createLetters(QueueCreateRequest.newBuilder());
    create(
        QueueCreateRequest.newBuilder()
            .setMaxsize(1)
            .setMaxAttempts(1)
            .setDeadLetterQueue(letters()));
    reject(1, false);
    queues().put(put(2));
    assertThat(redrive().getStayed()).as("it is full").isEqualTo(1);
    queues().get(get());
    queues().shutdown(QueueShutdownRequest.newBuilder().setQueue(name()).build());
    assertThat(redrive().getStayed()).as("it is closed").isEqualTo(1);
    queues().delete(QueueDeleteRequest.newBuilder().setQueue(name()).build());
    assertThat(redrive().getStayed()).as("it is gone").isEqualTo(1);

    assertThat(items(letters())).containsExactly(1L);
  }

  @Test
  void shouldLeaveADeadLetterWhoseUniqueKeyIsTaken() {
    createBoth();
    QueueItemOptions.Builder unique = QueueItemOptions.newBuilder().setUniqueKey("u");
    queues().put(put(1, unique));
    rejectNext(false);
    assertThat(queues().put(put(2, unique)).getAccepted()).as("the first has left").isTrue();

    assertThat(redrive().getStayed()).isEqualTo(1);
    queues().get(get());
    assertThat(redrive().getMoved()).isEqualTo(1);
  }

  @Test
  void shouldGiveATimeToLiveAnewToWhatGoesBack() {
    createBoth();
    queues().put(put(1, QueueItemOptions.newBuilder().setTimeToLive(SHORT)));
    await().until(() -> size(letters()).getSize() == 1);
    assertThat(redrive().getMoved()).isEqualTo(1);

    await().until(() -> size(letters()).getSize() == 1);
    assertThat(size().getTotals().getExpired()).isEqualTo(2);
    assertThat(size().getTotals().getPuts()).isEqualTo(2);
  }

  @Test
  void shouldNeedADeadLetterQueueForDeadLetters() {
    QueueCreateRequest.Builder shape = QueueCreateRequest.newBuilder().setQueue(name());

    assertThat(reasonOf(() -> queues().create(shape.clone().setMaxAttempts(1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> queues().create(shape.clone().setDeadLetterExpired(true).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> queues().create(shape.clone().setDeadLetterQueue(letters()).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
