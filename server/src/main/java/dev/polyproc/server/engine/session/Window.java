package dev.polyproc.server.engine.session;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.internal.v1.SlotState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a session remembers of its commands: those that wait, and those whose replies the client has
 * not confirmed. It is what makes a repeated command count once.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A command is executed at most once, in whatever order and over whatever connection its
 *       copies come.
 *   <li>It holds at most {@code window_calls} commands and, but for the last reply, {@code
 *       window_bytes} bytes of replies. All of them are in the budget.
 * </ul>
 */
public final class Window {
  /** What a remembered command takes beside its reply, and beside what it waits as. */
  public static final long SLOT_BYTES = 160;

  /** So many commands every session may leave unconfirmed, however full the daemon is. */
  private static final int FEW = 16;

  /** What a range of confirmed numbers takes. */
  private static final long RANGE_BYTES = 96;

  private final World world;
  private final Slots slots = new Slots();
  private final SequenceSet received = new SequenceSet();
  private long forgottenBelow;
  private long bytes;
  private long rangeBytes;

  /** A command: it waits, or it is done, or a Cancel came before it. */
  public static final class Slot {
    final long sequence;
    private int method;
    private int fingerprint;
    private @Nullable Parked parked;
    private @Nullable Answer reply;
    private long bytes = SLOT_BYTES;

    Slot(long sequence, int method, int fingerprint) {
      this.sequence = sequence;
      this.method = method;
      this.fingerprint = fingerprint;
    }

    /** The number of its method. */
    int method() {
      return method;
    }

    public @Nullable Parked parked() {
      return parked;
    }

    public @Nullable Answer reply() {
      return reply;
    }

    /** Whether a Cancel came before the command did. */
    public boolean isCancelled() {
      return parked == null && reply == null;
    }
  }

  Window(World world, SessionState state) {
    this.world = world;
    this.forgottenBelow = Math.max(1, state.getForgottenBelow());
    state.getReceivedList().forEach(range -> received.add(range.getFirst(), range.getLast()));
    chargeRanges();
  }

  /** The client has the replies below a number, and those of some later calls. */
  public void confirm(long receivedBelow, List<SequenceRange> ranges) {
    if (receivedBelow > forgottenBelow) {
      slots.remove(forgottenBelow, receivedBelow - 1, this::release);
      forgottenBelow = receivedBelow;
      received.removeBelow(receivedBelow);
      chargeRanges();
    }
    if (!ranges.isEmpty()) {
      confirmAll(ranges);
    }
  }

  /**
   * In about as many steps as there are ranges and slots, however long the ranges are. Those that
   * are too many are passed over: their replies are remembered until all below are confirmed.
   */
  private void confirmAll(List<SequenceRange> ranges) {
    List<SequenceRange> added = new ArrayList<>();
    long numbers = 0;
    for (SequenceRange range : ranges) {
      long first = Math.max(range.getFirst(), forgottenBelow);
      if (range.getLast() >= first && hasRoomForRange()) {
        received.add(first, range.getLast());
        chargeRanges();
        added.add(SequenceRange.newBuilder().setFirst(first).setLast(range.getLast()).build());
        numbers += Math.min(range.getLast() - first, Integer.MAX_VALUE) + 1;
      }
    }
    if (numbers > slots.size()) {
      slots.removeIf(slot -> received.contains(slot.sequence), this::release);
    } else {
      added.forEach(range -> slots.remove(range.getFirst(), range.getLast(), this::release));
    }
  }

  private boolean hasRoomForRange() {
    return received.ranges() < world.limits().getWindowCalls()
        && world.budget().roomBeyond() >= RANGE_BYTES;
  }

  private void chargeRanges() {
    long now = received.ranges() * RANGE_BYTES;
    world.budget().chargeAlways(now - rangeBytes);
    rangeBytes = now;
  }

  private void release(Slot slot) {
    bytes -= slot.bytes;
    world.budget().release(slot.bytes);
  }

  private void put(Slot slot) {
    slots.put(slot);
    bytes += slot.bytes;
    world.budget().chargeAlways(slot.bytes);
  }

  /** Whether so few commands are remembered that one more does not matter. */
  public boolean hasFew() {
    return slots.size() < FEW;
  }

  /** The slot of a command that came before; null when it is new. */
  public @Nullable Slot find(Invocation call) {
    Slot slot = find(call.sequence());
    if (slot != null
        && !slot.isCancelled()
        && (slot.method != call.operation().number() || slot.fingerprint != call.fingerprint())) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_SEQUENCE_REUSED,
          "Expected the same request again under sequence "
              + call.sequence()
              + ", but another one came under it before; number every new command anew");
    }
    return slot;
  }

  /** The slot of a number; null when no command came under it. */
  public @Nullable Slot find(long sequence) {
    if (sequence < forgottenBelow || received.contains(sequence)) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN,
          "Expected a sequence whose reply was not confirmed, but "
              + sequence
              + " was (all below "
              + forgottenBelow
              + " were): it is not done now; take the next number for a new call");
    }
    return slots.get(sequence);
  }

  /** Whether there is no room for one more command. */
  public boolean isFull() {
    return !hasRoomFor(1) || bytes >= world.limits().getWindowBytes();
  }

  /** Whether there is room for so many more commands, whatever their replies. */
  boolean hasRoomFor(int calls) {
    return slots.size() + calls <= world.limits().getWindowCalls();
  }

  /** Whether a command came under this number, confirmed or not. */
  public boolean knows(long sequence) {
    return isForgotten(sequence) || slots.get(sequence) != null;
  }

  public void waiting(Invocation call, Parked parked) {
    if (!isForgotten(call.sequence())) {
      slot(call).parked = parked;
    }
  }

  /** A command that waited has left without a reply: it is as if it had not come. */
  public void forgetWaiting(long sequence) {
    Slot slot = slots.get(sequence);
    if (slot != null && slot.parked != null) {
      slots.remove(sequence);
      release(slot);
    }
  }

  /** Remembers a reply until it is confirmed. */
  public void record(Invocation call, Answer reply) {
    if (isForgotten(call.sequence())) {
      return; // The client said it has the reply, though it could not: it is not told again.
    }
    Slot slot = slot(call);
    slot.method = call.operation().number(); // A Cancel that came before did not know them.
    slot.fingerprint = call.fingerprint();
    slot.parked = null;
    slot.reply = reply;
    long more = call.operation().footprint(reply);
    slot.bytes += more;
    bytes += more;
    world.budget().chargeAlways(more);
  }

  /** A command that was done is answered otherwise from now on: what it was granted is undone. */
  void replace(Slot slot, Operation operation, Answer reply) {
    release(slot);
    slot.reply = reply;
    slot.bytes = SLOT_BYTES + operation.footprint(reply);
    bytes += slot.bytes;
    world.budget().chargeAlways(slot.bytes);
  }

  /** A Cancel came before its command. */
  void markCancelled(long sequence) {
    world.budget().requireBeyond(SLOT_BYTES);
    put(new Slot(sequence, 0, 0));
  }

  /**
   * Forgets all but the grants that were not confirmed and that the session does not hold.
   *
   * @return those, in the order of the calls' numbers
   */
  List<Slot> end() {
    received.clear();
    chargeRanges();
    slots.removeIf(slot -> toBeUndone(slot) == 0, this::release);
    List<Slot> left = slots.inOrder();
    left.forEach(Window::showEnd);
    return left;
  }

  private static void showEnd(Slot slot) {
    Undo undo = slot.reply == null ? null : slot.reply.undo();
    if (undo != null) {
      undo.showEnd();
    }
  }

  /** All that it remembers, in the order of the calls' numbers. */
  List<Slot> all() {
    return slots.inOrder();
  }

  /** Of how many things a grant was not confirmed, where the session does not hold them. */
  static int toBeUndone(Slot slot) {
    Undo undo = slot.reply == null ? null : slot.reply.undo();
    return undo != null && !undo.isHeld() && undo.isDue() ? undo.size() : 0;
  }

  /** The values that go back with a grant which is to be undone. */
  static List<Value> handedOut(Slot slot) {
    Undo undo = slot.reply == null ? null : slot.reply.undo();
    return undo != null && toBeUndone(slot) > 0 ? undo.handedOut() : List.of();
  }

  /**
   * Undoes a grant, or a part of it. The slot is forgotten when nothing is left to undo.
   *
   * @param most how many things at most
   * @return how many things are left
   */
  int undoSome(Slot slot, int most) {
    Answer reply = slot.reply;
    Undo rest = reply == null || reply.undo() == null ? null : reply.undo().undoSome(most);
    if (reply == null || rest == null) {
      forget(slot);
      return 0;
    }
    slot.reply = reply.with(rest);
    return rest.size();
  }

  /** Forgets a command. */
  void forget(Slot slot) {
    slots.remove(slot.sequence);
    release(slot);
  }

  /** Forgets everything. */
  void close() {
    world.budget().release(bytes + rangeBytes);
    bytes = 0;
    rangeBytes = 0;
    slots.clear();
    received.clear();
  }

  private boolean isForgotten(long sequence) {
    return sequence < forgottenBelow || received.contains(sequence);
  }

  private Slot slot(Invocation call) {
    Slot slot = slots.get(call.sequence());
    if (slot == null) {
      slot = new Slot(call.sequence(), call.operation().number(), call.fingerprint());
      put(slot);
    }
    return slot;
  }

  /** Saves what is confirmed; the slots are made into messages later, and share their replies. */
  List<Supplier<SlotState>> save(SessionState.Builder state) {
    state.setForgottenBelow(forgottenBelow).addAllReceived(received.save());
    return slots.inOrder().stream().map(Window::save).toList();
  }

  private static Supplier<SlotState> save(Slot slot) {
    SlotState.Builder state =
        SlotState.newBuilder()
            .setSequence(slot.sequence)
            .setMethod(slot.method)
            .setFingerprint(slot.fingerprint);
    Answer reply = slot.reply;
    if (slot.parked != null) {
      state.setWaiting(true);
    } else if (reply == null) {
      state.setCancelled(true);
    } else {
      if (reply.error() != null) {
        state.setError(reply.error());
      }
      UndoState undo = reply.undo() == null ? null : reply.undo().save();
      if (undo != null) {
        state.setUndo(undo);
      }
    }
    Message response = slot.parked != null || reply == null ? null : reply.response();
    return response == null
        ? state::build
        : () -> state.setResponse(response.toByteString()).build();
  }

  /** Restores a slot that does not wait; {@code footprint} is that of the reply. */
  public void restore(SlotState state, @Nullable Answer reply, long footprint) {
    Slot slot = new Slot(state.getSequence(), state.getMethod(), state.getFingerprint());
    slot.reply = reply;
    slot.bytes += footprint;
    put(slot);
  }

  void check() {
    long counted = 0;
    for (Slot slot : slots.inOrder()) {
      counted += slot.bytes;
    }
    World.require(counted == bytes, "a window's bytes are those of its slots");
    World.require(
        received.ranges() * RANGE_BYTES == rangeBytes, "a window's ranges are in the budget");
  }
}
