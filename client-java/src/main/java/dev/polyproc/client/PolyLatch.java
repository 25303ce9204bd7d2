package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCountDownResponse;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchCreateResponse;
import dev.polyproc.v1.LatchGetRequest;
import dev.polyproc.v1.LatchGetResponse;
import dev.polyproc.v1.LatchServiceGrpc;
import dev.polyproc.v1.LatchWaitRequest;
import dev.polyproc.v1.LatchWaitResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Waiter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A count that goes down to 0, and whoever waits for that, in any number of programs and languages:
 * a {@link java.util.concurrent.CountDownLatch}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>At 0 all that wait are let go, the longest first, and nobody waits any more.
 *   <li>Nobody owns a part of the count: a program that dies before it counted down leaves the
 *       others waiting.
 *   <li>It is there until it is deleted, and one that is open stays open: see {@link
 *       Toolbox#latch(String, long)}.
 * </ul>
 */
public final class PolyLatch extends Handle {
  private static final Operation<LatchCreateRequest, LatchCreateResponse> CREATE =
      Operation.of(LatchServiceGrpc.getCreateMethod());
  private static final Operation<LatchCountDownRequest, LatchCountDownResponse> COUNT_DOWN =
      Operation.of(LatchServiceGrpc.getCountDownMethod());
  private static final Operation<LatchWaitRequest, LatchWaitResponse> WAIT =
      Operation.of(LatchServiceGrpc.getWaitMethod());
  private static final Operation<LatchGetRequest, LatchGetResponse> GET =
      Operation.of(LatchServiceGrpc.getGetMethod());

  private PolyLatch(Requestor requestor, Ref ref) {
    super(requestor, ref);
  }

  static PolyLatch create(Requestor requestor, LatchCreateRequest shape) {
    return of(requestor, requestor.call(CREATE, shape).getRef());
  }

  static PolyLatch of(Requestor requestor, Ref ref) {
    return new PolyLatch(requestor.meaning(ref), ref);
  }

  /** Takes one from the count; at 0 it lets all go that wait, and stays there. */
  public void countDown() {
    countDown(1);
  }

  /** Takes so many from the count, but not more than there are. */
  public void countDown(long by) {
    requestor.call(COUNT_DOWN, countingDown(by));
  }

  /** The twin of {@link #countDown()}. */
  public CompletableFuture<@Nullable Void> countDownAsync() {
    return countDownAsync(1);
  }

  /** The twin of {@link #countDown(long)}. */
  public CompletableFuture<@Nullable Void> countDownAsync(long by) {
    return requestor.async(COUNT_DOWN, countingDown(by), response -> null);
  }

  private LatchCountDownRequest countingDown(long by) {
    if (by < 1) {
      throw new IllegalArgumentException("Expected to count down by at least 1, but it is " + by);
    }
    return LatchCountDownRequest.newBuilder().setLatch(name()).setBy(by).build();
  }

  /** The count. */
  public long getCount() {
    return get().getCount();
  }

  /** Waits until the count is 0. */
  public void await() throws InterruptedException {
    requestor.await(WAIT, wait(null));
  }

  /** Waits until the count is 0, or the time is up; answers whether it is 0. */
  public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
    return requestor.await(WAIT, wait(requestor.timeout(timeout, unit)), timeout, unit).getOpen();
  }

  /** The twin of {@link #await()}. */
  public CompletableFuture<@Nullable Void> awaitAsync() {
    return requestor.async(WAIT, wait(null), response -> null);
  }

  /** The twin of {@link #await(long, TimeUnit)}. */
  public CompletableFuture<Boolean> awaitAsync(long timeout, TimeUnit unit) {
    return requestor.async(
        WAIT, wait(requestor.timeout(timeout, unit)), LatchWaitResponse::getOpen);
  }

  private LatchWaitRequest wait(@Nullable Duration timeout) {
    LatchWaitRequest.Builder request = LatchWaitRequest.newBuilder().setLatch(name());
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  /** Who waits, in line; the first of them where they are many. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  private LatchGetResponse get() {
    return requestor.call(GET, LatchGetRequest.newBuilder().setLatch(name()).build());
  }
}
