package dev.polyproc.server.supervisor;

import java.util.function.IntConsumer;

/** Waits for many file descriptors at once. Level-triggered; for one thread. */
interface Poller extends AutoCloseable {
  /** What to wait for; an error or the other side's end is told in any case. */
  enum Interest {
    READ,
    WRITE,
    END
  }

  static Poller open(Platform platform) throws StartFailure {
    return platform == Platform.LINUX ? new EpollPoller() : new PollPoller();
  }

  void add(int descriptor, Interest interest);

  /** To be called before the descriptor is closed. */
  void remove(int descriptor);

  /** Waits for so many milliseconds at most, -1 for ever, and hands on which are ready. */
  void await(int millis, IntConsumer ready);

  @Override
  void close();
}
