package dev.polyproc.client.internal.call;

import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.v1.ErrorReason;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where requests become calls of a session, and wait for room among them. What has entered is for
 * {@link Calls#send}. Any thread.
 */
public final class Entrance {
  private final Calls calls;
  private final Admission admission;
  private final long mostBytes;
  private volatile boolean refused;

  /**
   * @param mostBytes the largest frame that the daemon takes
   */
  Entrance(Calls calls, Admission admission, long mostBytes) {
    this.calls = calls;
    this.admission = admission;
    this.mostBytes = mostBytes;
  }

  /**
   * A call that is to enter and to be sent. It has failed already when it never can be: then
   * entering it and sending it do nothing.
   */
  public <R extends @Nullable Object> PendingCall<R> prepare(
      byte[] body, PendingCall.Decoder<R> decoder) {
    PendingCall<R> call = new DirectCall<>(calls, body, admission.cost(body.length), decoder);
    refuseIfItNeverCanBeSent(call);
    return call;
  }

  /**
   * {@link #prepare} for a call whose future the program gets.
   *
   * @param object what it is made to; see {@link Callbacks}
   * @param grants whether the daemon can take back what it grants
   */
  public <R extends @Nullable Object> AsyncCall<R> prepareAsync(
      byte[] body, Object object, boolean grants, PendingCall.Decoder<Supplier<R>> decoder) {
    AsyncCall<R> call =
        new AsyncCall<>(calls, body, admission.cost(body.length), object, grants, decoder);
    refuseIfItNeverCanBeSent(call);
    return call;
  }

  private void refuseIfItNeverCanBeSent(PendingCall<?> call) {
    int bytes = call.body.length;
    if (refused) {
      call.refuse(
          Errors.of(
              ErrorReason.ERROR_REASON_SESSION_ENDED, "Expected an open client, but it is closed"));
    } else if (bytes + Frame.AROUND_ONE_CALL > mostBytes) {
      call.refuse(
          Errors.of(
              ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
              "Expected a call of at most "
                  + (mostBytes - Frame.AROUND_ONE_CALL)
                  + " bytes, but it has "
                  + bytes
                  + "; send less at once, or start the daemon with a higher --limit"
                  + " request_bytes"));
    }
  }

  /** Waits for room for a call. */
  public void enter(PendingCall<?> call) throws InterruptedException {
    if (!call.isOver()) {
      admission.enter(call.cost);
    }
  }

  /** Waits for room for a call, whoever interrupts. */
  public void enterUninterruptibly(PendingCall<?> call) {
    if (!call.isOver()) {
      admission.enterUninterruptibly(call.cost);
    }
  }

  /** Lets in a call of the client's own, which waits for no room: neither here nor later. */
  public void enterAnyway(PendingCall<?> call) {
    call.own = true;
    if (!call.isOver()) {
      admission.enterAnyway(call.cost);
    }
  }

  /** Lets a call in from the event loop, which does not wait; fails it when there are too many. */
  public void enterAtOnce(PendingCall<?> call) {
    if (!call.isOver() && !admission.enterAtOnce(call.cost)) {
      call.refuse(
          Errors.of(
              ErrorReason.ERROR_REASON_LIMIT_REACHED,
              "Expected at most "
                  + 2 * admission.limit()
                  + " calls in flight from the event loop, but there are as many"));
    }
  }

  /** Waits so many nanoseconds for room for a call; answers whether there is some. */
  public boolean enter(PendingCall<?> call, long nanos) throws InterruptedException {
    return call.isOver() || admission.enter(call.cost, nanos);
  }

  /** Refuses all calls from now on. */
  public void refuse() {
    refused = true;
  }
}
