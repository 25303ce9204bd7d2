package dev.polyproc.client.internal.call;

import dev.polyproc.client.internal.wire.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The calls that wait to be sent: those that callers make, in the order of their coming, before
 * them what goes first, the calls to be repeated and the session's own, and behind all that can be
 * sent the session's last.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #add} and both {@code fail} may be called by any thread; all else is the event
 *       loop's.
 *   <li>Whenever a call waits and the event loop does not know, an {@link #add} tells its caller to
 *       wake it.
 * </ul>
 */
public final class Outgoing {
  private static final int FEW = 64;

  private final Queue<PendingCall<?>> queue = new ConcurrentLinkedQueue<>();

  /** How many calls were added and not taken; may be lower for a moment, while one is added. */
  private final AtomicInteger queued = new AtomicInteger();

  /** How many calls among those added were taken back. The event loop's own. */
  private int takenBack;

  private final Deque<PendingCall<?>> first = new ArrayDeque<>();
  private final Deque<PendingCall<?>> last = new ArrayDeque<>();
  private final Admission admission;
  private final Window window;
  private final long mostBytes;

  /**
   * @param window gives the calls their numbers and keeps them until their replies
   * @param mostBytes the largest frame that the daemon takes
   */
  Outgoing(Admission admission, Window window, long mostBytes) {
    this.admission = admission;
    this.window = window;
    this.mostBytes = mostBytes;
  }

  /** Adds a call that was admitted; answers whether the event loop must be woken. */
  boolean add(PendingCall<?> call) {
    queue.add(call);
    return queued.getAndIncrement() == 0;
  }

  /** Adds a call that goes before all that callers make. */
  void addFirst(PendingCall<?> call) {
    first.add(call);
  }

  /**
   * A call that was added is over before it was sent: it makes room at once. Of such calls no more
   * are kept than of others.
   */
  void takeBack(PendingCall<?> call) {
    admission.leave(call.cost);
    takenBack++;
    if (takenBack > FEW && 2 * takenBack > queued.get()) {
      int before = takenBack;
      queue.removeIf(this::forget);
      queued.addAndGet(takenBack - before);
    }
  }

  private boolean forget(PendingCall<?> call) {
    boolean over = call.isOver();
    takenBack -= over ? 1 : 0;
    return over;
  }

  /**
   * Adds a call that goes behind all that callers made, as far as there is room for them: those
   * that would have to wait for the replies of others are passed.
   */
  void addLast(PendingCall<?> call) {
    last.add(call);
  }

  /** How many calls of callers are kept, those that were taken back among them. */
  int unsent() {
    return queued.get();
  }

  boolean isEmpty() {
    return first.isEmpty() && queue.isEmpty() && last.isEmpty();
  }

  /** Has everything without a reply sent again, in order, before anything new. */
  void repeatAll() {
    Deque<PendingCall<?>> unsent = new ArrayDeque<>(first);
    unsent.removeIf(call -> call.sequence != 0);
    first.clear();
    window.forEach(first::add);
    first.addAll(unsent);
  }

  /** The next frame, with as many calls as there are, go into it and the window has room for. */
  Frame next() {
    Frame frame = new Frame(mostBytes);
    while (!first.isEmpty() && frame.hasRoomFor(first.getFirst().body.length)) {
      PendingCall<?> call = first.removeFirst();
      if (call.sequence == 0) {
        window.add(call);
      } else if (call.isOver()) {
        continue; // its reply came before it could be repeated
      }
      frame.add(call);
    }
    if (first.isEmpty()) {
      fillFromQueue(frame);
      addLastTo(frame);
    }
    return frame;
  }

  /** Calls that wait for long may fill the window, and what few are the client's own pass them. */
  private boolean hasRoomFor(PendingCall<?> call) {
    return !isWindowFull() || (call.own && window.size() < admission.limit() * 3 / 2);
  }

  private boolean isWindowFull() {
    return window.size() >= admission.limit();
  }

  private void fillFromQueue(Frame frame) {
    int taken = 0;
    while (true) {
      PendingCall<?> next = queue.peek();
      if (next == null || !hasRoomFor(next) || !frame.hasRoomFor(next.body.length)) {
        break;
      }
      PendingCall<?> call = queue.poll();
      if (call == null) { // another thread fails its own
        break;
      }
      taken++;
      if (call.isOver()) { // taken back before it was sent
        takenBack--;
      } else {
        window.add(call);
        frame.add(call);
      }
    }
    queued.addAndGet(-taken);
  }

  private void addLastTo(Frame frame) {
    while (!last.isEmpty()
        && (queue.isEmpty() || isWindowFull())
        && frame.hasRoomFor(last.getFirst().body.length)) {
      PendingCall<?> call = last.removeFirst();
      window.add(call);
      frame.add(call);
    }
  }

  /** Fails what goes first or last and was not sent. */
  void failOwn(Ending how) {
    last.forEach(call -> call.fail(how.failure(false)));
    last.clear();
    for (PendingCall<?> call : first) {
      if (call.sequence == 0) {
        call.fail(how.failure(false));
      }
    }
    first.clear();
  }

  /** Fails a call, if it still waits to be sent. */
  void fail(PendingCall<?> call, Ending how) {
    if (queue.remove(call)) {
      queued.getAndDecrement();
      call.fail(how.failure(false));
    }
  }

  /** Fails all calls that callers made and that were not sent. */
  void fail(Ending how) {
    for (PendingCall<?> call = queue.poll(); call != null; call = queue.poll()) {
      queued.getAndDecrement();
      call.fail(how.failure(false));
    }
  }
}
