package dev.polyproc.client.internal.object;

import dev.polyproc.v1.BarrierWaitResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The index of a party that has come, once its round is over and the action is done.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Like every future of a call it is completed by what the daemon says: to cancel it, or to
 *       complete it otherwise, has the party leave, which breaks the barrier, and takes effect when
 *       it has.
 * </ul>
 */
public final class BarrierArrival extends CompletableFuture<Integer> {
  private final CompletableFuture<BarrierWaitResponse> wait;

  /**
   * The arrival of a party.
   *
   * @param wait the call that waits for the others
   */
  public BarrierArrival(CompletableFuture<BarrierWaitResponse> wait) {
    this.wait = wait;
  }

  /** The party has passed. */
  public void pass(int index) {
    super.complete(index);
  }

  /** The party has not passed. */
  public void fail(Throwable failure) {
    super.completeExceptionally(failure);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    wait.cancel(mayInterruptIfRunning);
    return isCancelled();
  }

  @Override
  public boolean complete(Integer index) {
    wait.complete(BarrierWaitResponse.newBuilder().setPassed(true).setIndex(index).build());
    return false;
  }

  @Override
  public CompletableFuture<Integer> completeAsync(
      Supplier<? extends Integer> supplier, Executor executor) {
    executor.execute(
        () -> {
          try {
            complete(supplier.get());
          } catch (Throwable e) { // of the supplier, which is the program's
            completeExceptionally(e);
          }
        });
    return this;
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    wait.completeExceptionally(failure);
    return false;
  }
}
