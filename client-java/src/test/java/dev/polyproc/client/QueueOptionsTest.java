package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a queue does by its options, by those of its items, and when it is told to. */
@Timeout(30)
class QueueOptionsTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final Duration TOO_LONG = Duration.ofDays(365 * 20);

  private final Polyproc polyproc = DAEMON.connect();

  private PolyQueue<String> queue(String name, QueueOptions options) {
    return polyproc.queue(name, Codec.STRING, options);
  }

  @Test
  void shouldBeTheSameQueueForEqualOptionsOnly() {
    QueueOptions options =
        QueueOptions.DEFAULTS
            .maxsize(3)
            .lifetime(Lifetime.LIFETIME_SESSION)
            .order(QueueOrder.QUEUE_ORDER_FIFO)
            .uniqueWindow(Duration.ofHours(1))
            .maxOutPerKey(2)
            .fair();
    PolyQueue<String> made = queue("made", options);

    assertThat(queue("made", options)).isEqualTo(made);
    assertThat(made.remainingCapacity()).isEqualTo(3);
    assertThat(Failure.reasonOf(() -> queue("made", options.maxsize(4))))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(options)
        .isEqualTo(options.maxsize(3))
        .hasSameHashCodeAs(options.maxsize(3))
        .isNotEqualTo(options.maxsize(4));
    assertThat(QueueOptions.DEFAULTS.maxsize(3).lifo())
        .hasToString("QueueOptions {maxsize: 3, order: QUEUE_ORDER_LIFO}");
    assertThatIllegalArgumentException().isThrownBy(() -> options.maxsize(-1));
  }

  @Test
  void shouldFindAQueueWhateverItsOptions() throws Exception {
    QueueOptions options = QueueOptions.DEFAULTS.maxsize(3).lifo();
    PolyQueue<String> made = queue("found", options);
    made.putMany(List.of("a", "b"));
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> found = other.existingQueue("found", String.class);
      assertThat(found.ref()).isEqualTo(made.ref());
      assertThat(polyproc.existingQueue("found", Codec.STRING)).isEqualTo(made);
      assertThat(found.remainingCapacity()).isEqualTo(1);
      assertThat(found.offerMany(List.of("c", "d"), 0, TimeUnit.SECONDS)).isFalse();
      assertThat(found.take()).isEqualTo("b");
      assertThat(other.existingQueue("found").take()).isEqualTo("a");
    }
    assertThat(queue("found", options)).isEqualTo(made);
  }

  @Test
  void shouldMakeNoQueueThatIsNotThere() {
    polyproc.lock("no-queue");
    assertThat(Failure.reasonOf(() -> polyproc.existingQueue("nowhere", String.class)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(Failure.reasonOf(() -> polyproc.existingQueue("nowhere")))
        .as("asked for twice")
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(Failure.reasonOf(() -> polyproc.existingQueue("no-queue")))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldKeepAQueueThatItFoundAndNobodyElseNeeds() throws Exception {
    PolyQueue<String> answers = polyproc.newQueue(Codec.STRING);
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> found = other.existingQueue(answers.name(), String.class);
      polyproc.drop(answers);
      found.put("a");
      assertThat(found.take()).isEqualTo("a");
      other.drop(found);
      assertThat(Failure.reasonOf(found::size)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
  }

  @Test
  void shouldHandOutTheLastOrTheLowestFirst() throws Exception {
    PolyQueue<String> stack = queue("stack", QueueOptions.DEFAULTS.lifo());
    stack.putMany(List.of("a", "b"));
    stack.put("c");
    assertThat(stack.getMany(3)).containsExactly("c", "b", "a");

    PolyQueue<String> urgent = queue("urgent", QueueOptions.DEFAULTS.byPriority());
    assertThat(urgent.put("late", ItemOptions.NONE.priority(7))).isEqualTo(PutResult.ACCEPTED);
    assertThat(
            urgent.putMany(
                List.of("b", "aa", "c"), item -> ItemOptions.NONE.priority(-item.length())))
        .isEmpty();
    assertThat(urgent.getMany(4)).containsExactly("aa", "b", "c", "late");
  }

  @Test
  void shouldTellADuplicateFromAFullQueue() throws Exception {
    PolyQueue<String> one = queue("one", QueueOptions.DEFAULTS.maxsize(1));
    ItemOptions only = ItemOptions.NONE.uniqueKey("only");
    assertThat(one.offer("a", only)).isEqualTo(PutResult.ACCEPTED);
    assertThat(one.offer("b", only)).isEqualTo(PutResult.DUPLICATE);
    assertThat(one.put("b", only)).isEqualTo(PutResult.DUPLICATE);
    assertThat(one.putAsync("b", only).get()).isEqualTo(PutResult.DUPLICATE);
    assertThat(one.offer("c", ItemOptions.NONE)).isEqualTo(PutResult.FULL);
    assertThat(one.offer("c", ItemOptions.NONE, 1, TimeUnit.MILLISECONDS))
        .isEqualTo(PutResult.FULL);
    assertThat(one.offerAsync("c", ItemOptions.NONE, 1, TimeUnit.MILLISECONDS).get())
        .isEqualTo(PutResult.FULL);

    CompletableFuture<PutResult> waiting = one.putAsync("c", ItemOptions.NONE);
    assertThat(one.take()).isEqualTo("a");
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(PutResult.ACCEPTED);
  }

  @Test
  void shouldLeaveDuplicatesOutOfMany() throws Exception {
    PolyQueue<String> many = queue("many", QueueOptions.DEFAULTS);
    assertThat(many.putMany(List.of("a", "b", "a"), ItemOptions.NONE::uniqueKey))
        .containsExactly(2);
    assertThat(many.putManyAsync(List.of("b", "c"), ItemOptions.NONE::uniqueKey).get())
        .containsExactly(0);
    assertThat(many).containsExactly("a", "b", "c");
  }

  @Test
  void shouldDeliverTheOptionsOfAnItem() throws Exception {
    PolyQueue<String> fair = queue("fair", QueueOptions.DEFAULTS.fair().maxOutPerKey(1));
    ItemOptions options =
        ItemOptions.NONE
            .timeToLive(Duration.ofHours(2))
            .uniqueKey("u")
            .key("k")
            .weight(3)
            .delay(Duration.ZERO);
    fair.put("a", options);
    fair.put("same key", ItemOptions.NONE.key("k"));
    fair.put("plain");

    Delivery<String> first = fair.reserve();
    assertThat(first.options().timeToLive()).isEqualTo(Duration.ofHours(2));
    assertThat(first.options().uniqueKey()).isEqualTo("u");
    assertThat(first.options().key()).isEqualTo("k");
    assertThat(first.options().weight()).isEqualTo(3);
    assertThat(first.options().priority()).isZero();
    assertThat(first.options().delay()).isZero();
    assertThat(first.deadLetter()).isNull();
    Delivery<String> second = fair.reserve();
    assertThat(second.item()).isEqualTo("plain");
    assertThat(second.options()).isSameAs(ItemOptions.NONE);
    assertThat(fair.poll()).isNull();
    first.acknowledge();
    assertThat(fair.poll()).isEqualTo("same key");
  }

  @Test
  void shouldShowItemsFromAnInstantOn() throws Exception {
    PolyQueue<String> mails = queue("mails", QueueOptions.DEFAULTS);
    ItemOptions before = ItemOptions.NONE.at(Instant.now());
    ItemOptions later = ItemOptions.NONE.at(Instant.now().plusSeconds(3_600));
    assertThat(mails.offer("later", later)).isEqualTo(PutResult.ACCEPTED);
    assertThat(mails.put("past", before)).isEqualTo(PutResult.ACCEPTED);
    assertThat(mails.putAsync("once more", before).get()).isEqualTo(PutResult.ACCEPTED);
    assertThat(mails.getMany(3)).containsExactly("past", "once more");
    assertThat(mails.status().getDelayed()).isEqualTo(1);

    ItemOptions soon = ItemOptions.NONE.at(Instant.now().plusMillis(20));
    CompletableFuture<String> waiting = mails.takeAsync();
    mails.put("soon", soon);
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("soon");
    assertThat(Instant.now()).as("the clock").isAfterOrEqualTo(soon.at());
  }

  @Test
  void shouldShowItemsOfOneInstantInTheirOrder() throws Exception {
    PolyQueue<Long> numbers = polyproc.queue("numbers", Long.class);
    List<Long> many = LongStream.range(0, 500).boxed().toList();
    ItemOptions soon = ItemOptions.NONE.at(Instant.now().plusMillis(300));
    numbers.putMany(many, number -> soon);
    List<Long> got = new ArrayList<>();
    while (got.size() < many.size()) {
      got.addAll(numbers.getMany(many.size()));
    }
    assertThat(got).isEqualTo(many);
  }

  @Test
  void shouldTellTheTimesThatWereMadeOfInstants() throws Exception {
    PolyQueue<String> offers = queue("offers", QueueOptions.DEFAULTS);
    Instant end = Instant.now().plusSeconds(3_600);
    offers.put("offer", ItemOptions.NONE.expiresAt(end));
    ItemOptions told = offers.reserve().options();
    assertThat(told.timeToLive()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(3_600));
    assertThat(told.expiresAt()).isNull();
    assertThat(told.at()).isNull();
  }

  @Test
  void shouldPutNothingThatHasExpired() {
    PolyQueue<String> offers = queue("expired-offers", QueueOptions.DEFAULTS);
    ItemOptions past = ItemOptions.NONE.expiresAt(Instant.now());
    assertThatIllegalArgumentException().isThrownBy(() -> offers.put("a", past));
    assertThatIllegalArgumentException().isThrownBy(() -> offers.offer("a", past));
    assertThatIllegalArgumentException().isThrownBy(() -> offers.putAsync("a", past));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                offers.putMany(
                    List.of("a", "b"), item -> item.equals("b") ? past : ItemOptions.NONE));
    assertThat(offers).isEmpty();
    assertThat(
            Failure.reasonOf(
                () -> offers.put("a", ItemOptions.NONE.at(Instant.now().plus(TOO_LONG)))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldMoveDeadLettersBack() throws Exception {
    PolyQueue<String> dead = queue("dead", QueueOptions.DEFAULTS);
    PolyQueue<String> jobs = queue("jobs", QueueOptions.DEFAULTS.maxAttempts(1, "dead"));
    PolyQueue<String> others = queue("others", QueueOptions.DEFAULTS.deadLetterQueue("dead"));
    jobs.put("bad");
    jobs.reserve().reject();
    others.put("given up");
    others.reserve().giveUp();

    Delivery<String> letter = dead.reserve();
    QueueDeadLetter why = Objects.requireNonNull(letter.deadLetter(), "a dead letter");
    assertThat(why.getCause()).isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS);
    assertThat(why.getOrigin()).isEqualTo(jobs.ref());
    assertThat(why.getAttempts()).isEqualTo(1);
    letter.reject();

    assertThat(dead.deadLetters().from("others")).hasSize(1);
    Redriven moved = dead.deadLetters().from("others").redrive(10);
    assertThat(moved).isEqualTo(new Redriven(1, 0));
    assertThat(others.take()).isEqualTo("given up");
    assertThat(dead.deadLetters().redriveAllAsync().get().moved()).isEqualTo(1);
    assertThat(dead.deadLetters().redriveAll().moved()).isZero();
    assertThat(dead.deadLetters().from("jobs").redriveAsync(1).get().moved()).isZero();
    assertThat(jobs.take()).isEqualTo("bad");
  }

  @Test
  void shouldMoveThoseDeadLettersBackThatAreMeant() throws Exception {
    PolyQueue<String> dead = queue("some-dead", QueueOptions.DEFAULTS);
    PolyQueue<String> jobs = queue("some-jobs", QueueOptions.DEFAULTS.deadLetterQueue("some-dead"));
    jobs.putMany(List.of("a", "b", "c", "d"));
    for (Delivery<String> delivery : jobs.reserveMany(4)) {
      delivery.giveUp();
    }
    dead.put("no letter");

    List<DeadLetter<String>> letters = new ArrayList<>();
    dead.deadLetters().forEach(letters::add);
    assertThat(letters).extracting(DeadLetter::item).containsExactly("a", "b", "c", "d");
    DeadLetter<String> a = letters.get(0);
    DeadLetter<String> b = letters.get(1);
    DeadLetter<String> c = letters.get(2);
    assertThat(b.deadLetter().getOrigin()).isEqualTo(jobs.ref());
    assertThat(b.deadLetter().getCause())
        .isEqualTo(QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP);
    assertThat(b).hasToString("DeadLetter of 'some-jobs', QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP");

    assertThat(dead.deadLetters().redrive(List.of()).moved()).as("none is meant").isZero();
    assertThat(dead.deadLetters().redriveAsync(List.of()).get().moved()).isZero();
    assertThat(dead.deadLetters().redrive(List.of(c, b)).moved()).isEqualTo(2);
    assertThat(jobs.getMany(4)).containsExactly("c", "b");
    assertThat(dead.deadLetters().redriveAsync(List.of(a, b)).get().moved())
        .as("b has left")
        .isEqualTo(1);
    assertThat(jobs.take()).isEqualTo("a");
    assertThat(dead).containsExactly("d", "no letter");

    jobs.delete();
    assertThat(dead.deadLetters().redrive(List.of(letters.get(3))).stayed()).isEqualTo(1);
    PolyQueue<String> others = queue("some-others", QueueOptions.DEFAULTS);
    DeadLetters<String> there = dead.deadLetters().to("some-others");
    assertThat(there.redrive(List.of(letters.get(3)))).isEqualTo(new Redriven(1, 0));
    assertThat(others.take()).isEqualTo("d");
  }

  @Test
  void shouldMoveMoreDeadLettersBackThanAPageHas() throws Exception {
    PolyQueue<String> dead = queue("many-dead", QueueOptions.DEFAULTS);
    PolyQueue<String> jobs = queue("many-jobs", QueueOptions.DEFAULTS.deadLetterQueue("many-dead"));
    List<String> many = Collections.nCopies(1_000, "job");
    for (int page = 0; page < 3; page++) {
      jobs.putMany(many);
    }
    for (int page = 0; page < 3; page++) {
      jobs.reserveMany(1_000).forEach(Delivery::giveUp);
    }
    DeadLetters<String> letters = dead.deadLetters();

    assertThat(letters.redrive(1_500)).isEqualTo(new Redriven(1_500, 0));
    assertThat(letters.redriveAsync(1_100).get()).isEqualTo(new Redriven(1_100, 0));
    assertThat(letters.redriveAll()).isEqualTo(new Redriven(400, 0));
    assertThat(jobs).hasSize(3_000);
    assertThatThrownBy(() -> letters.redrive(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSendWhatExpiredToTheDeadLetters() throws Exception {
    PolyQueue<String> dead = queue("expired", QueueOptions.DEFAULTS);
    PolyQueue<String> jobs =
        queue("short", QueueOptions.DEFAULTS.deadLetterQueue("expired").deadLetterExpired());
    jobs.put("late", ItemOptions.NONE.timeToLive(Duration.ofMillis(1)));
    assertThat(dead.take()).isEqualTo("late");
    assertThat(jobs).isEmpty();
  }

  @Test
  void shouldHandOutNothingWhilePaused() throws Exception {
    PolyQueue<String> paused = queue("paused", QueueOptions.DEFAULTS);
    paused.pause();
    paused.put("a");
    CompletableFuture<String> waiting = paused.takeAsync();
    assertThat(paused.poll()).isNull();
    assertThat(paused.peek()).isEqualTo("a");
    assertThat(waiting).isNotDone();
    paused.resume();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("a");
    paused.pauseAsync().get(10, TimeUnit.SECONDS);
    assertThat(paused.status().getPaused()).isTrue();
    paused.resumeAsync().get(10, TimeUnit.SECONDS);
    assertThat(paused.status().getPaused()).isFalse();
  }

  @Test
  void shouldRemoveWhatIsThereWhenItIsShutDownImmediately() throws Exception {
    PolyQueue<String> closed = queue("closed", QueueOptions.DEFAULTS);
    closed.putMany(List.of("a", "b", "c"));
    Delivery<String> out = closed.reserve();
    closed.shutdownForAll(true);
    out.reject();
    assertThat(Failure.reasonOf(closed::poll)).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(closed).isEmpty();

    PolyQueue<String> later = queue("later", QueueOptions.DEFAULTS);
    later.put("a");
    later.shutdownForAllAsync(true).get(10, TimeUnit.SECONDS);
    assertThat(later).isEmpty();
  }
}
