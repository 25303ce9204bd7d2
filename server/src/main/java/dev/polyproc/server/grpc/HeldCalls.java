package dev.polyproc.server.grpc;

import dev.polyproc.v1.Call;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;

/**
 * The calls of a stream that have arrived and were not applied, in the order in which they were
 * sent. They share the bytes of their frames, which are charged until the last call of a frame is
 * applied.
 *
 * <p>Used on its connection's event loop only.
 */
final class HeldCalls {
  /** What a call takes beside its bytes. */
  private static final long CALL_BYTES = 128;

  private final Arrivals arrivals;
  private final Connection connection;
  private final Queue<Frame> frames = new ArrayDeque<>();
  private final Deque<Call> back = new ArrayDeque<>();
  private int size;
  private long bytes;
  private long taken;

  /** What is left of a frame. */
  private record Frame(Iterator<Call> calls, long bytes) {}

  HeldCalls(Arrivals arrivals, Connection connection) {
    this.arrivals = arrivals;
    this.connection = connection;
  }

  /** Adds the calls of a frame that has so many bytes. */
  void add(List<Call> calls, long frameBytes) {
    if (!calls.isEmpty()) {
      long charge = frameBytes + CALL_BYTES * calls.size();
      frames.add(new Frame(calls.iterator(), charge));
      size += calls.size();
      bytes += charge;
      arrivals.take(connection, charge);
    }
  }

  boolean hasNext() {
    return size > 0;
  }

  /** Takes the oldest call; there must be one. */
  Call next() {
    size--;
    Call again = back.poll();
    if (again != null) {
      return again;
    }
    Frame frame = frames.element();
    Call call = frame.calls().next();
    if (!frame.calls().hasNext()) {
      frames.remove();
      taken += frame.bytes();
    }
    return call;
  }

  /** Of all the calls that were taken, these could not be applied; the others were. */
  void putBack(List<Call> calls) {
    size += calls.size();
    for (int i = calls.size() - 1; i >= 0; i--) {
      back.addFirst(calls.get(i));
    }
    if (back.isEmpty() && taken > 0) {
      giveBack(taken);
      taken = 0;
    }
  }

  /** How many there are. */
  int size() {
    return size;
  }

  /** What they take, in bytes. */
  long bytes() {
    return bytes;
  }

  void clear() {
    frames.clear();
    back.clear();
    size = 0;
    taken = 0;
    giveBack(bytes);
  }

  private void giveBack(long less) {
    bytes -= less;
    arrivals.giveBack(connection, less);
  }
}
