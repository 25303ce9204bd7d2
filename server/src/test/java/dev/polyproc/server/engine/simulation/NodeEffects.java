package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.call.ProcessEffects;
import dev.polyproc.server.engine.call.SegmentEffects;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares what the node was asked to do with processes and segments of shared memory, and teaches
 * the model their numbers.
 */
final class NodeEffects implements Effects {
  private final EngineFixture world;
  private final Model model;
  private final Processes processes = new Processes();
  private final Segments segments = new Segments();
  private final Map<String, List<String>> asked = new TreeMap<>();
  private int seen;

  NodeEffects(EngineFixture world, Model model) {
    this.world = world;
    this.model = model;
  }

  /**
   * Fails unless the last entry asked for exactly what the model says: of each process and of each
   * segment in the same order.
   */
  void compare() {
    asked.clear();
    List<Effect> all = world.effects();
    for (; seen < all.size(); seen++) {
      all.get(seen).happen(this);
    }
    Map<String, List<String>> expected = model.takeAsked();
    if (!asked.equals(expected)) {
      throw new AssertionError("Expected the node to be asked for " + expected + ", not " + asked);
    }
  }

  private void asked(String object, String what) {
    asked.computeIfAbsent(object, o -> new ArrayList<>()).add(what);
  }

  /** How a segment is asked for. */
  static String making(ElementType type, long length, long bytes) {
    return "make " + type + " " + length + " " + bytes + " bytes";
  }

  /** Its silence is not of the model, which has a session end when the node says so. */
  @Override
  public void sessionOpened(String session, long timeToLive) {}

  /** Its streams are not of the model. */
  @Override
  public void sessionEnded(String session, Refusal cause) {}

  @Override
  public ProcessEffects processes() {
    return processes;
  }

  @Override
  public SegmentEffects segments() {
    return segments;
  }

  /** By their names. */
  private final class Processes implements ProcessEffects {
    private final Map<Long, String> names = new HashMap<>();

    @Override
    public void start(long process, String name, ProcessStartRequest request, String credential) {
      names.put(process, name);
      if (model.objects.get(name) instanceof ModelProcess started) {
        started.incarnation.learn(process);
      }
      asked(name, "start");
    }

    @Override
    public void signal(long process, int signal) {
      asked(names.getOrDefault(process, "one never started"), "signal " + signal);
    }

    @Override
    public void forget(long process) {
      asked(names.getOrDefault(process, "one never started"), "forget");
    }
  }

  /** By their files. */
  private final class Segments implements SegmentEffects {
    private final Map<Long, String> files = new HashMap<>();

    @Override
    public void make(long memory, String file, ElementType type, long length, long bytes) {
      files.put(memory, file);
      model.memory().segments().stream()
          .filter(segment -> segment.file.equals(file))
          .forEach(segment -> segment.incarnation.learn(memory));
      asked(file, making(type, length, bytes));
    }

    @Override
    public void mark(long memory, int writersDied) {
      asked(files.getOrDefault(memory, "one never made"), "mark " + writersDied);
    }

    @Override
    public void remove(long memory) {
      asked(files.getOrDefault(memory, "one never made"), "remove");
    }
  }
}
