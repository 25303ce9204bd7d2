package dev.polyproc.client.internal.collection;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.QueueRejectResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An item's reservation, and the ways to end it. Whoever ends it has {@link #settle settled} it
 * first.
 */
public final class Reservation {
  private final Requestor requestor;
  private final QueueRequests<?> requests;
  private final long number;
  private final AtomicBoolean settled = new AtomicBoolean();

  public Reservation(Requestor requestor, QueueRequests<?> requests, long number) {
    this.requestor = requestor;
    this.requests = requests;
    this.number = number;
  }

  /** Its number. */
  public long number() {
    return number;
  }

  /** Answers whether nobody has settled it before. */
  public boolean settle() {
    return settled.compareAndSet(false, true);
  }

  /** Whether somebody has settled it. */
  public boolean isSettled() {
    return settled.get();
  }

  /** Refuses to wait on the event loop for an acknowledgement. */
  public void mayAcknowledge() {
    requestor.mayWait(QueueRequests.ACKNOWLEDGE);
  }

  /** Refuses to wait on the event loop for a rejection. */
  public void mayReject() {
    requestor.mayWait(QueueRequests.REJECT);
  }

  public void acknowledge() {
    requestor.call(QueueRequests.ACKNOWLEDGE, requests.acknowledge(number));
  }

  public CompletableFuture<@Nullable Void> acknowledgeAsync() {
    return requestor.async(
        QueueRequests.ACKNOWLEDGE, requests.acknowledge(number), response -> null);
  }

  /** {@link #acknowledgeAsync} of the client's own; see {@link Requestor#internal}. */
  public CompletableFuture<?> acknowledgeInternally() {
    return requestor.internal(
        QueueRequests.ACKNOWLEDGE, requests.acknowledge(number), response -> response);
  }

  /** Lets the item go back to its queue. */
  public void reject() {
    requestor.call(QueueRequests.REJECT, requests.reject(number));
  }

  /** The twin of {@link #reject}; answers whether the item left the queue. */
  public CompletableFuture<Boolean> rejectAsync() {
    return requestor.async(
        QueueRequests.REJECT, requests.reject(number), QueueRejectResponse::getGaveUp);
  }

  /** Has the item leave its queue. */
  public void giveUp() {
    requestor.call(QueueRequests.REJECT, requests.giveUp(number));
  }

  /** The twin of {@link #giveUp}. */
  public CompletableFuture<@Nullable Void> giveUpAsync() {
    return requestor.async(QueueRequests.REJECT, requests.giveUp(number), response -> null);
  }

  /** Lets the item go back as if it had not been handed out. */
  public void release() {
    requestor.call(QueueRequests.REJECT, requests.release(number));
  }

  /** The twin of {@link #release}; answers whether the item left the queue. */
  public CompletableFuture<Boolean> releaseAsync() {
    return requestor.async(
        QueueRequests.REJECT, requests.release(number), QueueRejectResponse::getGaveUp);
  }

  /** {@link #rejectAsync} of the client's own. */
  public CompletableFuture<?> rejectInternally() {
    return requestor.internal(QueueRequests.REJECT, requests.reject(number), response -> response);
  }

  /** {@link #releaseAsync} of the client's own. */
  public CompletableFuture<?> releaseInternally() {
    return requestor.internal(QueueRequests.REJECT, requests.release(number), response -> response);
  }

  /** The queue, in words. */
  @Override
  public String toString() {
    return "PolyQueue '" + requests.name() + "'";
  }
}
