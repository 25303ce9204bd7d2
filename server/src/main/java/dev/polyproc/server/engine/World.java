package dev.polyproc.server.engine;

import dev.polyproc.v1.Limits;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All there is. Handlers change the state through it. */
public final class World {
  private Limits limits;
  private final Clock clock;
  private final Timers timers = new Timers();
  private final Budget budget;
  private final Directory objects;
  private final References references;
  private final Sessions sessions;
  private final WaitingCalls waiting;
  private final Outgoing outgoing;
  private @Nullable Set<ManagedObject> unsettled;

  World(Limits limits, long started) {
    this.limits = limits;
    this.clock = new Clock(limits, started);
    this.budget = new Budget(limits);
    this.objects = new Directory(this);
    this.references = new References(this);
    this.sessions = new Sessions(this);
    this.waiting = new WaitingCalls(this);
    this.outgoing = new Outgoing(references);
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
  void limits(Limits changed) {
    limits = changed;
    clock.limits(changed);
    budget.limits(changed);
  }

  public Clock clock() {
    return clock;
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

  public Sessions sessions() {
    return sessions;
  }

  public WaitingCalls waiting() {
    return waiting;
  }

  public Outgoing outgoing() {
    return outgoing;
  }

  /**
   * Lets an object serve whoever can be served: at once, or, while several things end together,
   * when all of them have, so that what they give back is handed out in its own order and not to
   * one of them.
   */
  public void advance(ManagedObject object) {
    if (unsettled == null) {
      object.advance();
    } else {
      unsettled.add(object);
    }
  }

  /** Makes a change of which several things end; in the midst of another one, as a part of that. */
  void together(Runnable change) {
    if (unsettled != null) {
      change.run();
      return;
    }
    Set<ManagedObject> changed = new LinkedHashSet<>();
    unsettled = changed;
    change.run();
    unsettled = null;
    changed.stream().filter(object -> !object.isDeleted()).forEach(ManagedObject::advance);
  }

  void check() {
    sessions.check();
    objects.check();
    require(budget.used() >= 0, "the stored bytes are not negative");
    references.check();
  }
}
