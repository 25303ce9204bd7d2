package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Outgoing;
import dev.polyproc.server.engine.call.WaitingCalls;
import dev.polyproc.server.engine.space.Budget;
import dev.polyproc.server.engine.time.Clock;
import dev.polyproc.server.engine.time.Durations;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Turn;
import dev.polyproc.v1.Limits;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state that all objects share: each other, who waits for them, time, limits and budget. */
public final class World {
  private Limits limits;
  private final Clock clock;
  private final Durations durations;
  private final Timers timers = new Timers();
  private final Budget budget;
  private final Directory objects;
  private final References references;
  private final WaitingCalls waiting;
  private final Outgoing outgoing;
  private final Turn turn;
  private final Remains remains;

  /** Those that are to serve whoever can be served, once what is under way is done. */
  private final Set<ManagedObject> unsettled = new LinkedHashSet<>();

  private boolean changing;
  private boolean settling;
  private Remains.@Nullable Ended ending;

  public World(Limits limits, long started, int piece) {
    this.turn = new Turn(piece);
    this.remains = new Remains(turn);
    this.limits = limits;
    this.clock = new Clock(started);
    this.durations = new Durations(limits);
    this.budget = new Budget(limits);
    this.objects = new Directory(this);
    this.references = new References(this);
    this.outgoing = new Outgoing(references::handOut);
    this.waiting = new WaitingCalls(limits, clock, timers, turn, budget, outgoing);
  }

  /** Fails when an invariant does not hold: a bug of ours. */
  public static void require(boolean condition, String invariant) {
    if (!condition) {
      throw new IllegalStateException("Expected that " + invariant);
    }
  }

  public Limits limits() {
    return limits;
  }

  /** Other limits hold from now on: what is there beyond them stays. */
  public void limits(Limits changed) {
    limits = changed;
    durations.limits(changed);
    budget.limits(changed);
    waiting.limits(changed);
  }

  public Clock clock() {
    return clock;
  }

  /** How long what requests ask for may last. */
  public Durations durations() {
    return durations;
  }

  public Timers timers() {
    return timers;
  }

  public Budget budget() {
    return budget;
  }

  public Directory objects() {
    return objects;
  }

  /** Who refers to the objects that live only as long as somebody does. */
  public References references() {
    return references;
  }

  public WaitingCalls waiting() {
    return waiting;
  }

  public Outgoing outgoing() {
    return outgoing;
  }

  /** How much of its work the entry does. */
  public Turn turn() {
    return turn;
  }

  /** What has ended and is being given back. */
  public Remains remains() {
    return remains;
  }

  /** Whether earlier entries have left some of their work to later ones. */
  public boolean hasLeft() {
    return !remains.isEmpty() || references.hasUnreferred();
  }

  /** Whether an object may have somebody to serve, and does when all has come back to it. */
  public boolean isAwaited(ManagedObject object) {
    return remains.isAwaitedBy(object);
  }

  /** What comes back from now on does so from a session that has ended; null: from none. */
  public void ending(Remains.@Nullable Ended session) {
    ending = session;
  }

  /** Whether what comes back does so because this session has ended. */
  public boolean isEnding(@Nullable Caller session) {
    return ending != null && session != null && ending.session() == session.number();
  }

  /** Whether a session that has ended gives back now what it had. */
  public boolean isGivingBack() {
    return ending != null;
  }

  /**
   * Whether items that come back to an object do so from a session that has ended, and wait aside
   * until all have: the session's number, or 0.
   */
  public long returning(ManagedObject object) {
    if (ending == null) {
      return 0;
    }
    ending.comesBack(object);
    return ending.session();
  }

  /**
   * Lets an object serve whoever can be served: at once; while several things end together, when
   * all of them have, so that what they give back is handed out in its own order and not to one of
   * them; while something comes back to it from a session that is ending, when all has; and while
   * another object serves somebody, after that one, so that those who wait for one thing after the
   * other may be any number.
   */
  public void advance(ManagedObject object) {
    if (ending != null && ending.awaits(object)) {
      return;
    }
    if (changing || settling) {
      unsettled.add(object);
    } else if (!object.isGone()) {
      settling = true;
      object.advance();
      settle();
    }
  }

  private void settle() {
    settling = true;
    while (!unsettled.isEmpty()) {
      ManagedObject next = unsettled.iterator().next();
      unsettled.remove(next);
      if (!next.isGone()) {
        next.advance();
      }
    }
    settling = false;
  }

  /** Makes a change of which several things end; in the midst of another one, as a part of that. */
  public void together(Runnable change) {
    if (changing) {
      change.run();
      return;
    }
    changing = true;
    change.run();
    changing = false;
    if (!settling) {
      settle();
    }
  }

  public void check() {
    objects.check();
    require(budget.used() >= 0, "the stored bytes are not negative");
    references.check();
  }
}
