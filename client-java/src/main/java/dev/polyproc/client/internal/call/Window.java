package dev.polyproc.client.internal.call;

import dev.polyproc.v1.SequenceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a session that were sent and have no reply yet, by number, and with them what the
 * client can confirm. The event loop's own.
 *
 * <p>Most calls are answered nearly in order: they live in a ring from {@code head}, the oldest
 * without a reply, to {@code next}, the next number to give. A call that waits long would hold the
 * ring up, and is set aside among the stragglers; all other replies below {@code head} have come.
 *
 * <pre>
 *   1 ....... straggler ....... straggler ....... head x . x x . . next
 * </pre>
 */
public final class Window {
  private static final int FIRST_CAPACITY = 1024;

  private final int limit;
  private final TreeMap<Long, PendingCall<?>> stragglers = new TreeMap<>();
  private final List<Long> answeredStragglers = new ArrayList<>();
  private @Nullable PendingCall<?>[] ring = new PendingCall<?>[FIRST_CAPACITY];
  private long head = 1;
  private long next = 1;
  private int answeredInRing;

  /** Below it all replies are confirmed on this attachment, but for those of stragglers. */
  private long announced = 1;

  /**
   * @param limit how many numbers the ring spans before its oldest calls are set aside
   */
  Window(int limit) {
    this.limit = limit;
  }

  /** How many calls have no reply. */
  int size() {
    return stragglers.size() + (int) (next - head) - answeredInRing;
  }

  /** Gives the call its number and keeps it until its reply. */
  void add(PendingCall<?> call) {
    if (next - head == ring.length) {
      if (ring.length < limit) {
        grow();
      } else {
        setAsideOldest();
      }
    }
    call.sequence = next;
    ring[slot(next)] = call;
    next++;
  }

  /** The call of a number that has no reply; null when there is none. */
  @Nullable PendingCall<?> get(long sequence) {
    if (sequence < head) {
      return stragglers.get(sequence);
    }
    return sequence < next ? ring[slot(sequence)] : null;
  }

  /** Takes the call whose reply has come; null when there is none of that number. */
  @Nullable PendingCall<?> remove(long sequence) {
    if (sequence < head) {
      PendingCall<?> call = stragglers.remove(sequence);
      if (call != null) {
        answeredStragglers.add(sequence);
      }
      return call;
    }
    if (sequence >= next) {
      return null;
    }
    PendingCall<?> call = ring[slot(sequence)];
    if (call != null) {
      ring[slot(sequence)] = null;
      answeredInRing++;
      skipAnswered();
    }
    return call;
  }

  /** How many replies cannot be confirmed because an older call is still in the ring. */
  int heldUp() {
    return answeredInRing;
  }

  /** Sets calls aside until every reply that has come can be confirmed. */
  void settle() {
    while (answeredInRing > 0) {
      setAsideOldest();
    }
  }

  /** Below this number all replies have come. */
  long receivedBelow() {
    return stragglers.isEmpty() ? head : stragglers.firstKey();
  }

  /** The replies above {@link #receivedBelow} that came since this was last asked. */
  List<SequenceRange> newlyReceived() {
    List<SequenceRange> ranges = new ArrayList<>();
    long below = receivedBelow();
    for (long sequence : answeredStragglers) {
      if (sequence > below && sequence < announced) {
        addRange(ranges, sequence, sequence);
      }
    }
    answeredStragglers.clear();
    long from = Math.max(announced, below);
    if (!stragglers.isEmpty()) {
      for (long straggler : stragglers.tailMap(from).keySet()) {
        addRange(ranges, from, straggler - 1);
        from = straggler + 1;
      }
      addRange(ranges, from, head - 1);
    }
    announced = head;
    return ranges;
  }

  /** A new attachment has been told nothing yet. */
  void reattached() {
    announced = 0;
  }

  /** Shows all calls without a reply, in the order of their numbers. */
  void forEach(Consumer<PendingCall<?>> visitor) {
    stragglers.values().forEach(visitor);
    for (long sequence = head; sequence < next; sequence++) {
      PendingCall<?> call = ring[slot(sequence)];
      if (call != null) {
        visitor.accept(call);
      }
    }
  }

  private int slot(long sequence) {
    return (int) sequence & (ring.length - 1);
  }

  private void setAsideOldest() {
    PendingCall<?> oldest = ring[slot(head)];
    if (oldest != null) { // always so: the head has no reply
      ring[slot(head)] = null;
      stragglers.put(head, oldest);
    }
    head++;
    skipAnswered();
  }

  private void skipAnswered() {
    while (head < next && ring[slot(head)] == null) {
      head++;
      answeredInRing--;
    }
  }

  private void grow() {
    @Nullable PendingCall<?>[] old = ring;
    int mask = old.length - 1;
    ring = new PendingCall<?>[2 * old.length];
    for (long sequence = head; sequence < next; sequence++) {
      ring[slot(sequence)] = old[(int) sequence & mask];
    }
  }

  private static void addRange(List<SequenceRange> ranges, long first, long last) {
    if (first <= last) {
      ranges.add(SequenceRange.newBuilder().setFirst(first).setLast(last).build());
    }
  }
}
