package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ReservationState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.v1.Holder;
import org.jspecify.annotations.Nullable;

/** An item that was handed out and is neither acknowledged nor back. */
final class Reservation extends Tenure {
  /** What it takes beside its item and the texts of its party. */
  static final long BYTES = 512;

  private final Queue queue;
  private final Item item;
  private final boolean inHand;
  private final long consumerNumber;
  private @Nullable Consumer consumer;

  /**
   * An item in the hands of who calls, for {@code time} nanoseconds at most.
   *
   * @param inHand whether it was taken by a Get, and is to be finished
   * @param consumerNumber the number of the consumer's parked call; 0 for none
   */
  Reservation(
      Queue queue, Invocation call, long time, Item item, boolean inHand, long consumerNumber) {
    super(queue, call, time);
    this.queue = queue;
    this.item = item;
    this.inHand = inHand;
    this.consumerNumber = consumerNumber;
  }

  Reservation(Queue queue, ReservationState saved, Restored restored) {
    super(queue, saved.getTenure(), restored);
    this.queue = queue;
    this.item = Item.restored(saved.getItem());
    this.inHand = saved.getInHand();
    this.consumerNumber = saved.getConsumer();
  }

  /** Those of a consumer are paid by that. */
  @Override
  protected long bytes() {
    return consumerNumber == 0 ? BYTES : 0;
  }

  /** Counts against what a consumer may have in flight. */
  void deliveredBy(Consumer stream) {
    consumer = stream;
    stream.delivered(this);
  }

  /** The number of the consumer's parked call; 0 for none. */
  long consumerNumber() {
    return consumerNumber;
  }

  @Override
  public void end() {
    super.end();
    if (consumer != null) {
      consumer.done(this);
    }
  }

  @Override
  protected void timeIsUp() {
    queue.putBack(this);
  }

  @Override
  public void sessionEnded() {
    queue.putBack(this);
  }

  Item item() {
    return item;
  }

  /** Whether it ends in a later entry, as the session that has it has ended. */
  boolean isOver() {
    Caller holder = session();
    return holder != null && holder.hasEnded();
  }

  /** Whether it was taken by a Get, and is to be finished. */
  boolean isInHand() {
    return inHand;
  }

  Holder describe() {
    String what = inHand ? "in hand " : "reservation ";
    return describe(what + number() + ", attempt " + item.attempts());
  }

  ReservationState save() {
    return ReservationState.newBuilder()
        .setTenure(saveTenure())
        .setItem(item.save())
        .setConsumer(consumerNumber)
        .setInHand(inHand)
        .build();
  }
}
