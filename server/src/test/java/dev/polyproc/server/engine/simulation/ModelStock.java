package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelObject.Due;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDeadLetterCause;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueueTotals;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is in a queue and what is out, as the model sees it. */
final class ModelStock {
  private final ModelQueue queue;
  private final Model model;
  private final QueueCreateRequest shape;
  private final ModelTurns turns = new ModelTurns(this);

  final List<ModelQueueItem> items = new ArrayList<>();
  final List<ModelQueueItem> delayed = new ArrayList<>();

  /** What came back from sessions that are ending; it counts as out. */
  private final Map<ModelSession, List<ModelQueueItem>> aside = new LinkedHashMap<>();

  final List<ModelReservation> out = new ArrayList<>();
  final ModelUnfinished unfinished;
  final QueueTotals.Builder totals = QueueTotals.newBuilder();

  /** Until when unique keys are taken, whatever becomes of their items. */
  private final Map<String, Long> windows = new HashMap<>();

  ModelStock(ModelQueue queue) {
    this.queue = queue;
    this.model = queue.model;
    this.shape = queue.shape;
    this.unfinished = new ModelUnfinished(model, shape.getUnfinished());
  }

  boolean isEmpty() {
    return items.isEmpty() && delayed.isEmpty() && out.isEmpty();
  }

  /** What is there, from head to tail, and behind it what is delayed. */
  List<ModelQueueItem> all() {
    return Stream.concat(items.stream(), delayed.stream()).toList();
  }

  // Coming.

  /** Whether an item of a unique key would be a duplicate. */
  boolean isTaken(String unique) {
    return !unique.isEmpty()
        && (windows.getOrDefault(unique, Long.MIN_VALUE) > model.now() || isThere(unique));
  }

  /** Whether an item of that unique key is there, or out. */
  boolean isThere(String unique) {
    return !unique.isEmpty()
        && (Stream.concat(all().stream(), out.stream().map(ModelReservation::item))
            .anyMatch(item -> item.uniqueKey().equals(unique)));
  }

  void put(Value value, QueueItemOptions options, QueueEnd end) {
    ModelQueueItem item = new ModelQueueItem(value, options);
    long delay = ModelQueueItem.nanos(options.getDelay());
    item.first = model.now() + delay;
    if (options.hasTimeToLive()) {
      item.expires = item.first + ModelQueueItem.nanos(options.getTimeToLive());
    }
    accept(item, end);
    if (delay > 0) {
      delayed.add(item);
      delayed.sort(ModelQueueItem.BY_DELAY);
    } else {
      enter(item);
    }
  }

  /** A dead letter comes. */
  void receive(ModelQueueItem letter) {
    letter.first = model.now();
    accept(letter, QueueEnd.QUEUE_END_UNSPECIFIED);
    enter(letter);
  }

  /** What was a dead letter comes again. */
  void receiveAgain(ModelQueueItem item) {
    item.first = model.now();
    if (item.options.hasTimeToLive()) {
      item.expires = model.now() + ModelQueueItem.nanos(item.options.getTimeToLive());
    }
    accept(item, QueueEnd.QUEUE_END_UNSPECIFIED);
    enter(item);
  }

  private void accept(ModelQueueItem item, QueueEnd end) {
    item.number = model.nextNumber();
    item.atHead =
        end == QueueEnd.QUEUE_END_HEAD
            || (end == QueueEnd.QUEUE_END_UNSPECIFIED
                && shape.getOrder() == QueueOrder.QUEUE_ORDER_LIFO);
    item.priority =
        shape.getOrder() == QueueOrder.QUEUE_ORDER_PRIORITY ? item.options.getPriority() : 0;
    totals.setPuts(totals.getPuts() + 1);
    unfinished.more();
    if (shape.hasUniqueWindow() && !item.uniqueKey().isEmpty()) {
      windows.put(item.uniqueKey(), model.now() + ModelQueueItem.nanos(shape.getUniqueWindow()));
    }
  }

  private void enter(ModelQueueItem item) {
    items.add(item);
    items.sort(ModelQueueItem.ORDER);
    turns.refresh();
  }

  /** All has come back from a session that ended. */
  void hasBack(ModelSession session) {
    List<ModelQueueItem> back = aside.getOrDefault(session, List.of());
    while (!back.isEmpty()) {
      enter(back.remove(0));
    }
    aside.remove(session);
  }

  private void endDelay(ModelQueueItem item) {
    delayed.remove(item);
    item.number = model.nextNumber();
    item.place = new Numbered(Numbered.PLACE);
    model.met("a delay ended");
    enter(item);
  }

  // Going.

  /** Whether the key of an item has fewer out than it may. */
  boolean mayGo(ModelQueueItem item) {
    return shape.getMaxOutPerKey() == 0
        || item.key().isEmpty()
        || Stream.concat(
                    out.stream().map(ModelReservation::item),
                    aside.values().stream().flatMap(List::stream))
                .filter(one -> one.key().equals(item.key()))
                .count()
            < shape.getMaxOutPerKey();
  }

  /** What a Get would get, if the queue is not paused. */
  @Nullable ModelQueueItem next(QueueEnd end) {
    if (shape.getFair()) {
      return turns.next();
    }
    if (end == QueueEnd.QUEUE_END_TAIL) {
      return items.isEmpty() ? null : items.get(items.size() - 1);
    }
    return items.stream().filter(this::mayGo).findFirst().orElse(null);
  }

  private ModelQueueItem handOut(ModelQueueItem item, ModelCall call) {
    if (shape.getFair()) {
      turns.give(item);
    }
    if (items.get(0) != item && shape.getMaxOutPerKey() > 0) {
      model.met("an item overtook one whose key had enough out");
    }
    items.remove(item);
    item.handedOut(call.envelope.getOwner());
    item.since = model.now();
    totals.setGets(totals.getGets() + 1);
    return item;
  }

  void duplicate() {
    totals.setDuplicates(totals.getDuplicates() + 1);
    model.met("a duplicate was not put");
  }

  /** Somebody takes an item for good. */
  void take(ModelQueueItem item, ModelCall call) {
    handOut(item, call);
    unfinished.taken(call.session);
    handedOut();
  }

  private void handedOut() {
    if (shape.getFair()) {
      turns.gave();
      model.met("a key had its turn");
    }
    turns.refresh();
  }

  ModelReservation reserve(
      ModelQueueItem item,
      ModelCall call,
      @Nullable ModelCall consumer,
      long until,
      boolean inHand) {
    ModelReservation reservation =
        new ModelReservation(
            new Numbered("reservation"),
            model.nextNumber(),
            handOut(item, call),
            call.session,
            call.envelope.getOwner(),
            consumer,
            until,
            inHand);
    out.add(reservation);
    handedOut();
    return reservation;
  }

  /** A reservation is over; whoever ends it knows what becomes of its item. */
  void end(ModelReservation reservation) {
    out.remove(reservation);
    turns.refresh();
  }

  // Coming back.

  /**
   * Answers whether the item stays in this queue.
   *
   * @param isAttempt whether somebody may have begun with it
   */
  boolean comeBack(ModelQueueItem item, boolean isAttempt) {
    boolean isUsedUp =
        isAttempt && shape.getMaxAttempts() > 0 && item.attempts >= shape.getMaxAttempts();
    if (queue.isImmediate) {
      model.met("an item came back to a queue that was closed at once");
      unfinished.less();
      return false;
    }
    if (item.expires <= model.now()) {
      model.met("an item expired when it came back");
      expire(item);
      return false;
    }
    if (isUsedUp && deadLetter(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS)) {
      return false;
    }
    totals.setReturns(totals.getReturns() + 1);
    if (model.ending != null) {
      aside.computeIfAbsent(model.ending, session -> new ArrayList<>()).add(item);
    } else {
      enter(item);
    }
    return true;
  }

  /** An item that was taken for good comes back. */
  void untake(ModelQueueItem item, @Nullable ModelSession session, boolean isAttempt) {
    unfinished.untaken(session);
    comeBack(item, isAttempt);
    turns.refresh();
  }

  private void expire(ModelQueueItem item) {
    items.remove(item);
    turns.refresh();
    totals.setExpired(totals.getExpired() + 1);
    if (!shape.getDeadLetterExpired()
        || !deadLetter(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_EXPIRED)) {
      unfinished.less();
    }
  }

  /** Who had it gives it up. */
  void giveUp(ModelQueueItem item) {
    if (!deadLetter(item, QueueDeadLetterCause.QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP)) {
      unfinished.less();
    }
  }

  private boolean deadLetter(ModelQueueItem item, QueueDeadLetterCause cause) {
    if (model.objects.get(shape.getDeadLetterQueue()) instanceof ModelQueue letters
        && !goesWithAnother(letters)) {
      totals.setDeadLetters(totals.getDeadLetters() + 1);
      unfinished.less();
      letters.stock.receive(item.letter(queue, cause));
      model.met("a dead letter, " + cause);
      return true;
    }
    return false;
  }

  /** Whether it goes with a session that ends at the same time as the one that gives back. */
  private boolean goesWithAnother(ModelQueue letters) {
    ModelSession session = letters.session;
    return session != null && session != model.ending && model.sessions.get(session.id) != session;
  }

  /** An item leaves that nobody got. */
  void remove(ModelQueueItem item) {
    items.remove(item);
    delayed.remove(item);
    turns.refresh();
    unfinished.less();
  }

  int clear() {
    List<ModelQueueItem> all = all();
    all.forEach(this::remove);
    return all.size();
  }

  List<Due> due() {
    List<Due> due = new ArrayList<>();
    for (ModelQueueItem item : delayed) {
      due.add(new Due(item.first, item.number, () -> endDelay(item)));
    }
    for (ModelQueueItem item : items) {
      if (item.expires != ModelCall.NEVER) {
        due.add(
            new Due(
                item.expires,
                item.number,
                () -> {
                  model.met("an item expired");
                  expire(item);
                }));
      }
    }
    return due;
  }
}
