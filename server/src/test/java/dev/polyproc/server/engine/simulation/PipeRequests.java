package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCloseRequest;
import dev.polyproc.v1.PipeCloseResponse;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeSendResponse;
import java.util.List;

/** Random requests to pipes. */
final class PipeRequests {
  private final Choices choices;

  PipeRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    boolean isThere =
        choices.model.objects.containsKey(name + "/1")
            || choices.model.objects.containsKey(name + "/2");
    if (!isThere || choices.oneIn(40)) {
      return client.call(
          "PipeService/Create", shape(name), PipeCreateResponse.getDefaultInstance());
    }
    String end = name + (choices.oneIn(2) ? "/1" : "/2");
    Client caller = choices.meaning(client, end);
    return switch (choices.random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6 ->
          caller.call("PipeService/Send", send(end), PipeSendResponse.getDefaultInstance());
      case 7, 8 ->
          caller.call("PipeService/Poll", poll(end), PipePollResponse.getDefaultInstance());
      case 9 ->
          caller.call(
              "PipeService/Close",
              PipeCloseRequest.newBuilder().setEnd(end).build(),
              PipeCloseResponse.getDefaultInstance());
      default ->
          caller.call(
              "PipeService/Receive", receive(end), PipeReceiveResponse.getDefaultInstance());
    };
  }

  private PipeCreateRequest shape(String name) {
    PipeCreateRequest.Builder shape =
        PipeCreateRequest.newBuilder().setPipe(name).setOneWay(name.equals("pipe1"));
    if (!name.equals("pipe2")) {
      shape.setMaxsize(1 + choices.random.nextInt(2));
    }
    return shape
        .setLifetime(
            choices.any(
                List.of(
                    Lifetime.LIFETIME_UNSPECIFIED,
                    Lifetime.LIFETIME_REFERENCED,
                    Lifetime.LIFETIME_REFERENCED,
                    Lifetime.LIFETIME_PERSISTENT,
                    Lifetime.LIFETIME_SESSION)))
        .build();
  }

  private PipeSendRequest send(String end) {
    PipeSendRequest.Builder request =
        PipeSendRequest.newBuilder().setEnd(end).setMessage(choices.value());
    Duration timeout = choices.timeout();
    return timeout == null ? request.build() : request.setTimeout(timeout).build();
  }

  private PipeReceiveRequest receive(String end) {
    PipeReceiveRequest.Builder request = PipeReceiveRequest.newBuilder().setEnd(end);
    if (choices.oneIn(5)) {
      request.setMaxLength(1 + choices.random.nextInt(12));
    }
    Duration timeout = choices.timeout();
    return timeout == null ? request.build() : request.setTimeout(timeout).build();
  }

  private PipePollRequest poll(String end) {
    PipePollRequest.Builder request = PipePollRequest.newBuilder().setEnd(end);
    Duration timeout = choices.timeout();
    return timeout == null ? request.build() : request.setTimeout(timeout).build();
  }
}
