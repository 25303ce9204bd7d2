package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ConsumerState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.v1.QueueConsumeResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A stream that gets items as they come. It stands in line with the waiting Gets for each item
 * while it may have another in flight, and aside otherwise.
 */
final class Consumer extends ItemWaiter {
  /** Where more were in flight, the session that ends gives them back with all that it held. */
  private static final int MOST_AT_ONCE = 64;

  private final Queue queue;
  private final int maxInFlight;
  private final GetTerms terms;
  private final Set<Reservation> inFlight = new LinkedHashSet<>();
  private boolean gone;

  Consumer(Queue queue, Invocation call, int maxInFlight, GetTerms terms) {
    super(call);
    this.queue = queue;
    this.maxInFlight = maxInFlight;
    this.terms = terms;
  }

  static Consumer restored(Queue queue, Invocation call, ParkedState state) {
    ConsumerState saved = state.getConsumer();
    Consumer consumer =
        new Consumer(queue, call, saved.getMaxInFlight(), GetTerms.restored(saved.getTake()));
    queue
        .stock()
        .reservations()
        .deliveredTo(state.getOrder())
        .forEach(reservation -> reservation.deliveredBy(consumer));
    return consumer;
  }

  /** What its reservations take, as many as there may be: none is refused when its item comes. */
  @Override
  protected long furtherBytes() {
    return maxInFlight * Reservation.BYTES;
  }

  @Override
  GetTerms terms() {
    return terms;
  }

  @Override
  void serve(Queue from, Item item) {
    call().requireFits(Answers.bytes(item));
    Reservation reservation = from.handingOut().reserve(call(), terms, item, false, number());
    reservation.deliveredBy(this);
    from.standIn(this);
    emit(
        Answer.of(
            QueueConsumeResponse.newBuilder()
                .setDelivery(Answers.delivery(reservation.item(), reservation.number()))
                .build()));
  }

  void delivered(Reservation reservation) {
    inFlight.add(reservation);
  }

  void done(Reservation reservation) {
    inFlight.remove(reservation);
    if (!gone) {
      queue.mayHaveMore(this);
    }
  }

  boolean mayHaveMore() {
    return inFlight.size() < maxInFlight;
  }

  @Override
  protected void left() {
    gone = true;
    if (inFlight.size() <= MOST_AT_ONCE || !queue.world().isEnding(call().session())) {
      queue.comingBack().putBackReserved(new ArrayList<>(inFlight));
    }
  }

  /** It waits as long as its stream does. */
  @Override
  protected Answer expired() {
    return Answer.LATER;
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setConsumer(ConsumerState.newBuilder().setMaxInFlight(maxInFlight).setTake(terms.save()));
  }
}
