package dev.polyproc.server.engine.pool;

import dev.polyproc.server.engine.object.World;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a pool that wait, in lanes: those of one job and one key stand in one, in their
 * order; those that are to be run alone in another. Of the lanes that may have a task run, the one
 * with the next task is served.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>A lane is among the open ones just if it has a task, its job hands tasks out, and its key
 *       may have one more run.
 * </ul>
 */
final class TaskLine {
  private final int runsPerKey;
  private final TreeMap<LaneName, Lane> lanes = new TreeMap<>(LaneName.ORDER);
  private final TreeSet<Lane> open = new TreeSet<>(Lane.ORDER);
  private final TreeSet<Lane> openAlone = new TreeSet<>(Lane.ORDER);
  private final Map<String, Key> keys = new TreeMap<>();
  private int size;
  private int alone;

  private record LaneName(long job, String key, boolean alone) {
    private static final Comparator<LaneName> ORDER =
        Comparator.comparingLong(LaneName::job)
            .thenComparing(LaneName::key)
            .thenComparing(LaneName::alone);

    static LaneName of(Task task) {
      return new LaneName(task.job().number(), task.key(), task.isToRunAlone());
    }
  }

  /** What runs of a key, and where tasks of it wait. */
  private static final class Key {
    private final Set<Lane> lanes = new LinkedHashSet<>();
    private int running;
  }

  /** Tasks of one job and one key. */
  private static final class Lane {
    /** Those with a task, that with the next one first. */
    private static final Comparator<Lane> ORDER =
        Comparator.comparing(lane -> lane.tasks.first(), Task.ORDER);

    private final Job job;
    private final String key;
    private final boolean alone;
    private final TreeSet<Task> tasks = new TreeSet<>(Task.ORDER);
    private boolean isOpen;

    Lane(Job job, LaneName name) {
      this.job = job;
      this.key = name.key;
      this.alone = name.alone;
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

  /**
   * The task that is run next; null: none may be.
   *
   * @param alone whether it may be one that is to be run alone
   */
  @Nullable Task next(boolean alone) {
    Task next = first(open);
    Task other = alone ? first(openAlone) : null;
    return next == null || (other != null && Task.ORDER.compare(other, next) < 0) ? other : next;
  }

  /** Whether a task waits that is to be run alone, though its key may keep it from that. */
  boolean hasAlone() {
    return alone > 0;
  }

  /** Whether one that is to be run alone may be run and is next, with another one behind it. */
  boolean isAloneOvertaken() {
    Task first = first(openAlone);
    Task other = first(open);
    return first != null && other != null && Task.ORDER.compare(first, other) < 0;
  }

  private static @Nullable Task first(TreeSet<Lane> lanes) {
    return lanes.isEmpty() ? null : lanes.first().tasks.first();
  }

  /** A task waits, at its place. */
  void add(Task task) {
    Lane lane = lanes.computeIfAbsent(LaneName.of(task), name -> new Lane(task.job(), name));
    if (isLimited(task.key())) {
      key(task.key()).lanes.add(lane);
    }
    change(lane, () -> lane.tasks.add(task));
    size++;
    alone += lane.alone ? 1 : 0;
  }

  /** A task waits no more. */
  void remove(Task task) {
    LaneName name = LaneName.of(task);
    Lane lane = Objects.requireNonNull(lanes.get(name), "the lane of a task that waits");
    change(lane, () -> lane.tasks.remove(task));
    size--;
    alone -= lane.alone ? 1 : 0;
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
    LaneName first = new LaneName(job.number(), "", false);
    LaneName behind = new LaneName(job.number() + 1, "", false);
    lanes.subMap(first, behind).values().forEach(this::settleWithKey);
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
      opened(lane).remove(lane);
      lane.isOpen = false;
    }
    how.run();
    settleWithKey(lane);
  }

  /** Of a key, those behind a task that is to be run alone depend on that. */
  private void settleWithKey(Lane lane) {
    settle(lane);
    if (lane.alone && isLimited(lane.key)) {
      key(lane.key).lanes.forEach(this::settle);
    }
  }

  private void settle(Lane lane) {
    boolean mayRun = mayRun(lane);
    if (mayRun && !lane.isOpen) {
      opened(lane).add(lane);
    } else if (!mayRun && lane.isOpen) {
      opened(lane).remove(lane);
    }
    lane.isOpen = mayRun;
  }

  private TreeSet<Lane> opened(Lane lane) {
    return lane.alone ? openAlone : open;
  }

  /**
   * Whether a task of a lane may be run. A key keeps a place for one that is to be run alone: it
   * would wait for ever where others of its key took each that is free.
   */
  private boolean mayRun(Lane lane) {
    if (lane.tasks.isEmpty() || !lane.job.handsOut()) {
      return false;
    }
    Key key = isLimited(lane.key) ? keys.get(lane.key) : null;
    return key == null || key.running + (isBehindAlone(lane, key) ? 1 : 0) < runsPerKey;
  }

  private static boolean isBehindAlone(Lane lane, Key key) {
    return !lane.alone
        && key.lanes.stream()
            .filter(other -> other.alone && !other.tasks.isEmpty() && other.job.handsOut())
            .anyMatch(other -> Task.ORDER.compare(other.tasks.first(), lane.tasks.first()) < 0);
  }

  void check() {
    int tasks = 0;
    int toRunAlone = 0;
    for (Lane lane : lanes.values()) {
      tasks += lane.tasks.size();
      toRunAlone += lane.alone ? lane.tasks.size() : 0;
      World.require(mayRun(lane) == lane.isOpen, "a lane is open just if it may have a task run");
      World.require(lane.isOpen == opened(lane).contains(lane), "open lanes are found");
      World.require(
          !isLimited(lane.key) || key(lane.key).lanes.contains(lane), "a key knows its lanes");
    }
    World.require(tasks == size, "a line knows how many tasks wait");
    World.require(toRunAlone == alone, "a line knows how many are to be run alone");
  }
}
