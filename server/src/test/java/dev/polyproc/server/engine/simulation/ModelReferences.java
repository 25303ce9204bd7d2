package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who refers to the objects of lifetime REFERENCED: counted anew whenever somebody asks. */
final class ModelReferences {
  private final Model model;

  ModelReferences(Model model) {
    this.model = model;
  }

  /** The object of lifetime REFERENCED that a ref means; null where there is none. */
  private @Nullable ModelObject find(Ref ref) {
    ModelObject object = model.objects.get(ref.getName());
    return object != null && object.isReferenced() && object.incarnation.is(ref.getIncarnation())
        ? object
        : null;
  }

  /** The objects that refs of a request mean. */
  List<ModelObject> meant(List<Ref> refs) {
    return refs.stream().map(this::meant).toList();
  }

  private ModelObject meant(Ref ref) {
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

  /** Refuses a ref to what is there as another kind of object than it says. */
  static void requireKind(Ref ref, ModelObject object) {
    if (ref.getKind() != ObjectKind.OBJECT_KIND_UNSPECIFIED && ref.getKind() != object.kind()) {
      throw new Refused(ErrorReason.ERROR_REASON_WRONG_KIND);
    }
  }

  private Map<ModelObject, Long> count(List<Ref> refs) {
    Map<ModelObject, Long> counts = new LinkedHashMap<>();
    for (Ref ref : refs) {
      ModelObject object = find(ref);
      if (object != null) {
        counts.merge(object, 1L, Long::sum);
      }
    }
    return counts;
  }

  /** How many refs to each object are in stored values. */
  private Map<ModelObject, Long> stored() {
    Map<ModelObject, Long> counts = new LinkedHashMap<>();
    for (ModelObject holder : model.objects.values()) {
      for (Value value : holder.values()) {
        count(ModelValues.refs(value))
            .forEach((object, count) -> counts.merge(object, count, Long::sum));
      }
    }
    return counts;
  }

  long stored(ModelObject object) {
    return stored().getOrDefault(object, 0L);
  }

  /** How often each session retains an object, in the order in which they were opened. */
  List<Long> counts(ModelObject object) {
    List<Long> counts = new ArrayList<>();
    for (ModelSession session : model.sessions.values()) {
      Long count = session.retained.get(object);
      if (count != null) {
        counts.add(count);
      }
    }
    return counts;
  }

  /** How many sessions retain an object. */
  int retaining(ModelObject object) {
    return counts(object).size();
  }

  /** Whether it ends as nobody refers to it any more. */
  boolean isUnreferred(ModelObject object) {
    return object.isReferenced() && !isReferred(object);
  }

  boolean isReferred(ModelObject object) {
    return retaining(object) > 0 || stored(object) > 0;
  }

  /** What a response hands out, and how often. */
  Map<ModelObject, Long> handedOut(ModelCall call, Outcome outcome) {
    return call.session == null || outcome.response() == null
        ? Map.of()
        : count(ModelValues.refsWithin(outcome.response()));
  }

  /** The session retains objects so many times more. */
  static void retain(ModelSession session, Map<ModelObject, Long> more) {
    more.forEach((object, count) -> session.retained.merge(object, count, Long::sum));
  }

  /** The session retains each once more, where that needs it. */
  static void retain(ModelSession session, List<ModelObject> objects) {
    for (ModelObject object : objects) {
      if (object.isReferenced()) {
        retain(session, Map.of(object, 1L));
      }
    }
  }

  /** What was handed to a session goes back: it retains it so many times less. */
  void drop(ModelSession session, List<Value> values) {
    List<Ref> refs = new ArrayList<>();
    values.forEach(value -> refs.addAll(ModelValues.refs(value)));
    count(refs)
        .forEach(
            (object, count) ->
                session.retained.computeIfPresent(
                    object, (any, retained) -> retained > count ? retained - count : null));
  }

  /** What nobody refers to ends, one after the other, the oldest first. */
  void endUnreferred() {
    for (ModelObject next = unreferred(); next != null; next = unreferred()) {
      model.met(next.kind() + " ended unreferred");
      model.delete(next);
      model.settle();
    }
  }

  private @Nullable ModelObject unreferred() {
    List<ModelObject> candidates =
        model.objects.values().stream()
            .filter(object -> object.isReferenced() && retaining(object) == 0)
            .toList();
    if (candidates.isEmpty()) {
      return null;
    }
    Map<ModelObject, Long> stored = stored();
    return candidates.stream()
        .filter(object -> !stored.containsKey(object))
        .findFirst()
        .orElse(null);
  }
}
