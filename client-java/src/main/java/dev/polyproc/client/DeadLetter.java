package dev.polyproc.client;

import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.Value;

/**
 * An item that is in a queue of dead letters, as it was when the queue was looked at: nothing keeps
 * others from taking it. {@link DeadLetters#redrive(java.util.Collection)} moves it back.
 */
public final class DeadLetter<E> {
  private final Codec<E> codec;
  private final Value item;
  private final long place;
  private final QueueDeadLetter cause;

  DeadLetter(Codec<E> codec, Value item, long place, QueueDeadLetter cause) {
    this.codec = codec;
    this.item = item;
    this.place = place;
    this.cause = cause;
  }

  /**
   * The item.
   *
   * @throws UnexpectedValueException when it is not of the queue's type; the letter can be moved
   *     back all the same
   */
  public E item() {
    return codec.decode(item);
  }

  /** How it became a dead letter: where it comes from, why, and who had it last. */
  public QueueDeadLetter deadLetter() {
    return cause;
  }

  /** Its place in the queue, which is never another item's, as the contract's requests have it. */
  public long place() {
    return place;
  }

  @Override
  public String toString() {
    return "DeadLetter of '" + cause.getOrigin().getName() + "', " + cause.getCause();
  }
}
