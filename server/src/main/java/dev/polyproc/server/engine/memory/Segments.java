package dev.polyproc.server.engine.memory;

import dev.polyproc.server.engine.object.LockNotices;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All segments, and how much space they take together. */
final class Segments {
  private final TreeMap<Long, SharedMemory> all = new TreeMap<>();
  private final LockNotices notices;
  private long bytes;

  Segments(LockNotices notices) {
    this.notices = notices;
  }

  /** Tells the next holders of locks of segments whose writers died. */
  LockNotices notices() {
    return notices;
  }

  void add(SharedMemory memory) {
    all.put(memory.number(), memory);
    bytes += memory.space();
  }

  void remove(SharedMemory memory) {
    if (all.remove(memory.number()) != null) {
      bytes -= memory.space();
    }
  }

  /** The segment of an incarnation; null when it is not there any more. */
  @Nullable SharedMemory find(long incarnation) {
    return all.get(incarnation);
  }

  /** In the order in which they were created. */
  Collection<SharedMemory> all() {
    return all.values();
  }

  /** The space of all, in bytes. */
  long bytes() {
    return bytes;
  }
}
