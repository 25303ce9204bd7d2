package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelObject.Due;
import dev.polyproc.v1.QueueUnfinished;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How many items of a queue are not finished, and who waits until none is. */
final class ModelUnfinished {
  private final Model model;
  final QueueUnfinished kind;
  final List<ModelCall> joiners = new ArrayList<>();
  int count;

  /** How many items were taken without a session, and are not finished. */
  private int anybody;

  /** What sessions took for good and have not finished, who began first first. */
  private final Map<ModelSession, Took> took = new LinkedHashMap<>();

  /** So many items, of which the first was taken when a number was given. */
  private record Took(long number, int items) {}

  ModelUnfinished(Model model, QueueUnfinished kind) {
    this.model = model;
    this.kind = kind;
  }

  boolean isCounted() {
    return kind != QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED;
  }

  boolean isReturn() {
    return kind == QueueUnfinished.QUEUE_UNFINISHED_RETURN;
  }

  private boolean isDone() {
    return kind == QueueUnfinished.QUEUE_UNFINISHED_DONE;
  }

  void more() {
    if (isCounted()) {
      count++;
    }
  }

  void less() {
    less(1);
  }

  private void less(int many) {
    count = Math.max(0, count - many);
    anybody = Math.min(anybody, count);
  }

  void taken(@Nullable ModelSession session) {
    if (isDone() && session != null) {
      change(session, 1);
    } else if (isCounted() && session == null) {
      anybody++;
    }
  }

  private void change(ModelSession session, int more) {
    Took before = took.get(session);
    int items = before == null ? more : before.items() + more;
    if (items == 0) {
      took.remove(session);
    } else {
      took.put(session, new Took(before == null ? model.nextNumber() : before.number(), items));
    }
  }

  /** An item that a session took for good comes back after all. */
  void untaken(@Nullable ModelSession session) {
    if (isDone() && session != null) {
      if (has(session)) {
        change(session, -1);
      } else {
        count++;
      }
    } else if (isCounted() && session == null) {
      if (anybody > 0) {
        anybody--;
      } else {
        count++;
      }
    }
  }

  /** Whether somebody without a session finished what was taken without one. */
  boolean doneByAnybody() {
    if (anybody == 0) {
      return false;
    }
    anybody--;
    less();
    return true;
  }

  private boolean has(@Nullable ModelSession session) {
    return session != null && took.containsKey(session);
  }

  /** Somebody finished an item, and does not say which. */
  void done(@Nullable ModelSession by) {
    ModelSession whose = has(by) ? by : took.keySet().stream().findFirst().orElse(null);
    if (whose != null) {
      change(whose, -1);
    }
    less();
  }

  /** What the end of a session finishes. */
  Stream<Due> heldBy(ModelSession session) {
    return Optional.ofNullable(took.get(session)).stream()
        .map(left -> new Due(0, left.number(), () -> finish(session, left.items())));
  }

  private void finish(ModelSession session, int items) {
    took.remove(session);
    less(items);
  }
}
