package dev.polyproc.client;

import dev.polyproc.client.internal.collection.Reservation;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueDelivery;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An item that is reserved for this client until it is acknowledged or rejected. In a try statement
 * it is rejected when nothing else was done with it.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It is acknowledged, rejected, released or given up once; what comes after that does
 *       nothing.
 *   <li>When the reservation has ended meanwhile, that is told with the reason {@code
 *       ERROR_REASON_RESERVATION_ENDED}: somebody else has the item, or will have it.
 * </ul>
 */
public final class Delivery<E> implements AutoCloseable {
  private final Codec<E> codec;
  private final QueueDelivery delivery;
  private final Reservation reservation;

  Delivery(Reservation reservation, Codec<E> codec, QueueDelivery delivery) {
    this.codec = codec;
    this.delivery = delivery;
    this.reservation = reservation;
  }

  /**
   * The item.
   *
   * @throws UnexpectedValueException when it is not of the queue's type; the delivery can be
   *     rejected all the same
   */
  public E item() {
    return codec.decode(delivery.getItem());
  }

  /** How often the item was handed out and not released, this time included. */
  public int attempt() {
    return delivery.getAttempt();
  }

  /** As the item was put; an instant is the delay or the time to live that its put made of it. */
  public ItemOptions options() {
    return ItemOptions.of(delivery.getOptions());
  }

  /** How the item became a dead letter; null where it is none. */
  public @Nullable QueueDeadLetter deadLetter() {
    return delivery.hasDeadLetter() ? delivery.getDeadLetter() : null;
  }

  /** The number of the reservation. */
  public long reservation() {
    return reservation.number();
  }

  /**
   * The item is done with. This and the other ways that wait for the daemon's word throw {@code
   * IllegalStateException} on the client's event loop, where nothing waits, and change nothing.
   */
  public void acknowledge() {
    reservation.mayAcknowledge();
    if (reservation.settle()) {
      reservation.acknowledge();
    }
  }

  /** The twin of {@link #acknowledge}. */
  public CompletableFuture<@Nullable Void> acknowledgeAsync() {
    return reservation.settle()
        ? reservation.acknowledgeAsync()
        : CompletableFuture.completedFuture(null);
  }

  /**
   * The item goes back to its place in the queue, its attempt one higher, or to the dead-letter
   * queue when its attempts are used up.
   */
  public void reject() {
    reservation.mayReject();
    if (reservation.settle()) {
      reservation.reject();
    }
  }

  /** The twin of {@link #reject}; answers whether the item left the queue. */
  public CompletableFuture<Boolean> rejectAsync() {
    return reservation.settle()
        ? reservation.rejectAsync()
        : CompletableFuture.completedFuture(false);
  }

  /**
   * The item goes back to its place in the queue as if it had not been handed out: its attempt is
   * not counted. For an item with which nobody has begun: who asks next gets it, which may be this
   * client, and it is never used up by this. A daemon of a revision of the contract before 8 counts
   * the attempt.
   */
  public void release() {
    reservation.mayReject();
    if (reservation.settle()) {
      reservation.release();
    }
  }

  /** The twin of {@link #release}; answers whether the item left the queue. */
  public CompletableFuture<Boolean> releaseAsync() {
    return reservation.settle()
        ? reservation.releaseAsync()
        : CompletableFuture.completedFuture(false);
  }

  /** The item goes to the dead-letter queue, or is dropped where there is none. */
  public void giveUp() {
    reservation.mayReject();
    if (reservation.settle()) {
      reservation.giveUp();
    }
  }

  /** The twin of {@link #giveUp}. */
  public CompletableFuture<@Nullable Void> giveUpAsync() {
    return reservation.settle()
        ? reservation.giveUpAsync()
        : CompletableFuture.completedFuture(null);
  }

  /**
   * Rejects the item unless it was acknowledged, rejected, released or given up; or went back
   * already, with the client's session.
   */
  @Override
  public void close() {
    try {
      reject();
    } catch (PolyprocException e) {
      if (!Errors.isEndOfSession(e)) {
        throw e;
      }
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return Errors.quietAtTheEnd(rejectAsync());
  }

  /** {@link #acknowledgeAsync} of the client's own; see {@link Requestor#internal}. */
  CompletableFuture<?> acknowledgeInternally() {
    return reservation.settle()
        ? reservation.acknowledgeInternally()
        : CompletableFuture.completedFuture(null);
  }

  /** {@link #releaseAsync} of the client's own. */
  CompletableFuture<?> releaseInternally() {
    return reservation.settle()
        ? reservation.releaseInternally()
        : CompletableFuture.completedFuture(null);
  }

  /** {@link #rejectAsync} of the client's own. */
  CompletableFuture<?> rejectInternally() {
    return reservation.settle()
        ? reservation.rejectInternally()
        : CompletableFuture.completedFuture(null);
  }

  @Override
  public String toString() {
    return "Delivery of "
        + reservation
        + ", attempt "
        + attempt()
        + (reservation.isSettled() ? ", settled" : ", reserved");
  }
}
