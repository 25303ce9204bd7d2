package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SequenceRange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A session as the model sees it: an attachment, what it retains, and what it remembers of its
 * commands.
 */
final class ModelSession {
  final String id;
  long attachment;

  /** The number of the process that it lives in; 0: none. */
  long process;

  /** How often it retains objects. */
  final Map<ModelObject, Long> retained = new LinkedHashMap<>();

  final TreeMap<Long, Slot> slots = new TreeMap<>();
  private final TreeSet<Long> received = new TreeSet<>();
  private long forgottenBelow = 1;

  /** A command: a mark of Cancel where it neither waits nor is answered. */
  static final class Slot {
    int method;
    int fingerprint;
    @Nullable ModelCall waiting;
    @Nullable Outcome outcome;
    @Nullable ModelUndo undo;

    boolean isMark() {
      return waiting == null && outcome == null;
    }
  }

  ModelSession(String id) {
    this.id = id;
  }

  void confirm(long below, List<SequenceRange> ranges, int most) {
    forgottenBelow = Math.max(forgottenBelow, below);
    received.headSet(forgottenBelow).clear();
    for (SequenceRange range : ranges) {
      if (runs() < most) {
        for (long sequence = range.getFirst(); sequence <= range.getLast(); sequence++) {
          if (sequence >= forgottenBelow) {
            received.add(sequence);
          }
        }
      }
    }
    slots.keySet().removeIf(this::isForgotten);
  }

  private int runs() {
    int runs = 0;
    for (long sequence : received) {
      if (!received.contains(sequence - 1)) {
        runs++;
      }
    }
    return runs;
  }

  boolean isForgotten(long sequence) {
    return sequence < forgottenBelow || received.contains(sequence);
  }

  @Nullable Slot find(long sequence) {
    if (isForgotten(sequence)) {
      throw new Refused(ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN);
    }
    return slots.get(sequence);
  }

  void waits(ModelCall call) {
    if (!isForgotten(call.envelope.getSequence())) {
      slot(call).waiting = call;
    }
  }

  void record(ModelCall call, Outcome outcome, @Nullable ModelUndo undo) {
    if (!isForgotten(call.envelope.getSequence())) {
      Slot slot = slot(call);
      slot.waiting = null;
      slot.outcome = outcome;
      slot.undo = undo;
    }
  }

  private Slot slot(ModelCall call) {
    Slot slot = slots.computeIfAbsent(call.envelope.getSequence(), sequence -> new Slot());
    slot.method = call.envelope.getMethod();
    slot.fingerprint = call.envelope.getFingerprint();
    return slot;
  }
}
