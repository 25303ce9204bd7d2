package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Pending;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call as the model sees it. */
final class ModelCall {
  /** Without end. */
  static final long NEVER = Long.MAX_VALUE;

  final Envelope envelope;
  final String method;
  final Message request;
  final @Nullable ModelSession session;

  /** What its caller should have got so far. */
  Expected expected;

  // What carries it.
  long ticket;
  long attachment;

  // While it waits.
  @Nullable ModelObject object;

  /** What it waits for beside the object. */
  final List<ModelObject> others = new ArrayList<>();

  long number;
  long until = NEVER;
  long deadline = NEVER;

  /** What a consumer has delivered and is still reserved. */
  final List<ModelReservation> inFlight = new ArrayList<>();

  /** Of a Take, which of its completions do not count. */
  final List<Long> ended = new ArrayList<>();

  /** What it waits for at a condition, and after it; null for any other call. */
  @Nullable ModelWait wait;

  /** The replies that a caller should have got. */
  static final class Expected {
    final Pending<?> call;
    final List<Outcome> outcomes = new ArrayList<>();
    boolean done;

    /** How many outcomes were compared with replies. */
    int compared;

    /** The number of the entry that made the call. */
    int since;

    Expected(Pending<?> call) {
      this.call = call;
    }
  }

  ModelCall(
      Envelope envelope,
      String method,
      Message request,
      @Nullable ModelSession session,
      Expected expected) {
    this.envelope = envelope;
    this.method = method;
    this.request = request;
    this.session = session;
    this.expected = expected;
    this.ticket = envelope.getTicket();
    this.attachment = envelope.getAttachment();
  }

  /** A repeat came at a time: the call waits on for its caller, and as long as that does. */
  void takenOver(ModelCall repeat, long now) {
    expected = repeat.expected;
    if (attachment == 0 || repeat.attachment == 0) {
      deadline = repeat.deadlineFrom(now);
    }
    ticket = repeat.ticket;
    attachment = repeat.attachment;
  }

  /** It does not wait any more, and no object answered it. */
  void leftUnanswered() {
    if (wait != null) {
      wait.leftUnanswered();
    }
    Objects.requireNonNull(object).leftUnanswered(this);
  }

  /** When its caller would give it up that waits from a time on. */
  long deadlineFrom(long time) {
    return envelope.getDeadline() == 0 ? NEVER : time + envelope.getDeadline();
  }

  /** All that it waits for. */
  List<ModelObject> objects() {
    List<ModelObject> all = new ArrayList<>(others);
    if (object != null) {
      all.add(0, object);
    }
    return all;
  }

  boolean isRecorded() {
    return envelope.getSequence() != 0 && session != null;
  }
}
