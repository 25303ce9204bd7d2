package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventClearResponse;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventCreateResponse;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.EventIsSetResponse;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventSetResponse;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.EventWaitResponse;
import java.time.Duration;

/** The calls of a client to one event. */
public final class EventCalls {
  private final Client client;
  private final String event;

  EventCalls(Client client, String event) {
    this.client = client;
    this.event = event;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("EventService/" + method, request, prototype);
  }

  public Pending<EventCreateResponse> create() {
    return create(EventCreateRequest.newBuilder());
  }

  public Pending<EventCreateResponse> create(EventCreateRequest.Builder shape) {
    return call("Create", shape.setEvent(event).build(), EventCreateResponse.getDefaultInstance());
  }

  public Pending<EventSetResponse> set() {
    return call(
        "Set",
        EventSetRequest.newBuilder().setEvent(event).build(),
        EventSetResponse.getDefaultInstance());
  }

  public Pending<EventClearResponse> clear() {
    return call(
        "Clear",
        EventClearRequest.newBuilder().setEvent(event).build(),
        EventClearResponse.getDefaultInstance());
  }

  public Pending<EventIsSetResponse> isSet() {
    return call(
        "IsSet",
        EventIsSetRequest.newBuilder().setEvent(event).build(),
        EventIsSetResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<EventWaitResponse> await() {
    return await(EventWaitRequest.newBuilder());
  }

  public Pending<EventWaitResponse> await(Duration timeout) {
    return await(EventWaitRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<EventWaitResponse> await(EventWaitRequest.Builder how) {
    return call("Wait", how.setEvent(event).build(), EventWaitResponse.getDefaultInstance());
  }
}
