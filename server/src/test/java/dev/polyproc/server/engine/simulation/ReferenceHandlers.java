package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionRetainResponse;
import java.util.List;
import java.util.Map;
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
    List<ModelObject> objects = request.getRefsList().stream().map(this::object).toList();
    for (ModelObject object : objects) {
      if (object.isReferenced()) {
        ModelReferences.retain(session, Map.of(object, 1L));
      }
    }
    SessionRetainResponse response =
        SessionRetainResponse.newBuilder()
            .addAllRefs(objects.stream().map(ModelObject::ref).toList())
            .build();
    model.done(
        call,
        Outcome.of(
            response, objects.stream().flatMap(object -> object.numbers().stream()).toList()));
  }

  private ModelObject object(Ref ref) {
    ModelObject object = model.objects.get(ref.getName());
    if (ref.getIncarnation() != 0
        && (object == null || !object.incarnation.is(ref.getIncarnation()))) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    if (object == null) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    }
    requireKind(ref, object);
    return object;
  }

  private static void requireKind(Ref ref, ModelObject object) {
    if (ref.getKind() != ObjectKind.OBJECT_KIND_UNSPECIFIED && ref.getKind() != object.kind()) {
      throw new Refused(ErrorReason.ERROR_REASON_WRONG_KIND);
    }
  }

  /** What a drop means; null where that is gone. */
  private @Nullable ModelObject dropped(SessionDrop drop) {
    ModelObject object = model.objects.get(drop.getRef().getName());
    long incarnation = drop.getRef().getIncarnation();
    if (object == null || (incarnation != 0 && !object.incarnation.is(incarnation))) {
      return null;
    }
    requireKind(drop.getRef(), object);
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
