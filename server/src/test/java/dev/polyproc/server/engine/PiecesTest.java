package dev.polyproc.server.engine;

import static dev.polyproc.server.engine.QueueCalls.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectSummary;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueUnfinished;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SemaphoreCreateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Work that is more than an entry does at most. Between the pieces the fixture restores its second
 * engine from a snapshot, as after every entry.
 */
final class PiecesTest {
  private static final int MANY = 40;
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final EngineFixture world = EngineFixture.inPieces(8);
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  private static Ref dict(Client client, String name, Lifetime lifetime) {
    return client
        .dict(name)
        .create(DictCreateRequest.newBuilder().setLifetime(lifetime))
        .response()
        .getRef();
  }

  private List<String> listed() {
    return world
        .anonymous()
        .call(
            "AdminService/List",
            AdminListRequest.getDefaultInstance(),
            AdminListResponse.getDefaultInstance())
        .response()
        .getObjectsList()
        .stream()
        .map(ObjectSummary::getRef)
        .map(Ref::getName)
        .toList();
  }

  /** What List says of an object. */
  private String summary(String name) {
    return world
        .anonymous()
        .call(
            "AdminService/List",
            AdminListRequest.getDefaultInstance(),
            AdminListResponse.getDefaultInstance())
        .response()
        .getObjectsList()
        .stream()
        .filter(object -> object.getRef().getName().equals(name))
        .map(ObjectSummary::getSummary)
        .findFirst()
        .orElseThrow();
  }

  private boolean isWorking() {
    return world.engine().nextDeadline() <= world.now();
  }

  @Test
  void shouldShowTheEndOfASessionAtOnce() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "own" + i, Lifetime.LIFETIME_SESSION);
      dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED);
    }
    Ref kept = dict(b, "kept", Lifetime.LIFETIME_REFERENCED);
    a.retain(kept);
    world.settle();

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(listed()).containsExactly("kept");
    assertThat(b.dict("own" + (MANY - 1)).get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(b.dict("retained" + (MANY - 1)).get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(a.dict("kept").get(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(isWorking()).isTrue();

    world.settle();

    assertThat(world.objects()).isEqualTo(1);
    assertThat(b.dict("kept").size()).isZero();
  }

  @Test
  void shouldNotRestoreADeletedProcessAmongThoseThatRun() {
    EngineFixture small = EngineFixture.inPieces(1);
    Client client = small.session("client");
    Pending<?> start = client.within(SECOND).process("worker").startDaemonic();

    small.stall(SECOND);
    small.tick();
    assertThat(start.reason()).isEqualTo(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    assertThat(small.engine().nextDeadline()).isLessThanOrEqualTo(small.now());
    small.rebuild();
    small.settle();
    client.dies();
    small.settle();

    assertThat(small.isEmpty()).isTrue();
    assertThat(small.usedBytes()).isZero();
  }

  @Test
  void shouldPutItemsBackInPiecesThatWereTakenInOneGo() {
    a.queue("q").create().response();
    for (int i = 0; i < MANY; i++) {
      a.queue("q").put(i).response();
    }
    assertThat(a.queue("q").getMany(MANY).response().getDeliveriesCount()).isEqualTo(MANY);
    Pending<QueueGetResponse> waiting = b.queue("q").get();

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(waiting.isWaiting()).isTrue();
    int pieces = 0;
    while (isWorking()) {
      world.tick();
      pieces++;
    }
    assertThat(pieces).isGreaterThanOrEqualTo(MANY / 8 - 1);
    assertThat(item(waiting)).isEqualTo(0L);
    assertThat(waiting.response().getAttempt()).isEqualTo(2);
    for (int i = 1; i < MANY; i++) {
      assertThat(item(b.queue("q").get())).isEqualTo((long) i);
    }
  }

  @Test
  void shouldRefuseToRetainWhatIsAboutToGo() {
    List<Ref> refs = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      refs.add(dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED));
    }
    a.dies();

    assertThat(b.retain(refs.get(MANY - 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);

    world.settle();
    assertThat(world.objects()).isZero();
  }

  @Test
  void shouldGiveANameAwayThatIsAboutToBeFree() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "own" + i, Lifetime.LIFETIME_SESSION);
      dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED);
      a.dict("own" + i).set("x", 1);
    }
    a.dies();

    b.dict("own39").create().response();
    b.dict("retained39").create().response();
    b.dict("own39").set("y", 2).response();
    world.settle();

    assertThat(listed()).containsExactly("own39", "retained39");
    assertThat(b.dict("own39").get("y").response().getValue().getInt()).isEqualTo(2);
  }

  @Test
  void shouldKeepWhatIsStoredMeanwhile() {
    b.dict("outer").create().response();
    List<Ref> refs = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      refs.add(dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED));
    }
    a.dies();

    b.dict("outer").set("x", refs.get(MANY - 1)).response();
    world.settle();

    assertThat(listed()).containsExactly("outer", "retained39");
  }

  @Test
  void shouldReleaseLocksInPiecesAndHandThemOver() {
    List<Pending<?>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      b.lock("l" + i).create();
      a.confirm(a.lock("l" + i).acquire());
      waiting.add(b.lock("l" + i).acquire());
    }
    a.dies();

    assertThat(waiting.get(0).isWaiting()).isFalse();
    assertThat(waiting.get(MANY - 1).isWaiting()).isTrue();
    world.settle();
    assertThat(waiting).noneMatch(Pending::isWaiting);
  }

  @Test
  void shouldGrantALockWhoseHolderHasEnded() {
    for (int i = 0; i < MANY; i++) {
      b.lock("l" + i).create();
      a.confirm(a.lock("l" + i).acquire());
    }
    long token = b.lock("l39").get().getToken();
    a.dies();

    assertThat(b.lock("l38").get().getHeld()).isFalse();
    b.dict("d").create().response();
    assertThat(b.guardedBy("l39", token).dict("d").set(1, 2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
    assertThat(b.lock("l39").acquire(Duration.ZERO).response().getAcquired()).isTrue();
    world.settle();
    assertThat(b.lock("l39").get().getHeld()).isTrue();
  }

  @Test
  void shouldBreakALockThoughSomebodyReleasesItMeanwhile() {
    for (int i = 0; i < MANY; i++) {
      b.lock("l" + i).create(OnOwnerEnd.ON_OWNER_END_BREAK);
      a.confirm(a.lock("l" + i).acquire());
    }
    long token = b.lock("l39").get().getToken();
    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.lock("l39").get().getBroken()).isTrue();
    assertThat(b.lock("l39").release().reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(b.lock("l39").release(token).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    world.settle();

    assertThat(b.lock("l39").acquire().reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldBreakALockWhoseLeaseRunsOutMeanwhile() {
    b.lock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    for (int i = 0; i < MANY; i++) {
      dict(a, "own" + i, Lifetime.LIFETIME_SESSION);
    }
    a.confirm(a.lock("l").lease(SECOND));
    Pending<?> waiting = b.lock("l").acquire();
    a.dies();
    assertThat(waiting.isWaiting()).isTrue();

    world.stall(SECOND);
    world.settle();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
  }

  @Test
  void shouldBreakASemaphoreBeforeItEndsAsNobodyRetainsItAnyMore() {
    a.semaphore("s")
        .create(
            SemaphoreCreateRequest.newBuilder()
                .setPermits(1)
                .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_BREAK)
                .setLifetime(Lifetime.LIFETIME_REFERENCED))
        .response();
    for (int i = 0; i < MANY; i++) {
      dict(a, "between" + i, Lifetime.LIFETIME_SESSION);
    }
    a.unnumbered().semaphore("s").acquire(1).response();
    Pending<?> waiting = b.semaphore("s").acquire(1);
    a.dies();

    b.event("e").create().response();

    assertThat(isWorking()).isTrue();
    assertThat(waiting.isWaiting()).isTrue();
    world.settle();
    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    assertThat(world.objects()).isEqualTo(1);
  }

  @Test
  void shouldKeepAnItemWhoseDeadLettersAreAboutToGo() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "own" + i, Lifetime.LIFETIME_SESSION);
    }
    a.queue("dead")
        .create(QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION))
        .response();
    b.queue("work").create(1, "dead").response();
    b.queue("work").put(1);
    long reservation = b.queue("work").reserve().response().getReservation();
    a.dies();

    assertThat(isWorking()).isTrue();
    b.queue("work").reject(reservation);
    world.settle();

    assertThat(b.queue("work").items()).containsExactly(1L);
  }

  @Test
  void shouldCountWhatIsOnItsWayBack() {
    b.queue("jobs").create().response();
    b.queue("jobs").putMany(IntStream.range(0, MANY).boxed().toList());
    for (int i = 0; i < MANY; i++) {
      a.queue("jobs").reserve();
    }
    a.dies();

    while (isWorking()) {
      QueueSizeResponse size = b.queue("jobs").size();
      assertThat(size.getSize() + size.getReserved()).isEqualTo(MANY);
      world.tick();
    }
  }

  @Test
  void shouldRefuseToSendToAnEndThatIsAboutToGo() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "own" + i, Lifetime.LIFETIME_SESSION);
    }
    Ref second = a.pipe("p").create().response().getSecond();
    b.retain(second).response();
    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.pipe(second.getName()).send("lost").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_BROKEN_PIPE);
  }

  @Test
  void shouldHandOutInTheirOrderWhatComesBackInPieces() {
    b.queue("jobs").create().response();
    b.queue("jobs").putMany(IntStream.range(0, MANY).boxed().toList());
    long first = a.queue("jobs").reserve().response().getReservation();
    for (int i = 1; i < MANY; i++) {
      a.queue("jobs").reserve();
    }
    // The item that is the first in the queue comes back as the last.
    a.queue("jobs").reject(first);
    a.queue("jobs").reserve();
    List<Pending<QueueGetResponse>> gets = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      gets.add(b.queue("jobs").get());
    }
    b.queue("jobs").put("new");
    assertThat(item(gets.get(0))).isEqualTo("new");

    a.dies();
    assertThat(isWorking()).isTrue();
    assertThat(gets.get(1).isWaiting()).isTrue();
    assertThat(b.queue("jobs").get(Duration.ZERO).response().hasItem()).isFalse();
    world.settle();

    assertThat(item(gets.get(1))).isEqualTo(0L);
    assertThat(item(gets.get(2))).isEqualTo(1L);
    assertThat(b.queue("jobs").items()).hasSize(MANY - 2).startsWith(2L, 3L);
  }

  @Test
  void shouldTellInPiecesThatAnObjectIsDeleted() {
    b.queue("jobs").create().response();
    List<Pending<?>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(b.queue("jobs").get(SECOND));
    }
    a.delete("jobs").response();

    assertThat(isWorking()).isTrue();
    assertThat(a.queue("jobs").get().reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    a.queue("jobs").create().response();
    a.queue("jobs").put(1);
    world.settle();

    assertThat(waiting).allMatch(Pending::isRefused);
    assertThat(a.queue("jobs").items()).containsExactly(1L);
  }

  @Test
  void shouldGiveBackInPiecesWhatADeletedObjectStored() {
    Client c = world.session("c");
    c.dict("d").create().response();
    c.queue("q").create().response();
    Ref inner = dict(a, "inner", Lifetime.LIFETIME_REFERENCED);
    for (int i = 0; i < MANY; i++) {
      c.dict("d").set(i, inner);
      c.queue("q").put(inner);
      a.queue("q").reserve();
    }
    a.drop(inner, 0);
    b.drop(inner, 0);
    c.delete("d").response();
    c.delete("q").response();
    a.dies();

    assertThat(isWorking()).isTrue();
    world.settle();

    assertThat(world.objects()).isZero();
    b.end();
    c.end();
    world.settle();
    assertThat(world.isEmpty()).isTrue();
  }

  /** Puts many items of which each has a key, a unique key, a priority, and a time or a delay. */
  private void fill(QueueCalls queue) {
    for (int i = 0; i < MANY; i++) {
      QueueItemOptions.Builder options =
          QueueItemOptions.newBuilder()
              .setUniqueKey("u" + i)
              .setKey("k" + i % 3)
              .setPriority(i % 2);
      if (i % 4 == 0) {
        options.setDelay(Times.duration(SECOND.toNanos()));
      } else {
        options.setTimeToLive(Times.duration(SECOND.toNanos()));
      }
      assertThat(queue.put(i, options).response().getAccepted()).isTrue();
    }
  }

  private static QueueCreateRequest.Builder ranked() {
    return QueueCreateRequest.newBuilder()
        .setOrder(QueueOrder.QUEUE_ORDER_PRIORITY)
        .setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN)
        .setMaxOutPerKey(MANY)
        .setMaxsize(MANY);
  }

  @Test
  void shouldClearAQueueAtOnceAndGiveItsItemsBackInPieces() {
    QueueCalls queue = world.anonymous().queue("q");
    queue.create(ranked()).response();
    long empty = world.usedBytes();
    fill(queue);
    Pending<?> joins = queue.join();
    Pending<?> puts = queue.put("next");

    long before = world.engine().work();
    assertThat(queue.clear().response().getRemoved()).isEqualTo(MANY);

    assertThat(world.engine().work() - before).as("a piece").isLessThan(MANY / 2);
    assertThat(isWorking()).isTrue();
    assertThat(joins.isWaiting()).isFalse();
    assertThat(puts.isWaiting()).isFalse();
    QueueSizeResponse size = queue.size();
    assertThat(size.getSize()).isEqualTo(1);
    assertThat(size.getDelayed()).isZero();
    assertThat(size.getUnfinished()).isEqualTo(1);
    assertThat(queue.items()).containsExactly("next");
    assertThat(queue.put("again", QueueItemOptions.newBuilder().setUniqueKey("u7")).response())
        .as("its key is free")
        .matches(QueuePutResponse::getAccepted);
    assertThat(isWorking()).isTrue();

    world.rebuild();
    world.settle();
    world.stall(SECOND.multipliedBy(2));
    world.tick();

    assertThat(queue.items()).as("nothing falls due").containsExactly("next", "again");
    assertThat(queue.size().getTotals().getExpired()).isZero();
    assertThat(queue.clear().response().getRemoved()).isEqualTo(2);
    world.settle();
    assertThat(world.usedBytes()).isEqualTo(empty);
  }

  @Test
  void shouldLeaveTheUniqueKeysTakenOfWhatIsOutWhenAQueueIsCleared() {
    QueueCalls queue = a.queue("q");
    queue.create(ranked()).response();
    fill(queue);
    Object out = item(queue.reserve());

    queue.clear().response();

    QueueItemOptions.Builder same = QueueItemOptions.newBuilder().setUniqueKey("u" + out);
    assertThat(queue.put("again", same).response().getAccepted()).isFalse();
    a.dies();
    world.settle();
    assertThat(b.queue("q").items()).containsExactly(out);
  }

  @Test
  void shouldShutAQueueDownAtOnceAndGiveItsItemsBackInPieces() {
    QueueCalls queue = world.anonymous().queue("q");
    queue.create(ranked()).response();
    long empty = world.usedBytes();
    fill(queue);

    queue.shutdown(true).response();

    assertThat(isWorking()).isTrue();
    assertThat(queue.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(queue.size().getSize()).isZero();
    assertThat(queue.size().getUnfinished()).isZero();
    world.settle();
    assertThat(world.usedBytes()).isEqualTo(empty);
  }

  @Test
  void shouldEndAChainInPieces() {
    Ref next = dict(a, "dict0", Lifetime.LIFETIME_REFERENCED);
    for (int i = 1; i < MANY; i++) {
      Ref outer = dict(a, "dict" + i, Lifetime.LIFETIME_REFERENCED);
      a.dict("dict" + i).set("x", next).response();
      a.drop(next, 0);
      next = outer;
    }
    world.settle();
    assertThat(world.objects()).isEqualTo(MANY);

    a.drop(next, 0);
    assertThat(isWorking()).isTrue();
    assertThat(b.dict("dict" + (MANY - 1)).get("x").reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    world.settle();

    assertThat(world.objects()).isZero();
  }

  @Test
  void shouldTellAtOnceThatTheOtherEndOfAPipeIsAboutToGo() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED);
    }
    PipeCreateResponse pipe = b.pipe("").create().response();
    a.retain(pipe.getSecond()).response();
    b.drop(pipe.getSecond(), 0);
    PipeCalls first = b.pipe(pipe.getFirst().getName());
    Pending<PipeReceiveResponse> waiting = first.receive();

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(first.poll(Duration.ZERO).response().getReady()).isTrue();
    assertThat(first.receive(Duration.ZERO).response().getEndOfFile()).isTrue();
    assertThat(isWorking()).isTrue();
    world.settle();
    assertThat(waiting.response().getEndOfFile()).isTrue();
  }

  @Test
  void shouldKeepTheEndOfTheFileBackUntilMessagesHaveComeBack() {
    Client c = world.session("c");
    PipeCreateResponse pipe = b.pipe("").create().response();
    PipeCalls second = b.pipe(pipe.getSecond().getName());
    for (int i = 0; i < MANY; i++) {
      b.pipe(pipe.getFirst().getName()).send(i).response();
      a.pipe(pipe.getSecond().getName()).receive().response();
    }
    b.pipe(pipe.getFirst().getName()).closeEnd().response();
    a.dies();

    assertThat(isWorking()).isTrue();
    Pending<PipeReceiveResponse> next = c.pipe(pipe.getSecond().getName()).receive();
    assertThat(next.isWaiting()).isTrue();
    assertThat(second.poll(Duration.ZERO).response().getReady()).isFalse();
    world.settle();

    assertThat(next.response().getMessage().getInt()).isZero();
    assertThat(second.poll(Duration.ZERO).response().getReady()).isTrue();
  }

  @Test
  void shouldShowNoHolderWhoseSessionHasEnded() {
    Ref kept = dict(b, "kept", Lifetime.LIFETIME_REFERENCED);
    b.queue("q").create().response();
    b.lock("lock").create().response();
    for (int i = 0; i < MANY; i++) {
      dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED);
      b.queue("q").put(i).response();
    }
    a.retain(kept).response();
    a.queue("q").reserve().response();
    a.lock("lock").acquire().response();
    b.queue("q").reserve().response();
    assertThat(b.inspect("q").getHoldersList()).hasSize(2);

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.inspect("q").getHoldersList()).hasSize(1);
    assertThat(b.inspect("kept").getHoldersList()).hasSize(1);
    assertThat(b.inspect("kept").getObject().getRetainingSessions()).isEqualTo(1);
    assertThat(b.inspect("lock").getHoldersList()).isEmpty();
    assertThat(b.inspect("lock").getObject().getSummary()).isEqualTo("free");
    assertThat(summary("lock")).isEqualTo("free");
    assertThat(isWorking()).isTrue();
    world.settle();
  }

  @Test
  void shouldFindNothingThatOnlyAnEndedSessionRetainedThoughItsGrantsAreUndoneFirst() {
    b.queue("jobs").create().response();
    b.queue("jobs").putMany(IntStream.range(0, MANY).boxed().toList());
    dict(a, "x", Lifetime.LIFETIME_REFERENCED);
    b.event("other").create();
    for (int i = 0; i < MANY; i++) {
      a.queue("jobs").get().response();
    }

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(b.queue("jobs").size().getSize()).isZero();
    assertThat(listed()).containsExactly("jobs", "other");
    assertThat(b.dict("x").get(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(b.event("x").create().response().getCreated()).isTrue();
    assertThat(isWorking()).isTrue();
    world.settle();
    assertThat(listed()).containsExactly("jobs", "other", "x");
    assertThat(b.queue("jobs").size().getSize()).isEqualTo(MANY);
  }

  @Test
  void shouldFindAtOnceWhatComesBackRefersTo() {
    Ref x = dict(b, "x", Lifetime.LIFETIME_REFERENCED);
    Ref y = dict(b, "y", Lifetime.LIFETIME_REFERENCED);
    b.queue("jobs").create().response();
    b.queue("voided").create().response();
    b.queue("voided").put(y);
    b.drop(y, 0);
    a.queue("voided").get().response();
    for (int i = 0; i < MANY; i++) {
      b.queue("jobs").put(i == MANY - 1 ? x : (Object) (long) i);
      a.queue("jobs").get().response();
    }
    b.drop(x, 0);

    a.dies();

    assertThat(isWorking()).isTrue();
    assertThat(listed()).containsExactly("x", "y", "jobs", "voided");
    b.delete("voided");
    assertThat(isWorking()).isTrue();
    assertThat(listed()).containsExactly("x", "jobs");
    world.settle();
    assertThat(listed()).containsExactly("x", "jobs");
  }

  @Test
  void shouldServeOthersBetweenThePieces() {
    for (int i = 0; i < MANY; i++) {
      dict(a, "retained" + i, Lifetime.LIFETIME_REFERENCED);
    }
    b.dict("d").create().response();
    a.dies();

    for (int i = 0; i < MANY / 2; i++) {
      b.dict("d").set(i, i).response();
      b.queue("q" + i)
          .create(QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION))
          .response();
      b.delete("q" + i).response();
    }

    assertThat(isWorking()).isTrue();
    assertThat(b.dict("d").size()).isEqualTo(MANY / 2);
    world.settle();
    assertThat(world.objects()).isEqualTo(1);
  }

  @Test
  void shouldTimeOutInPieces() {
    b.event("e").create();
    List<Pending<?>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(b.event("e").await(SECOND));
    }
    world.stall(SECOND);

    b.event("e").isSet();
    a.event("other").create();
    long answered = waiting.stream().filter(call -> !call.isWaiting()).count();
    assertThat(answered).isEqualTo(8);
    assertThat(waiting.get(0).isWaiting()).isFalse();
    // Those whose turn has not come may still be served.
    b.event("e").set();
    assertThat(waiting).noneMatch(Pending::isWaiting);
  }

  @Test
  void shouldFireNothingTwiceAtATime() {
    b.event("e").create();
    List<Pending<?>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(b.event("e").await(SECOND));
    }
    world.stall(SECOND);

    for (int i = 0; i < 10; i++) {
      a.event("other" + i).create(); // As the calls of a frame, which come at one time.
    }
    assertThat(waiting).filteredOn(call -> !call.isWaiting()).hasSize(8);
    world.settle();
    assertThat(waiting).noneMatch(Pending::isWaiting);
  }
}
