package dev.polyproc.server.engine.call;

import dev.polyproc.v1.Ref;
import java.util.List;

/** What calls wait for. */
public interface Waited {
  /** Its number, which no other ever has. */
  long number();

  String name();

  /** What it is, as others may refer to it. */
  Ref ref();

  /** Whether it is gone, or as good as. */
  boolean isGone();

  /** All lines in which calls wait for it, always in the same order. */
  List<Waiters<?>> lines();

  /**
   * Serves whoever can be served: at once, or, while several things end together, when all have.
   */
  void goOn();
}
