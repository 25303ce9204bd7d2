package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.BarrierCalls;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.BarrierCreateRequest;
import java.time.Duration;

/** Random requests to barriers. */
final class BarrierRequests {
  private final Choices choices;

  BarrierRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client
          .barrier(name)
          .create(
              BarrierCreateRequest.newBuilder()
                  .setParties(choices.oneIn(30) ? 0 : 1 + choices.random.nextInt(3))
                  .setAction(choices.oneIn(2))
                  .setLifetime(choices.lifetime()));
    }
    BarrierCalls barrier = choices.meaning(client, name).barrier(name);
    if (choices.model.objects.get(name) instanceof ModelBarrier there
        && there.broken != null
        && choices.oneIn(2)) {
      long round = there.broken.round();
      return choices.oneIn(2)
          ? barrier.reset()
          : barrier.mend(choices.oneIn(5) ? round + 1 : round);
    }
    return switch (choices.random.nextInt(20)) {
      case 0 -> barrier.reset();
      case 1 -> choices.oneIn(2) ? barrier.abort() : barrier.mend(choices.random.nextInt(5));
      case 2, 3, 4, 5, 6 -> actionDone(client, name);
      default -> {
        Duration timeout = choices.oneIn(3) ? choices.javaTimeout() : null;
        yield timeout == null ? barrier.await() : barrier.await(timeout);
      }
    };
  }

  /** A report, mostly by who runs the action. */
  private Pending<?> actionDone(Client client, String name) {
    long round = choices.random.nextInt(5);
    Client reporter = client;
    if (choices.model.objects.get(name) instanceof ModelBarrier barrier) {
      round = choices.oneIn(10) ? round : barrier.running == null ? 0 : barrier.running.round();
    }
    return choices.meaning(reporter, name).barrier(name).actionDone(round, choices.oneIn(6));
  }
}
