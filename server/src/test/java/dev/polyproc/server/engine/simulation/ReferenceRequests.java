package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import java.util.List;

/** Random requests to retain objects, and to drop them. */
final class ReferenceRequests {
  private final Choices choices;

  ReferenceRequests(Choices choices) {
    this.choices = choices;
  }

  /** A ref as a request to retain has it, sometimes to what is not there. */
  Ref ref() {
    return choices.looseRef();
  }

  Pending<?> call(Client client) {
    if (choices.oneIn(5)) {
      return choices.oneIn(4)
          ? client.retain(choices.looseRef(), choices.looseRef())
          : client.retain(choices.looseRef());
    }
    SessionDropRequest.Builder request = SessionDropRequest.newBuilder();
    for (int i = choices.random.nextInt(4); i >= 0; i--) {
      request.addDrops(drop(client));
    }
    return client.call(
        "SessionService/Drop", request.build(), SessionDropResponse.getDefaultInstance());
  }

  /** Mostly of what the session retains. */
  private SessionDrop drop(Client client) {
    ModelSession session = choices.model.sessions.get(client.id());
    Ref ref = choices.looseRef();
    if (session != null && !session.retained.isEmpty() && !choices.oneIn(5)) {
      ref = choices.any(List.copyOf(session.retained.keySet())).ref();
    }
    return SessionDrop.newBuilder()
        .setRef(ref)
        .setCount(choices.oneIn(3) ? 1 + choices.random.nextInt(2) : 0)
        .build();
  }
}
