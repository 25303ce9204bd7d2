package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.World;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a pool that wait, in lanes: those of one job and one key stand in one, in their
 * order. Of the lanes that may have a task run, the one with the next task is served.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>A lane is among the open ones just if it has a task, its job hands tasks out, and its key may
 *       have one more run.
 * </ul>
 */
final class TaskLine {
  private final int runsPerKey;
  private final Map<LaneName, Lane> lanes = new HashMap<>();
  private final TreeSet<Lane> open = new TreeSet<>(Lane.ORDER);
  private final Map<String, Key> keys = new HashMap<>();
  private int size;

  private record LaneName(long job, String key) {}

  /** What runs of a key, and where tasks of it wait. */
  private static final class Key {
    private final Set<Lane> lanes = new HashSet<>();
    private int running;
  }

  /** Tasks of one job and one key. */
  private static final class Lane {
    /** Those with a task, that with the next one first. */
    private static final Comparator<Lane> ORDER =
        Comparator.comparing(lane -> lane.tasks.first(), Task.ORDER);

    private final Job job;
    private final String key;
    private final TreeSet<Task> tasks = new TreeSet<>(Task.ORDER);
    private boolean isOpen;

    Lane(Job job, String key) {
      this.job = job;
      this.key = key;
    }
  }

  /**
   * Nothing waits.
   *
   * @param runsPerKey how many tasks of one key run at the same time; 0: any number
   */
  TaskLine(int runsPerKey) {
    this.runsPerKey = runsPerKey;
  }

  /** How many tasks wait. */
  int size() {
    return size;
  }

  /** The task that is run next; null: none may be. */
  @Nullable Task next() {
    return open.isEmpty() ? null : open.first().tasks.first();
  }

  /** A task waits, at its place. */
  void add(Task task) {
    Lane lane =
        lanes.computeIfAbsent(
            new LaneName(task.job().number(), task.key()), name -> new Lane(task.job(), name.key));
    change(lane, () -> lane.tasks.add(task));
    if (isLimited(task.key())) {
      key(task.key()).lanes.add(lane);
    }
    size++;
  }

  /** A task waits no more. */
  void remove(Task task) {
    LaneName name = new LaneName(task.job().number(), task.key());
    Lane lane = Objects.requireNonNull(lanes.get(name), "the lane of a task that waits");
    change(lane, () -> lane.tasks.remove(task));
    size--;
    if (lane.tasks.isEmpty()) {
      lanes.remove(name);
      if (isLimited(task.key())) {
        key(task.key()).lanes.remove(lane);
        forgetIfUnused(task.key());
      }
    }
  }

  /** A task of a key runs, beside those that do. */
  void begins(String key) {
    if (isLimited(key)) {
      count(key, 1);
    }
  }

  /** One of them does not any more. */
  void ended(String key) {
    if (isLimited(key)) {
      count(key, -1);
      forgetIfUnused(key);
    }
  }

  /** Whether tasks of a job are handed out has changed. */
  void changed(Job job) {
    lanes.values().stream().filter(lane -> lane.job == job).toList().forEach(this::settle);
  }

  private boolean isLimited(String key) {
    return runsPerKey > 0 && !key.isEmpty();
  }

  private Key key(String name) {
    return keys.computeIfAbsent(name, unused -> new Key());
  }

  private void count(String name, int by) {
    Key key = key(name);
    key.running += by;
    key.lanes.forEach(this::settle);
  }

  private void forgetIfUnused(String name) {
    Key key = key(name);
    if (key.running == 0 && key.lanes.isEmpty()) {
      keys.remove(name);
    }
  }

  /** A lane's place is by its first task, so that it has none while that changes. */
  private void change(Lane lane, Runnable how) {
    if (lane.isOpen) {
      open.remove(lane);
      lane.isOpen = false;
    }
    how.run();
    settle(lane);
  }

  private void settle(Lane lane) {
    boolean mayRun = !lane.tasks.isEmpty() && lane.job.handsOut() && mayRun(lane.key);
    if (mayRun && !lane.isOpen) {
      open.add(lane);
    } else if (!mayRun && lane.isOpen) {
      open.remove(lane);
    }
    lane.isOpen = mayRun;
  }

  private boolean mayRun(String key) {
    Key running = isLimited(key) ? keys.get(key) : null;
    return running == null || running.running < runsPerKey;
  }

  void check() {
    int tasks = 0;
    for (Lane lane : lanes.values()) {
      tasks += lane.tasks.size();
      boolean mayRun = !lane.tasks.isEmpty() && lane.job.handsOut() && mayRun(lane.key);
      World.require(mayRun == lane.isOpen, "a lane is open just if it may have a task run");
      World.require(lane.isOpen == open.contains(lane), "open lanes are found");
      World.require(
          !isLimited(lane.key) || key(lane.key).lanes.contains(lane), "a key knows its lanes");
    }
    World.require(tasks == size, "a line knows how many tasks wait");
  }
}
