package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierAbortResponse;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierActionDoneResponse;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierCreateResponse;
import dev.polyproc.v1.BarrierGetRequest;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierResetResponse;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import java.time.Duration;

/** The calls of a client to one barrier. */
public final class BarrierCalls {
  private final Client client;
  private final String barrier;

  BarrierCalls(Client client, String barrier) {
    this.client = client;
    this.barrier = barrier;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("BarrierService/" + method, request, prototype);
  }

  public Pending<BarrierCreateResponse> create(int parties) {
    return create(BarrierCreateRequest.newBuilder().setParties(parties));
  }

  /** Creates one whose last party is told to run an action. */
  public Pending<BarrierCreateResponse> createWithAction(int parties) {
    return create(BarrierCreateRequest.newBuilder().setParties(parties).setAction(true));
  }

  public Pending<BarrierCreateResponse> create(BarrierCreateRequest.Builder shape) {
    return call(
        "Create", shape.setBarrier(barrier).build(), BarrierCreateResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<BarrierWaitResponse> await() {
    return await(BarrierWaitRequest.newBuilder());
  }

  public Pending<BarrierWaitResponse> await(Duration timeout) {
    return await(BarrierWaitRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<BarrierWaitResponse> await(BarrierWaitRequest.Builder how) {
    return call("Wait", how.setBarrier(barrier).build(), BarrierWaitResponse.getDefaultInstance());
  }

  public Pending<BarrierActionDoneResponse> actionDone(long round) {
    return actionDone(round, false);
  }

  public Pending<BarrierActionDoneResponse> actionDone(long round, boolean failed) {
    return call(
        "ActionDone",
        BarrierActionDoneRequest.newBuilder()
            .setBarrier(barrier)
            .setRound(round)
            .setFailed(failed)
            .build(),
        BarrierActionDoneResponse.getDefaultInstance());
  }

  public Pending<BarrierAbortResponse> abort() {
    return call(
        "Abort",
        BarrierAbortRequest.newBuilder().setBarrier(barrier).build(),
        BarrierAbortResponse.getDefaultInstance());
  }

  public Pending<BarrierResetResponse> reset() {
    return reset(BarrierResetRequest.newBuilder());
  }

  /** Resets it if it is broken in that round. */
  public Pending<BarrierResetResponse> mend(long round) {
    return reset(BarrierResetRequest.newBuilder().setRound(round));
  }

  private Pending<BarrierResetResponse> reset(BarrierResetRequest.Builder how) {
    return call(
        "Reset", how.setBarrier(barrier).build(), BarrierResetResponse.getDefaultInstance());
  }

  /** The barrier as it is. */
  public BarrierGetResponse get() {
    return call(
            "Get",
            BarrierGetRequest.newBuilder().setBarrier(barrier).build(),
            BarrierGetResponse.getDefaultInstance())
        .response();
  }
}
