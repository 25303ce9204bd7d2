package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.Lifetime;
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
      return choices
          .meaning(client, name + "/1")
          .call("PipeService/Create", shape(name), PipeCreateResponse.getDefaultInstance());
    }
    boolean sends = choices.oneIn(2);
    String end = end(name, sends);
    Client caller = choices.meaning(client, end);
    if (choices.oneIn(isHalf(end) ? 4 : 20)) {
      return caller.call(
          "PipeService/CloseEnd",
          PipeCloseEndRequest.newBuilder().setEnd(end).setCount(choices.oneIn(2) ? 1 : 0).build(),
          PipeCloseEndResponse.getDefaultInstance());
    } else if (sends) {
      return caller.call("PipeService/Send", send(end), PipeSendResponse.getDefaultInstance());
    }
    return choices.oneIn(2)
        ? caller.call("PipeService/Poll", poll(end), PipePollResponse.getDefaultInstance())
        : caller.call(
            "PipeService/Receive", receive(end), PipeReceiveResponse.getDefaultInstance());
  }

  /** An end that is there and goes in the direction, mostly. */
  private String end(String name, boolean sends) {
    boolean isFirst = name.equals("pipe1") ? !sends : choices.oneIn(2);
    if (choices.oneIn(10)) {
      isFirst = !isFirst;
    }
    String end = name + (isFirst ? "/1" : "/2");
    boolean isThere = choices.model.objects.containsKey(end);
    return isThere || choices.oneIn(10) ? end : name + (isFirst ? "/2" : "/1");
  }

  private boolean isHalf(String end) {
    return choices.model.objects.get(end) instanceof ModelPipeEnd half && half.other == null;
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
