package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCountDownResponse;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchCreateResponse;
import dev.polyproc.v1.LatchGetRequest;
import dev.polyproc.v1.LatchGetResponse;
import dev.polyproc.v1.LatchWaitRequest;
import dev.polyproc.v1.LatchWaitResponse;
import java.time.Duration;

/** The calls of a client to one latch. */
public final class LatchCalls {
  private final Client client;
  private final String latch;

  LatchCalls(Client client, String latch) {
    this.client = client;
    this.latch = latch;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("LatchService/" + method, request, prototype);
  }

  public Pending<LatchCreateResponse> create(long count) {
    return create(LatchCreateRequest.newBuilder().setCount(count));
  }

  public Pending<LatchCreateResponse> create(LatchCreateRequest.Builder shape) {
    return call("Create", shape.setLatch(latch).build(), LatchCreateResponse.getDefaultInstance());
  }

  public Pending<LatchCountDownResponse> countDown(long by) {
    return call(
        "CountDown",
        LatchCountDownRequest.newBuilder().setLatch(latch).setBy(by).build(),
        LatchCountDownResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<LatchWaitResponse> await() {
    return await(LatchWaitRequest.newBuilder());
  }

  public Pending<LatchWaitResponse> await(Duration timeout) {
    return await(LatchWaitRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<LatchWaitResponse> await(LatchWaitRequest.Builder how) {
    return call("Wait", how.setLatch(latch).build(), LatchWaitResponse.getDefaultInstance());
  }

  public LatchGetResponse get() {
    return call(
            "Get",
            LatchGetRequest.newBuilder().setLatch(latch).build(),
            LatchGetResponse.getDefaultInstance())
        .response();
  }
}
