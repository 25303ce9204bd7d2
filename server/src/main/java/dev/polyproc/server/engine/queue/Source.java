package dev.polyproc.server.engine.queue;

import dev.polyproc.v1.Ref;
import java.util.List;

/** What items are taken from, and go back to when their client never confirmed that it has them. */
interface Source {
  /** Which object it is. */
  Ref ref();

  /** Whether it is gone, so that nothing can go back. */
  boolean isDeleted();

  /** Brings items back to their places. */
  void untake(List<Item> items);
}
