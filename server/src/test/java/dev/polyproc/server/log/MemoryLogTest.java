package dev.polyproc.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessStarted;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.log.CommandLog.Applied;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListRepeatRequest;
import dev.polyproc.v1.ListSizeRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is around the engine fails: effects, replies, timers. */
final class MemoryLogTest {
  private static final Error NO_THREAD =
      new OutOfMemoryError("unable to create native thread: possibly out of memory");

  private final Engine engine = new Engine(EngineFixture.boot(EngineFixture.LIMITS));
  private final List<Effect> happened = new ArrayList<>();
  private final List<Throwable> bugs = new ArrayList<>();
  private final Alarms alarms = new Alarms();
  private final Deque<Throwable> troubles = new ArrayDeque<>();
  private long now = EngineFixture.STARTED;
  private final MemoryLog log =
      new MemoryLog(engine, () -> now, alarms, new RecordedEffects(this::happen), bugs::add);

  private void happen(Effect effect) {
    happened.add(effect);
    throwNext(troubles);
  }

  private static void throwNext(Deque<Throwable> troubles) {
    Throwable trouble = troubles.poll();
    if (trouble instanceof Error error) {
      throw error;
    } else if (trouble instanceof RuntimeException bug) {
      throw bug;
    }
  }

  @Test
  void shouldAnswerAStartWhoseEffectFails() {
    // given
    troubles.add(NO_THREAD);
    Answers start = new Answers();

    // when
    submit(start, "ProcessService/Start", start("a"), Envelope.getDefaultInstance());

    // then
    assertThat(start.error())
        .isEqualTo(
            "Expected to start a process, but java.lang.OutOfMemoryError: unable to create"
                + " native thread: possibly out of memory");
    assertThat(start.flushes).isPositive();
  }

  @Test
  void shouldLetEffectsHappenAfterOneThatFailed() {
    // given
    troubles.addAll(List.of(NO_THREAD, new IllegalStateException("a bug"), new LinkageError()));
    for (String name : List.of("a", "b", "c")) {
      submit(new Answers(), "ProcessService/Start", start(name), Envelope.getDefaultInstance());
    }

    // when
    Answers start = new Answers();
    submit(start, "ProcessService/Start", start("d"), Envelope.getDefaultInstance());
    Effect.StartProcess last = (Effect.StartProcess) happened.get(happened.size() - 1);
    log.submit(
        NodeEvent.newBuilder()
            .setProcessStarted(
                ProcessStarted.newBuilder()
                    .setOrigin(engine.boot().getOrigin())
                    .setProcess(last.process())
                    .setPid(7))
            .build());

    // then
    assertThat(start.replies).hasSize(1);
    assertThat(start.replies.get(0).error()).isNull();
    assertThat(bugs).isEmpty();
  }

  @Test
  void shouldFlushEveryCallerWhenOneFails() {
    // given
    Answers first = new Answers();
    Answers second = new Answers();
    first.troubles.add(NO_THREAD);

    // when
    log.submit(
        List.of(
            call(first, "QueueService/Create", create("a"), Envelope.getDefaultInstance()),
            call(second, "QueueService/Create", create("b"), Envelope.getDefaultInstance())),
        Applied.UNHEARD);

    // then
    assertThat(first.flushes).isEqualTo(1);
    assertThat(second.flushes).isEqualTo(1);
  }

  @Test
  void shouldWakeUpForTheNextDeadlineWhenTheTimerFailedOnce() {
    // given
    submit(new Answers(), "QueueService/Create", create("jobs"), Envelope.getDefaultInstance());
    alarms.troubles.add(NO_THREAD);
    Answers get = new Answers();
    submit(get, "QueueService/Get", get("jobs", 1000), Envelope.getDefaultInstance());
    assertThat(alarms.set).isEmpty();

    // when
    submit(new Answers(), "QueueService/Create", create("other"), Envelope.getDefaultInstance());
    assertThat(alarms.set).hasSize(1);
    now += TimeUnit.SECONDS.toNanos(1);
    alarms.ring();

    // then
    assertThat(get.replies).hasSize(1);
  }

  @Test
  void shouldKeepOneAlarmHoweverManyDeadlinesComeEarlier() {
    // given
    submit(new Answers(), "QueueService/Create", create("jobs"), Envelope.getDefaultInstance());

    // when
    for (long millis = 1_000_000; millis > 999_500; millis--) {
      submit(new Answers(), "QueueService/Get", get("jobs", millis), Envelope.getDefaultInstance());
    }

    // then
    assertThat(alarms.set).hasSize(1);
  }

  @Test
  void shouldGoOnAtOnceWithWhatAnEntryHasLeft() {
    // given
    submit(new Answers(), "QueueService/Create", create("jobs"), Envelope.getDefaultInstance());
    QueuePutManyRequest.Builder many = QueuePutManyRequest.newBuilder().setQueue("jobs");
    many.addAllItems(Collections.nCopies(100, Value.newBuilder().setInt(1).build()));
    for (int i = 0; i < 50; i++) {
      submit(new Answers(), "QueueService/PutMany", many.build(), Envelope.getDefaultInstance());
    }
    assertThat(alarms.set).isEmpty();

    // when
    AdminDeleteRequest delete = AdminDeleteRequest.newBuilder().setObject("jobs").build();
    submit(new Answers(), "AdminService/Delete", delete, Envelope.getDefaultInstance());
    int ticks = 0;
    for (; !alarms.set.isEmpty(); ticks++) {
      assertThat(engine.nextDeadline()).isEqualTo(now);
      assertThat(alarms.set).hasSize(1);
      alarms.ring();
      submit(new Answers(), "QueueService/Create", create("q"), Envelope.getDefaultInstance());
    }

    // then
    assertThat(ticks).isBetween(3, 100);
    assertThat(engine.nextDeadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void shouldKeepWhatCallersSentOutOfTheWordsOnABug() {
    // given
    Envelope envelope = Envelope.newBuilder().setSecret("a-secret").setOwner("an-owner").build();
    Invocation call =
        call(
            new Answers(),
            "SessionService/Open",
            SessionOpenRequest.newBuilder().setClient("a-client").build(),
            envelope);
    Invocation wrong =
        new Invocation(
            call.operation(), create("a-request"), envelope, new Answers()); // Of another type.

    // when
    assertThatThrownBy(() -> log.submit(List.of(wrong), Applied.UNHEARD))
        .isInstanceOf(RuntimeException.class);
    submit(new Answers(), "QueueService/Create", create("q"), Envelope.getDefaultInstance());
    Recipient faulty =
        (waiting, reply, last) -> {
          throw new IllegalStateException("a bug");
        };
    submit(faulty, "QueueService/Get", get("q", 1_000), Envelope.getDefaultInstance());
    assertThatThrownBy(() -> log.submit(drain())).isInstanceOf(RuntimeException.class);

    // then
    assertThat(bugs)
        .extracting(Throwable::getMessage)
        .containsExactly("Expected to apply SessionService/Open", "Expected to apply DRAIN");
  }

  @Test
  void shouldApplyWhatTheNodeSawBeforeTheCallsThatComeWithIt() {
    // given
    Answers get = new Answers();
    submit(new Answers(), "QueueService/Create", create("q"), Envelope.getDefaultInstance());
    List<Integer> applied = new ArrayList<>();

    // when
    log.submit(
        drain(),
        List.of(call(get, "QueueService/Get", get("q", 1_000), Envelope.getDefaultInstance())),
        (count, isFull) -> applied.add(count));

    // then
    assertThat(applied).containsExactly(1);
    assertThat(get.error()).contains("shutting down");
    assertThat(get.flushes).isEqualTo(1);
  }

  /** Long calls that come together: others have their turn between them. */
  @Test
  void shouldLetOthersHaveTheirTurnAfterALongCall() {
    // given
    Answers answers = new Answers();
    submit(answers, "ListService/Create", list(), Envelope.getDefaultInstance());
    submit(answers, "ListService/Append", append(), Envelope.getDefaultInstance());
    submit(answers, "ListService/Repeat", repeat(10_000), Envelope.getDefaultInstance());
    Invocation count = call(answers, "ListService/Count", count(), Envelope.getDefaultInstance());
    Invocation size = call(answers, "ListService/Size", size(), Envelope.getDefaultInstance());

    // then: a Count is 625 units
    assertThat(appliedOf(List.of(count, size, count, size, count))).isEqualTo(3);
    assertThat(appliedOf(List.of(size, count, size))).isEqualTo(3);
    assertThat(appliedOf(Collections.nCopies(64, size))).isEqualTo(64);
    assertThat(answers.replies).hasSize(3 + 3 + 3 + 64);
  }

  @Test
  void shouldDrainWhereNoSessionIsAndNowhereElse() {
    // given
    NodeEvent drain = drain();
    Answers first = open("a");
    assertThat(log.submitWhereNoSessionIs(drain)).isFalse();
    Answers second = open("b");

    // when
    log.submit(
        NodeEvent.newBuilder()
            .setSessionEnd(SessionEnd.newBuilder().addSessions("a").addSessions("b"))
            .build());
    assertThat(log.submitWhereNoSessionIs(drain)).isTrue();

    // then
    assertThat(first.error()).isEmpty();
    assertThat(second.error()).isEmpty();
    assertThat(open("c").error()).contains("shutting down");
  }

  private NodeEvent drain() {
    return NodeEvent.newBuilder()
        .setDrain(Drain.newBuilder().setOrigin(engine.boot().getOrigin()))
        .build();
  }

  private Answers open(String secret) {
    Answers answers = new Answers();
    submit(
        answers,
        "SessionService/Open",
        SessionOpenRequest.getDefaultInstance(),
        Envelope.newBuilder().setSecret(secret).build());
    return answers;
  }

  private int appliedOf(List<Invocation> calls) {
    List<Integer> applied = new ArrayList<>();
    log.submit(
        calls,
        (count, isFull) -> {
          assertThat(isFull).isFalse();
          applied.add(count);
        });
    assertThat(applied).hasSize(1);
    return applied.get(0);
  }

  private static ListCreateRequest list() {
    return ListCreateRequest.newBuilder().setList("l").build();
  }

  private static ListAppendRequest append() {
    return ListAppendRequest.newBuilder()
        .setList("l")
        .setValue(Value.newBuilder().setInt(1))
        .build();
  }

  private static ListRepeatRequest repeat(int times) {
    return ListRepeatRequest.newBuilder().setList("l").setTimes(times).build();
  }

  private static ListCountRequest count() {
    return ListCountRequest.newBuilder()
        .setList("l")
        .setValue(Value.newBuilder().setInt(1))
        .build();
  }

  private static ListSizeRequest size() {
    return ListSizeRequest.newBuilder().setList("l").build();
  }

  private void submit(Recipient recipient, String method, Message request, Envelope envelope) {
    List<Integer> applied = new ArrayList<>();
    log.submit(
        List.of(call(recipient, method, request, envelope)), (count, isFull) -> applied.add(count));
    assertThat(applied).containsExactly(1);
  }

  private Invocation call(Recipient recipient, String method, Message request, Envelope envelope) {
    Envelope ours = envelope.toBuilder().setOrigin(engine.boot().getOrigin()).build();
    return new Invocation(engine.operations().byName(method), request, ours, recipient);
  }

  private static ProcessStartRequest start(String name) {
    return ProcessStartRequest.newBuilder().setProcess(name).setCommand("true").build();
  }

  private static QueueCreateRequest create(String name) {
    return QueueCreateRequest.newBuilder().setQueue(name).build();
  }

  private static QueueGetRequest get(String name, long millis) {
    return QueueGetRequest.newBuilder()
        .setQueue(name)
        .setTimeout(com.google.protobuf.util.Durations.fromMillis(millis))
        .build();
  }

  /** What is due later, until it is taken back. */
  private static final class Alarms implements Later {
    private final List<Runnable> set = new ArrayList<>();
    private final Deque<Throwable> troubles = new ArrayDeque<>();

    @Override
    public void run(long nanos, Runnable task) {
      throwNext(troubles);
      set.add(task);
    }

    @Override
    public Runnable runUnlessTakenBack(long nanos, Runnable task) {
      run(nanos, task);
      return () -> set.remove(task);
    }

    void ring() {
      List<Runnable> all = List.copyOf(set);
      set.clear();
      all.forEach(Runnable::run);
    }
  }

  /** What a caller got. */
  private static final class Answers implements Recipient {
    private final List<Answer> replies = new ArrayList<>();
    private final Deque<Throwable> troubles = new ArrayDeque<>();
    private int flushes;

    @Override
    public void reply(Invocation call, Answer reply, boolean last) {
      replies.add(reply);
    }

    @Override
    public void flush() {
      flushes++;
      throwNext(troubles);
    }

    String error() {
      assertThat(replies).hasSize(1);
      var error = replies.get(0).error();
      return error == null ? "" : error.getMessage();
    }
  }
}
