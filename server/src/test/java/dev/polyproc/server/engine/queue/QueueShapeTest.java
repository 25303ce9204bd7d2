package dev.polyproc.server.engine.queue;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueueUnfinished;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What random runs found in queues that go by orders, keys and times. */
final class QueueShapeTest {
  private final EngineFixture world = new EngineFixture();
  private final Client sessionA = world.session("a");
  private final Client sessionB = world.session("b");
  private final QueueCalls a = sessionA.queue("jobs");
  private final QueueCalls b = sessionB.queue("jobs");

  private static QueueCreateRequest.Builder shape() {
    return QueueCreateRequest.newBuilder();
  }

  private static QueueItemOptions.Builder key(String key) {
    return QueueItemOptions.newBuilder().setKey(key);
  }

  private static QueueItemOptions.Builder delay(long millis) {
    return QueueItemOptions.newBuilder()
        .setDelay(Times.duration(Duration.ofMillis(millis).toNanos()));
  }

  /** All that entries have left to later ones is done. */
  private static void finish(EngineFixture pieces) {
    while (pieces.engine().nextDeadline() <= pieces.now()) {
      pieces.tick();
    }
  }

  @Test
  void shouldGiveAWaitingGetWhatWasDueFirstAfterAStandstill() {
    a.create(shape().setOrder(QueueOrder.QUEUE_ORDER_LIFO)).response();
    a.put(1, delay(10));
    a.put(2, delay(20));
    var waiting = b.get();

    world.stall(Duration.ofSeconds(1));
    world.tick();

    assertThat(item(waiting)).isEqualTo(1L);
    assertThat(a.items()).containsExactly(2L);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldGetPastDelaysHoweverShortATurnIs() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    QueueCalls queue = pieces.session("a").queue("jobs");
    queue.create().response();
    queue.put(1, delay(10));
    queue.put(2, delay(10));

    pieces.advance(Duration.ofSeconds(1));

    assertThat(queue.size().getSize()).isEqualTo(2);
    assertThat(queue.size().getDelayed()).isZero();
  }

  @Test
  void shouldChargeNothingForAUniqueKeyOfNoItems() {
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create(shape().setUniqueWindow(Times.duration(Duration.ofSeconds(1).toNanos())));

    queue
        .putMany(
            QueuePutManyRequest.newBuilder()
                .addOptions(QueueItemOptions.newBuilder().setUniqueKey("k")))
        .response();

    assertThat(world.storedBytes()).isZero();
  }

  @Test
  void shouldKeepAKeyOutUntilAllHaveComeBackFromASessionThatEnds() {
    a.create(shape().setFair(true).setMaxOutPerKey(1)).response();
    a.put(1, key("a"));
    a.put(2, key("b"));
    a.put(3, key("b"));
    b.reserve();
    b.reserve();

    sessionB.dies();

    assertThat(item(a.reserve())).as("the key that came back first").isEqualTo(1L);
    assertThat(item(a.reserve())).as("the oldest of its key").isEqualTo(2L);
    assertThat(a.reserve().isWaiting()).as("its key has as many out as it may").isTrue();
  }

  @Test
  void shouldForgetTheTurnsOfADeletedQueueWithItsItems() {
    EngineFixture pieces = EngineFixture.inPieces(2);
    QueueCalls queue = pieces.session("a").queue("jobs");
    queue.create(shape().setFair(true)).response();
    List.of("a", "b", "c", "d").forEach(key -> queue.put(1, key(key)));

    queue.delete().response(); // After every entry the second engine is made from a snapshot.
    finish(pieces);

    queue.create().response();
    assertThat(queue.items()).isEmpty();
  }

  @Test
  void shouldServeWhoWaitsWhenAllHasComeBackFromASessionThatEnds() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client ending = pieces.session("a");
    Client other = pieces.session("b");
    QueueCalls letters = other.queue("letters");
    letters.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_DONE)).response();
    QueueCalls jobs = other.queue("jobs");
    jobs.create(1, "letters").response();
    letters.putMany(List.of(1, 2));
    jobs.put(3);
    ending.queue("jobs").reserve();
    ending.confirm(ending.queue("letters").get());
    assertThat(item(ending.queue("letters").get())).isEqualTo(2L);
    var waiting = letters.get();

    ending.dies();
    finish(pieces);

    assertThat(item(waiting)).as("what came back stands before the dead letter").isEqualTo(2L);
    assertThat(letters.items()).containsExactly(3L);
  }

  @Test
  void shouldDropWhatStandsAsideWhenItIsClosedAtOnce() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client ending = pieces.session("a");
    QueueCalls queue = pieces.session("b").queue("jobs");
    queue
        .create(shape().setMaxOutPerKey(1).setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN))
        .response();
    List.of("a", "b", "c").forEach(key -> queue.put(1, key(key)));
    List.of(1, 2, 3).forEach(each -> ending.queue("jobs").reserve());

    ending.dies();
    pieces.tick();
    queue.shutdown(true).response();
    finish(pieces);

    assertThat(queue.size().getSize()).isZero();
    assertThat(queue.join().response().getJoined()).isTrue();
  }

  @Test
  void shouldServeThoseWhoWaitWhenAllDeadLettersAreBack() {
    QueueCalls letters = sessionA.queue("letters");
    letters.create().response();
    a.create(
            shape()
                .setOrder(QueueOrder.QUEUE_ORDER_LIFO)
                .setMaxAttempts(1)
                .setDeadLetterQueue("letters"))
        .response();
    a.putMany(List.of(1, 2));
    a.giveUp(a.reserve().response().getReservation());
    a.giveUp(a.reserve().response().getReservation());
    assertThat(letters.items()).containsExactly(2L, 1L);
    var waiting = b.get();

    assertThat(letters.redrive().response().getMoved()).isEqualTo(2);

    assertThat(item(waiting)).as("the one that is on top at the end").isEqualTo(1L);
  }

  @Test
  void shouldFinishWhatTheThreadTookThatSaysSo() {
    a.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN)).response();
    a.put("slow");
    a.put("quick");
    QueueCalls first = sessionA.as("thread 1").queue("jobs");
    QueueCalls second = sessionA.as("thread 2").queue("jobs");
    assertThat(item(first.get())).isEqualTo("slow");
    assertThat(item(second.get())).isEqualTo("quick");

    second.taskDone().response();
    sessionA.dies();

    assertThat(b.items()).as("nobody finished it").containsExactly("slow");
  }

  @Test
  void shouldFinishWhatAnotherThreadOfTheSessionTookWhereItHasNothing() {
    a.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN)).response();
    a.put("other's");
    a.put("own");
    assertThat(item(b.get())).isEqualTo("other's");
    assertThat(item(sessionA.as("thread 1").queue("jobs").get())).isEqualTo("own");

    sessionA.as("thread 2").queue("jobs").taskDone().response();
    sessionA.dies();
    sessionB.dies();

    assertThat(world.session("c").queue("jobs").items()).containsExactly("other's");
  }

  @Test
  void shouldTellAgesThatGrowThoughNothingHappens() {
    a.create(shape()).response();
    a.put(1);
    a.put(2);
    a.reserve().response();

    world.stall(Duration.ofSeconds(5));

    assertThat(a.askSize().response().getOldestItemAge().getSeconds()).isEqualTo(5);
    assertThat(a.askSize().response().getOldestReservationAge().getSeconds()).isEqualTo(5);
  }

  @Test
  void shouldHandOutNothingThatExpiresOnItsWayBackFromAnEndingSession() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client session = pieces.session("a");
    QueueCalls jobs = session.queue("jobs");
    jobs.create(shape()).response();
    for (int i = 0; i < 3; i++) {
      jobs.put(i, QueueItemOptions.newBuilder().setTimeToLive(Times.duration(1_000_000_000L)));
      jobs.reserve().response();
    }
    QueueCalls others = pieces.session("b").queue("jobs");
    var waiting = others.get();

    session.dies();
    pieces.stall(Duration.ofSeconds(2));
    finish(pieces);

    assertThat(waiting.isWaiting()).isTrue();
    assertThat(others.items()).isEmpty();
    assertThat(others.askSize().response().getTotals().getExpired()).isEqualTo(3);
  }

  @Test
  void shouldPeekAtTheEndThatIsAskedForAndAtNothingThatIsDelayed() {
    a.create(shape()).response();
    a.put("first");
    a.put("last");
    a.put("later", delay(1_000));

    assertThat(a.peek(QueueEnd.QUEUE_END_HEAD).response().getItem().getText()).isEqualTo("first");
    assertThat(a.peek(QueueEnd.QUEUE_END_TAIL).response().getItem().getText()).isEqualTo("last");
  }

  @Test
  void shouldRefuseToPeekAtTheTailWhereKeysCount() {
    a.create(shape().setFair(true)).response();

    assertThat(a.peek(QueueEnd.QUEUE_END_TAIL).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldFinishWhatWasTakenWithoutASessionWhereWhoSaysSoHasNone() {
    a.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN)).response();
    a.put("the worker's");
    a.put("anybody's");
    QueueCalls anybody = world.anonymous().queue("jobs");
    assertThat(item(b.get())).isEqualTo("the worker's");
    assertThat(item(anybody.get())).isEqualTo("anybody's");

    anybody.taskDone().response();
    sessionB.dies();

    assertThat(a.items()).as("nobody finished it").containsExactly("the worker's");
    assertThat(a.size().getUnfinished()).isEqualTo(1);
  }

  @Test
  void shouldFinishNothingThatIsAboutToComeBackFromAnEndingSession() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client ending = pieces.session("a");
    Client other = pieces.session("b");
    QueueCalls jobs = other.queue("jobs");
    jobs.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN)).response();
    jobs.putMany(List.of(1, 2, 3, 4, 5, 6)).response();
    ending.queue("jobs").getMany(5).response();
    assertThat(item(jobs.get())).isEqualTo(6L);

    ending.dies();
    pieces.anonymous().queue("jobs").taskDone().response();
    finish(pieces);
    other.dies();
    finish(pieces);

    assertThat(pieces.anonymous().queue("jobs").items()).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void shouldTakeNothingOffASessionThatIsAboutToGiveBackAllThatItTook() {
    EngineFixture pieces = EngineFixture.inPieces(1);
    Client ending = pieces.session("a");
    QueueCalls jobs = pieces.session("b").queue("jobs");
    jobs.create(shape().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_DONE)).response();
    jobs.putMany(List.of(1, 2, 3, 4, 5, 6)).response();
    for (long i = 1; i <= 5; i++) {
      assertThat(item(ending.queue("jobs").get())).isEqualTo(i);
    }
    assertThat(item(jobs.get())).isEqualTo(6L);

    ending.dies();
    pieces.anonymous().queue("jobs").taskDone().response();
    finish(pieces);

    assertThat(jobs.items()).hasSize(5);
    assertThat(jobs.size().getUnfinished()).as("all that is there, and no more").isEqualTo(5);
  }

  @Test
  void shouldTakeKeysAsLongAsNamesAndWeightsUpToAThousand() {
    a.create(shape().setFair(true)).response();
    String longest = "\uD83D\uDE00".repeat(255); // letters of two chars
    QueueItemOptions.Builder most = key(longest).setUniqueKey(longest).setWeight(1_000);

    assertThat(a.put(1, most).response().getAccepted()).isTrue();

    assertThat(refusedField(key(longest + "x"))).isEqualTo("options.key");
    assertThat(refusedField(key("k").setUniqueKey(longest + "x"))).isEqualTo("options.unique_key");
    assertThat(refusedField(key("k").setWeight(1_001))).isEqualTo("options.weight");
    assertThat(refusedField(key("k").setWeight(-1))).as("unsigned").isEqualTo("options.weight");
    assertThat(a.items()).hasSize(1);
  }

  private @Nullable String refusedField(QueueItemOptions.Builder options) {
    var refused = a.put(2, options);
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    return refused.metadata().get("field");
  }
}
