package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ReservationState;
import dev.polyproc.server.engine.Budget;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Holding;
import dev.polyproc.server.engine.Session;
import dev.polyproc.server.engine.Timers;
import dev.polyproc.server.engine.Timers.Timer;
import dev.polyproc.server.engine.Times;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Party;
import org.jspecify.annotations.Nullable;

/** An item that was handed out and is neither acknowledged nor back. */
final class Reservation implements Holding {
  /** What it takes beside its item and the texts of its party. */
  static final long BYTES = 512;

  private final Queue queue;
  private final long number;
  private final Item item;
  private final @Nullable Session session;
  private final long consumerOrder;
  private @Nullable Consumer consumer;
  private final Party party;
  private final long since;
  private final long until;
  private @Nullable Timer timer;

  Reservation(
      Queue queue,
      long number,
      Item item,
      @Nullable Session session,
      long consumerOrder,
      Party party,
      long since,
      long until) {
    this.queue = queue;
    this.number = number;
    this.item = item;
    this.session = session;
    this.consumerOrder = consumerOrder;
    this.party = party;
    this.since = since;
    this.until = until;
  }

  /** What it takes out of the budget beside its item; those of a consumer are paid by that. */
  private long footprint() {
    return consumerOrder == 0 ? BYTES + Call.textBytes(party) : 0;
  }

  /** Takes effect. */
  void start(Timers timers, Budget budget) {
    budget.chargeAlways(footprint());
    if (session != null) {
      session.hold(this);
    }
    if (until != Timers.NEVER) {
      timer = timers.at(until, number, this::giveBack);
    }
  }

  /** Counts against what a consumer may have in flight. */
  void deliveredBy(Consumer stream) {
    consumer = stream;
    stream.delivered(this);
  }

  /** The number of the consumer's parked call; 0 for none. */
  long consumerOrder() {
    return consumerOrder;
  }

  /** Is over, one way or the other. */
  void end(Timers timers, Budget budget) {
    budget.release(footprint());
    timers.cancel(timer);
    if (session != null) {
      session.letGo(this);
    }
    if (consumer != null) {
      consumer.done(this);
    }
  }

  private void giveBack() {
    queue.giveBack(this);
  }

  @Override
  public void sessionEnded() {
    giveBack();
  }

  @Override
  public long order() {
    return number;
  }

  Item item() {
    return item;
  }

  /** The session that it is in the hands of; 0 for none. */
  long sessionNumber() {
    return session == null ? 0 : session.number();
  }

  /**
   * Whether a call of {@code caller} may end it: those of its session, or anyone's if it has none.
   */
  boolean isOf(@Nullable Session caller) {
    return session == null || session == caller;
  }

  Holder describe() {
    return Holder.newBuilder()
        .setParty(party)
        .setSince(Times.timestamp(since))
        .setDetail("reservation " + number + ", attempt " + item.attempts())
        .build();
  }

  ReservationState save() {
    return ReservationState.newBuilder()
        .setNumber(number)
        .setItem(item.save())
        .setSession(session == null ? 0 : session.number())
        .setParty(party)
        .setSince(since)
        .setUntil(until == Timers.NEVER ? 0 : until)
        .setConsumer(consumerOrder)
        .build();
  }
}
