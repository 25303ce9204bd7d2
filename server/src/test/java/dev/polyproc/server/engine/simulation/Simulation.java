package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.EngineFixture.Onlooker;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Replay;
import dev.polyproc.server.engine.simulation.ModelCall.Expected;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One run: random calls, events and time, told to the engine and to the model, which must agree
 * after every entry.
 */
final class Simulation {
  /** Small enough that every bound is hit. */
  static final Limits LIMITS =
      EngineFixture.LIMITS.toBuilder()
          .setSessions(6)
          .setWaiters(12)
          .setQueueItems(50)
          .setWindowCalls(30)
          .setPageSize(1_000)
          .setValueDepth(ModelValues.DEEPEST)
          .setListItems(40)
          .setArrayBytes(160)
          .setSharedMemoryBytes(3 * 4_096)
          .setProcesses(3)
          .setEndedProcesses(2)
          .setSortItems(30)
          .setSortBytes(400)
          .build();

  private static final int SNAPSHOTS = 4;
  private static final int INSPECTIONS = 12;
  private static final int REBUILDS = 4;
  private static final int RESTARTS = 3;

  /** So small that most of what has an end ends in pieces. */
  private static final int MOST_IN_PIECE = 7;

  private static final int ALL_AT_ONCE = 1_000_000;
  private static final int REBUILDS_BETWEEN = 40;
  private static final int SNAPSHOTS_BETWEEN = 30;
  private static final int CALLS_BETWEEN = 4;

  private final Random random;
  private final EngineFixture world;
  private final Model model = new Model(LIMITS);
  private final Answers answers = new Answers();
  private final NodeEffects effects;
  private final Callers callers;
  private final Set<String> corners = new TreeSet<>();
  private final List<Replay.Snapshot> snapshots = new ArrayList<>();
  private final List<Expected> told = new ArrayList<>();
  private @Nullable NodeEvent observed;
  private boolean isTold;
  private boolean isLeaving;

  Simulation(long seed) {
    random = new Random(seed);
    boolean inPieces = seed % 2 == 0;
    int piece = inPieces ? 1 + (int) (seed / 2 % MOST_IN_PIECE) : ALL_AT_ONCE;
    world = new EngineFixture(EngineFixture.bootAtZero(LIMITS), Care.INVARIANTS, piece);
    effects = new NodeEffects(world, model);
    if (inPieces) {
      Random chance = new Random(seed);
      world.settleAlways(onlooker(chance));
    }
    callers = new Callers(random, world, model, !inPieces);
  }

  /** Entries do only a part of their work, and then others call. */
  private Onlooker onlooker(Random chance) {
    return new Onlooker() {
      @Override
      public void applied(@Nullable Pending<?> call) {
        if (call != null) {
          tell(call);
        } else if (observed != null) {
          model.observe(world.now(), observed);
          isTold = true;
        }
      }

      @Override
      public void betweenPieces() {
        beAnotherEngine(chance);
        if (isTold && !isLeaving && chance.nextInt(CALLS_BETWEEN) == 0) {
          Pending<?> call =
              callers.bystander(world.names().equals(List.copyOf(model.objects.keySet())));
          tell(call);
          callers.told(call);
          corners.add("a call between pieces");
        }
      }
    };
  }

  /** The engine goes on from a snapshot of a state in which work is left. */
  private void beAnotherEngine(Random chance) {
    if (chance.nextInt(REBUILDS_BETWEEN) == 0) {
      if (chance.nextInt(SNAPSHOTS_BETWEEN) == 0) {
        snapshots.add(world.replay().snapshot(world.engine()));
      }
      world.rebuild();
    }
  }

  /** Runs so many entries, and then everything that can be checked afterwards. */
  void run(int entries) {
    snapshots.add(world.replay().beginning());
    while (world.replay().size() < entries) {
      passTime();
      if (random.nextInt(100) < 6) {
        observe(callers.event(world.replay().size() > entries * 9 / 10));
      } else {
        call();
      }
      if (random.nextInt(entries) < SNAPSHOTS) {
        snapshots.add(world.replay().snapshot(world.engine()));
      }
      if (random.nextInt(entries) < REBUILDS) {
        world.rebuild();
      }
      if (random.nextInt(entries) < RESTARTS) {
        restart();
      }
      if (random.nextInt(entries) < INSPECTIONS) {
        inspect();
      }
    }
    inspect();
    snapshots.add(world.replay().snapshot(world.engine()));
    if (random.nextInt(8) > 0) {
      observe(NodeEvent.newBuilder().setDrain(Drain.getDefaultInstance()).build());
    }
    leaveNothing();
    compareReplays();
  }

  /** After all that is due has happened. */
  private void inspect() {
    observe(NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build());
    new Inspection(world, model).compare();
  }

  private void passTime() {
    long due = world.engine().nextDeadline();
    switch (random.nextInt(40)) {
      case 0 -> world.stall(Duration.ofMillis(random.nextInt(8_000)));
      case 1, 2 -> {
        if (due != Long.MAX_VALUE) {
          // A nanosecond before, at, or after the time at which something is due.
          world.stall(Duration.ofNanos(Math.max(0, due - world.now() + random.nextInt(3) - 1)));
        }
      }
      case 3, 4, 5, 6, 7, 8 -> world.stall(Duration.ofMillis(random.nextInt(200)));
      default -> {
        // No time passes between most calls.
      }
    }
  }

  /** Has the model do the call, unless it has. */
  private void tell(Pending<?> call) {
    if (told.stream().noneMatch(expected -> expected.call == call)) {
      Expected expected = model.call(world.now(), call);
      told.add(expected);
      if (expected.done && !call.isWaiting()) {
        answers.compare(expected); // The next calls between pieces use its numbers.
      }
    }
    isTold = true;
  }

  /** Another entry comes; the model hears of it when it was applied, before the rest is done. */
  private void begin() {
    answers.begin();
    isTold = false;
  }

  /** All that the entry leaves is done. */
  private void end() {
    told.forEach(expected -> expected.since = world.replay().size());
    told.clear();
    isTold = false;
  }

  private void call() {
    begin();
    Pending<?> call = callers.call();
    tell(call);
    end();
    compareEffects();
    compare();
    callers.told(call);
  }

  private void observe(NodeEvent event) {
    begin();
    observed = event;
    world.observe(event);
    observed = null;
    if (!isTold) {
      model.observe(world.now(), event);
    }
    end();
    compareEffects();
    compare();
  }

  private void restart() {
    begin();
    world.restart();
    callers.restarted();
    List<Pending<?>> repeats = new ArrayList<>();
    List<Pending<?>> waited = model.restart(world.now());
    compareEffects();
    for (Pending<?> call : waited) {
      Pending<?> again = world.repeat(call);
      repeats.add(again);
      tell(again);
      end();
      callers.told(again);
      compareEffects();
    }
    model.met("a restart");
    compare();
    // Who said that it has a reply that it could not have is never told it.
    repeats.stream()
        .filter(Pending::isRefused)
        .filter(again -> again.reason() == ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN)
        .forEach(again -> end(again.envelope().getSession(), "confused"));
  }

  private void compareEffects() {
    try {
      effects.compare();
    } catch (AssertionError e) {
      throw new AssertionError("At entry " + world.replay().size() + ": " + e.getMessage(), e);
    }
  }

  private void compare() {
    if (world.objects() != model.objects.size()) {
      throw new AssertionError(
          "At entry "
              + world.replay().size()
              + ": Expected "
              + model.objects.keySet()
              + ", but there are "
              + world.objects());
    }
    for (Iterator<Expected> i = model.expected().iterator(); i.hasNext(); ) {
      Expected expected = i.next();
      try {
        answers.compare(expected);
      } catch (AssertionError e) {
        throw new AssertionError(
            "At entry "
                + world.replay().size()
                + ", "
                + model.method(expected)
                + ": "
                + e.getMessage(),
            e);
      }
      if (expected.done) {
        corners.add(corner(expected));

        i.remove();
      }
    }
  }

  private String corner(Expected expected) {
    Outcome last = expected.outcomes.get(expected.outcomes.size() - 1);
    return model.method(expected)
        + (last.reason() == null ? " answered" : " refused " + last.reason())
        + (expected.since < world.replay().size() ? " later" : "");
  }

  /** Which ends of which methods were seen, and what else. */
  Set<String> corners() {
    corners.addAll(model.corners());
    return corners;
  }

  /** Everybody goes, and everything is deleted: nothing may be left. */
  private void leaveNothing() {
    isLeaving = true;
    for (String session : List.copyOf(model.sessions.keySet())) {
      end(session, "the end");
    }
    for (String object : List.copyOf(model.objects.keySet())) {
      begin();
      tell(world.anonymous().delete(object));
      end();
      compareEffects();
      compare();
    }
    if (!world.isEmpty()) {
      throw new AssertionError(
          "Expected nothing to be left, but " + world.storedBytes() + " bytes are stored");
    }
    snapshots.add(world.replay().snapshot(world.engine()));
  }

  private void end(String session, String cause) {
    observe(
        NodeEvent.newBuilder()
            .setSessionEnd(SessionEnd.newBuilder().addSessions(session).setCause(cause))
            .build());
  }

  /** From the beginning, and from a snapshot on the way, the entries lead to the same states. */
  private void compareReplays() {
    int way = 1 + random.nextInt(snapshots.size() - 1);
    for (int from : new int[] {0, way}) {
      List<Replay.Snapshot> expected = snapshots.subList(from, snapshots.size());
      List<Replay.Snapshot> actual = world.replay().through(expected);
      for (int i = 0; i < expected.size(); i++) {
        requireSame(expected.get(i), actual.get(i));
      }
    }
  }

  private static void requireSame(Replay.Snapshot expected, Replay.Snapshot actual) {
    if (!Replay.hash(expected).equals(Replay.hash(actual))) {
      throw new AssertionError(
          "Expected a replay to lead to the same state after "
              + expected.entries()
              + " entries, but it is another:\n"
              + Replay.difference(expected, actual));
    }
  }
}
