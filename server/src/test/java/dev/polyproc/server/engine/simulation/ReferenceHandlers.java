package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionRetainResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the model does for Retain and Drop. */
final class ReferenceHandlers {
  private final Model model;

  ReferenceHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("SessionService/Retain", SessionRetainRequest.getDefaultInstance(), this::retain)
        .on("SessionService/Drop", SessionDropRequest.getDefaultInstance(), this::drop);
  }

  private void retain(ModelCall call, SessionRetainRequest request) {
    ModelSession session = model.session(call);
    List<ModelObject> objects = model.references.meant(request.getRefsList());
    ModelReferences.retain(session, objects);
    SessionRetainResponse response =
        SessionRetainResponse.newBuilder()
            .addAllRefs(objects.stream().map(ModelObject::ref).toList())
            .build();
    model.done(
        call,
        Outcome.of(
            response, objects.stream().flatMap(object -> object.numbers().stream()).toList()));
  }

  /** What a drop means; null where that is gone. */
  private @Nullable ModelObject dropped(SessionDrop drop) {
    ModelObject object = model.objects.get(drop.getRef().getName());
    long incarnation = drop.getRef().getIncarnation();
    if (object == null || (incarnation != 0 && !object.incarnation.is(incarnation))) {
      return null;
    }
    ModelReferences.requireKind(drop.getRef(), object);
    return object;
  }

  private void drop(ModelCall call, SessionDropRequest request) {
    ModelSession session = model.session(call);
    request.getDropsList().forEach(this::dropped);
    for (SessionDrop drop : request.getDropsList()) {
      ModelObject object = dropped(drop);
      if (object != null) {
        session.retained.computeIfPresent(
            object,
            (dropped, count) ->
                drop.getCount() == 0 || drop.getCount() >= count ? null : count - drop.getCount());
      }
    }
    model.done(call, Outcome.of(SessionDropResponse.getDefaultInstance()));
  }
}
