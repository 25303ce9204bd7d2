package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionCreateResponse;
import dev.polyproc.v1.ConditionGetRequest;
import dev.polyproc.v1.ConditionGetResponse;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionNotifyResponse;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import java.time.Duration;

/** The calls of a client to one condition. */
public final class ConditionCalls {
  private final Client client;
  private final String condition;

  ConditionCalls(Client client, String condition) {
    this.client = client;
    this.condition = condition;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("ConditionService/" + method, request, prototype);
  }

  public Pending<ConditionCreateResponse> create(String lock) {
    return create(ConditionCreateRequest.newBuilder().setLock(lock));
  }

  public Pending<ConditionCreateResponse> create(ConditionCreateRequest.Builder shape) {
    return call(
        "Create",
        shape.setCondition(condition).build(),
        ConditionCreateResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<ConditionWaitResponse> await() {
    return await(ConditionWaitRequest.newBuilder());
  }

  public Pending<ConditionWaitResponse> await(Duration timeout) {
    return await(ConditionWaitRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  public Pending<ConditionWaitResponse> await(ConditionWaitRequest.Builder how) {
    return call(
        "Wait", how.setCondition(condition).build(), ConditionWaitResponse.getDefaultInstance());
  }

  /** Wakes one; answers how many there were. */
  public int wake() {
    return wake(ConditionNotifyRequest.newBuilder()).response().getNotified();
  }

  public int wakeAll() {
    return wake(ConditionNotifyRequest.newBuilder().setAll(true)).response().getNotified();
  }

  public Pending<ConditionNotifyResponse> wake(ConditionNotifyRequest.Builder whom) {
    return call(
        "Notify",
        whom.setCondition(condition).build(),
        ConditionNotifyResponse.getDefaultInstance());
  }

  /** The condition as it is. */
  public ConditionGetResponse get() {
    return call(
            "Get",
            ConditionGetRequest.newBuilder().setCondition(condition).build(),
            ConditionGetResponse.getDefaultInstance())
        .response();
  }
}
