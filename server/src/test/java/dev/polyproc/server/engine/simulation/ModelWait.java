package dev.polyproc.server.engine.simulation;

/** What a Wait is about: at its condition, and later in the line of the lock. */
final class ModelWait {
  final ModelCondition condition;

  /** How often it held the lock. */
  final int holds;

  boolean notified;

  ModelWait(ModelCondition condition, int holds) {
    this.condition = condition;
    this.holds = holds;
  }

  void leftUnanswered() {
    if (notified) {
      condition.model.met("a waiter that ended passed its notification on");
      condition.passOn();
    }
  }
}
