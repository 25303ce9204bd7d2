package dev.polyproc.server.engine.object;

/** Tells of deaths by the locks that guard something, whose next holders are to know. */
public interface OwnerDeaths {
  /**
   * Somebody died who changed what a lock guards, and may not have held it: its next holder is told
   * that the one before died.
   *
   * @param lock its name; one that is not there is made, as one that lives while it is used
   */
  void tellBy(String lock);

  /** What a lock guards is gone, and nothing else is guarded by it: nobody is told any more. */
  void tellNobodyBy(String lock);
}
