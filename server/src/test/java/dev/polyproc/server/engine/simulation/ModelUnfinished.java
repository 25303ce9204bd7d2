package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.QueueUnfinished;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many items of a queue are not finished, and who waits until none is. */
final class ModelUnfinished {
  final QueueUnfinished kind;
  final List<ModelCall> joiners = new ArrayList<>();
  int count;

  /** How many items were taken without a session, and are not finished. */
  private int anybody;

  /** How many items a session took for good and has not finished. */
  private final Map<ModelSession, Integer> took = new LinkedHashMap<>();

  ModelUnfinished(QueueUnfinished kind) {
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
      took.merge(session, 1, Integer::sum);
    } else if (isCounted() && session == null) {
      anybody++;
    }
  }

  /** An item that a session took for good comes back after all. */
  void untaken(@Nullable ModelSession session) {
    if (isDone() && session != null) {
      if (has(session)) {
        took.merge(session, -1, Integer::sum);
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
    return session != null && took.getOrDefault(session, 0) > 0;
  }

  /** Somebody finished an item, and does not say which. */
  void done(@Nullable ModelSession by) {
    ModelSession whose =
        has(by) ? by : took.keySet().stream().filter(this::has).findFirst().orElse(null);
    if (whose != null) {
      took.merge(whose, -1, Integer::sum);
    }
    less();
  }

  void ended(ModelSession session) {
    Integer left = took.remove(session);
    if (left != null) {
      less(left);
    }
  }
}
