package dev.polyproc.server.supervisor;

import com.sun.jna.Memory;
import java.util.function.IntConsumer;

/** epoll: costs nothing for the many that are quiet. */
final class EpollPoller implements Poller {
  private static final int EPOLLIN = 1;
  private static final int EPOLLOUT = 4;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int MAX_EVENTS = 256;

  // struct epoll_event { uint32_t events; uint64_t data; } is packed on x86-64, and only there.
  private static final int DATA = Platform.X86 ? 4 : 8;
  private static final int EVENT_SIZE = DATA + 8;

  private final int epoll;
  private final Memory event = Libc.memory(EVENT_SIZE);
  private final Memory events = Libc.memory((long) EVENT_SIZE * MAX_EVENTS);

  EpollPoller() throws StartFailure {
    epoll = Linux.epoll_create1(O_CLOEXEC);
    if (epoll < 0) {
      throw StartFailure.ofTheSystem("Expected an epoll, but " + Libc.describe(Libc.error()));
    }
  }

  @Override
  public void add(int descriptor, Interest interest) {
    event.setInt(0, events(interest));
    event.setLong(DATA, descriptor);
    if (Linux.epoll_ctl(epoll, ADD, descriptor, event) != 0) {
      throw new IllegalStateException(
          "Expected to watch a descriptor, but " + Libc.describe(Libc.error()));
    }
  }

  private static int events(Interest interest) {
    return switch (interest) {
      case READ -> EPOLLIN;
      case WRITE -> EPOLLOUT;
      case END -> 0;
    };
  }

  @Override
  public void remove(int descriptor) {
    Linux.epoll_ctl(epoll, DELETE, descriptor, event);
  }

  @Override
  public void await(int millis, IntConsumer ready) {
    int count = Linux.epoll_wait(epoll, events, MAX_EVENTS, millis);
    if (count < 0) {
      Libc.requireInterrupted("to wait for descriptors");
    }
    for (int i = 0; i < count; i++) {
      ready.accept((int) events.getLong((long) i * EVENT_SIZE + DATA));
    }
  }

  @Override
  public void close() {
    Libc.close(epoll);
    event.close();
    events.close();
  }
}
