package dev.polyproc.client;

import dev.polyproc.client.internal.collection.QueueRequests;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.QueueJoinResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A queue that can be joined, as Python's {@code JoinableQueue}: who takes an item says when it is
 * finished, and others wait until all are. Made by {@link PolyQueue#asJoinable} of a queue that was
 * created with {@link QueueOptions#joinable}; of others its own methods fail with {@code
 * ERROR_REASON_NOT_JOINABLE}.
 *
 * <pre>{@code
 * JoinablePolyQueue<String> jobs =
 *     polyproc.queue("jobs", Codec.STRING, QueueOptions.DEFAULTS.joinable()).asJoinable();
 * String job = jobs.take();
 * // do it
 * jobs.taskDone();
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>An item that was taken is in this client's hand until it is finished. When the client's
 *       session ends before, be it by {@code kill -9}, the item comes back, and {@link #join} waits
 *       for it on. A queue of {@code QUEUE_UNFINISHED_DONE} takes it for finished instead.
 *   <li>What was reserved by {@link #queue} is finished by its {@link Delivery#acknowledge}, which
 *       names it; {@link #taskDone} takes what this thread took, the oldest first, and where that
 *       has nothing, what another one of this client did.
 *   <li>What expires, is cleared or becomes a dead letter is finished, too.
 * </ul>
 */
public final class JoinablePolyQueue<E> extends QueueView<E> {
  private final Requestor requestor;
  private final QueueRequests<E> requests;

  JoinablePolyQueue(PolyQueue<E> queue) {
    super(queue);
    this.requestor = queue.requestor();
    this.requests = queue.requests();
  }

  /**
   * An item that was taken is finished. Where this client has none in hand it is what another one
   * took first: one too many finishes that, and it does not come back.
   *
   * @throws PolyprocException when there is no unfinished item, with {@code
   *     ERROR_REASON_TASK_DONE_TOO_OFTEN}
   */
  public void taskDone() {
    requestor.call(QueueRequests.TASK_DONE, requests.taskDone());
  }

  /** The twin of {@link #taskDone}. */
  public CompletableFuture<@Nullable Void> taskDoneAsync() {
    return requestor.async(
        QueueRequests.TASK_DONE, requests.taskDone(), response -> null, Requestor.owner());
  }

  /** Waits until no item is unfinished. */
  public void join() throws InterruptedException {
    requestor.await(QueueRequests.JOIN, requests.join(null));
  }

  /** Waits until no item is unfinished, or the time is up; answers whether none is. */
  public boolean join(long timeout, TimeUnit unit) throws InterruptedException {
    return requestor
        .await(QueueRequests.JOIN, requests.join(requestor.timeout(timeout, unit)), timeout, unit)
        .getJoined();
  }

  /** The twin of {@link #join()}. */
  public CompletableFuture<@Nullable Void> joinAsync() {
    return requestor.async(QueueRequests.JOIN, requests.join(null), response -> null);
  }

  /** The twin of {@link #join(long, TimeUnit)}. */
  public CompletableFuture<Boolean> joinAsync(long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.JOIN,
        requests.join(requestor.timeout(timeout, unit)),
        QueueJoinResponse::getJoined);
  }

  /** How many items are not finished: those that are there, and those that are out. */
  public int unfinished() {
    return queue().status().getUnfinished();
  }
}
