package dev.polyproc.server.supervisor;

import com.sun.jna.Memory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/** poll: the same everywhere, but its cost grows with the number of descriptors. */
final class PollPoller implements Poller {
  private static final short POLLIN = 1;
  private static final short POLLOUT = 4;

  // struct pollfd { int fd; short events; short revents; }
  private static final int ENTRY_SIZE = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;

  private final Map<Integer, Interest> interests = new LinkedHashMap<>();
  private Memory entries = Libc.memory(64 * ENTRY_SIZE);

  @Override
  public void add(int descriptor, Interest interest) {
    interests.put(descriptor, interest);
  }

  @Override
  public void remove(int descriptor) {
    interests.remove(descriptor);
  }

  @Override
  public void await(int millis, IntConsumer ready) {
    int count = fill();
    int found = Libc.poll(entries, count, millis);
    if (found < 0) {
      Libc.requireInterrupted("to wait for descriptors");
    }
    if (found <= 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      long entry = (long) i * ENTRY_SIZE;
      if (entries.getShort(entry + REVENTS) != 0) {
        ready.accept(entries.getInt(entry));
      }
    }
  }

  private int fill() {
    if (entries.size() < (long) interests.size() * ENTRY_SIZE) {
      entries.close();
      entries = Libc.memory(interests.size() * 2L * ENTRY_SIZE);
    }
    int count = 0;
    for (Map.Entry<Integer, Interest> interest : interests.entrySet()) {
      long entry = (long) count++ * ENTRY_SIZE;
      entries.setInt(entry, interest.getKey());
      entries.setShort(entry + EVENTS, events(interest.getValue()));
      entries.setShort(entry + REVENTS, (short) 0);
    }
    return count;
  }

  private static short events(Interest interest) {
    return switch (interest) {
      case READ -> POLLIN;
      case WRITE -> POLLOUT;
      case END -> 0;
    };
  }

  @Override
  public void close() {
    entries.close();
  }
}
