package dev.polyproc.server.engine.queue;

import dev.polyproc.v1.Ref;
import java.util.List;

/** What items are taken from, and go back to when their client never confirmed that it has them. */
interface Source {
  /** Which object it is. */
  Ref ref();

  /** Whether it is gone, so that nothing can go back. */
  boolean isDeleted();

  /** Puts items back in their places, that were counted for a session; 0: for none. */
  void putBack(List<Item> items, long counted);

  /** The same as if they had not been taken: nobody has seen them. */
  void release(List<Item> items, long counted);
}
