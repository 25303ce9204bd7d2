package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.PipeCloseEndRequest;
import dev.polyproc.v1.PipeCloseEndResponse;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeSendResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The calls of a client to one end of a pipe, or to the pipe itself. */
public final class PipeCalls {
  private final Client client;
  private final String name;

  PipeCalls(Client client, String name) {
    this.client = client;
    this.name = name;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("PipeService/" + method, request, prototype);
  }

  public Pending<PipeCreateResponse> create() {
    return create(PipeCreateRequest.newBuilder());
  }

  public Pending<PipeCreateResponse> create(PipeCreateRequest.Builder shape) {
    return call("Create", shape.setPipe(name).build(), PipeCreateResponse.getDefaultInstance());
  }

  /** Waits for room for ever. */
  public Pending<PipeSendResponse> send(@Nullable Object message) {
    return send(PipeSendRequest.newBuilder().setMessage(Plain.value(message)));
  }

  public Pending<PipeSendResponse> send(@Nullable Object message, Duration timeout) {
    return send(
        PipeSendRequest.newBuilder()
            .setMessage(Plain.value(message))
            .setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<PipeSendResponse> send(PipeSendRequest.Builder request) {
    return call("Send", request.setEnd(name).build(), PipeSendResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<PipeReceiveResponse> receive() {
    return receive(PipeReceiveRequest.newBuilder());
  }

  public Pending<PipeReceiveResponse> receive(Duration timeout) {
    return receive(PipeReceiveRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  public Pending<PipeReceiveResponse> receiveUpTo(long length) {
    return receive(PipeReceiveRequest.newBuilder().setMaxLength(length));
  }

  private Pending<PipeReceiveResponse> receive(PipeReceiveRequest.Builder request) {
    return call("Receive", request.setEnd(name).build(), PipeReceiveResponse.getDefaultInstance());
  }

  public Pending<PipePollResponse> poll(Duration timeout) {
    return call(
        "Poll",
        PipePollRequest.newBuilder()
            .setEnd(name)
            .setTimeout(Times.duration(timeout.toNanos()))
            .build(),
        PipePollResponse.getDefaultInstance());
  }

  public Pending<PipeCloseEndResponse> closeEnd() {
    return call(
        "CloseEnd",
        PipeCloseEndRequest.newBuilder().setEnd(name).build(),
        PipeCloseEndResponse.getDefaultInstance());
  }
}
