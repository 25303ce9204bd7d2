package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Timestamp;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.ProcessWaitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A process as the model sees it: what its node was asked for, and what that said of it. */
final class ModelProcess extends ModelObject {
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;
  private static final long GRACE = 5_000_000_000L;

  /** Shown by a session that it opens; empty when it was, or when nobody can any more. */
  String credential;

  /** Its place among those that ended; 0: it has not. */
  long ended;

  private final ProcessStartRequest request;
  private final Process.Builder shown;
  private final TreeSet<Integer> signals = new TreeSet<>();
  private final List<ModelCall> waiting = new ArrayList<>();
  private @Nullable ModelCall start;
  private @Nullable ModelSession owner;
  private long killAt = ModelCall.NEVER;

  ModelProcess(Model model, ProcessStartRequest request, ModelCall call) {
    super(model, request.getProcess(), Lifetime.LIFETIME_PERSISTENT, null);
    this.request = request;
    this.credential = call.envelope.getSecret();
    this.owner = request.getDaemonic() ? call.session : null;
    this.shown =
        Process.newBuilder()
            .setRef(ref())
            .setState(ProcessState.PROCESS_STATE_STARTING)
            .setCommand(request.getCommand())
            .addAllArguments(request.getArgumentsList())
            .setDaemonic(request.getDaemonic())
            .setStarted(timestamp(model.now()));
  }

  private static Timestamp timestamp(long nanos) {
    return Timestamp.newBuilder()
        .setSeconds(nanos / 1_000_000_000)
        .setNanos((int) (nanos % 1_000_000_000))
        .build();
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_PROCESS;
  }

  /** The process as it is, but for its incarnation. */
  Process describe() {
    return shown.build();
  }

  boolean isStarting() {
    return shown.getState() == ProcessState.PROCESS_STATE_STARTING;
  }

  boolean hasEnded() {
    return ended != 0;
  }

  private void ask(String what) {
    model.asked(name, what);
  }

  // Calls.

  void start(ModelCall call) {
    ask("start");
    model.park(call, this, ModelCall.NEVER);
    start = call;
  }

  void await(ModelCall call, long timeout) {
    if (hasEnded() || timeout == 0) {
      model.done(call, waited());
    } else {
      model.park(call, this, timeout);
      waiting.add(call);
    }
  }

  private Outcome waited() {
    return Outcome.of(
        ProcessWaitResponse.newBuilder().setEnded(hasEnded()).setProcess(describe()).build(),
        incarnation);
  }

  void signal(int signal) {
    if (hasEnded()) {
      throw new Refused(ErrorReason.ERROR_REASON_PROCESS_ENDED);
    }
    send(signal);
  }

  private void send(int signal) {
    if (isStarting()) {
      signals.add(signal);
    }
    ask("signal " + signal);
  }

  // What the node saw.

  void runs(long pid) {
    if (isStarting()) {
      shown.setState(ProcessState.PROCESS_STATE_RUNNING).setPid(pid);
    }
  }

  void failed() {
    if (isStarting()) {
      Outcome failed = Outcome.refused(ErrorReason.ERROR_REASON_START_FAILED);
      if (start != null) {
        model.finish(start, failed);
      }
      List.copyOf(waiting).forEach(call -> model.finish(call, failed));
      model.delete(this);
    }
  }

  /** It ended: by itself, by a signal, or, where both are null, nobody saw how. */
  void ended(@Nullable Integer exitCode, @Nullable Integer signal) {
    if (hasEnded()) {
      return;
    }
    ended = model.nextNumber();
    shown.setState(ProcessState.PROCESS_STATE_ENDED).setEnded(timestamp(model.now()));
    if (exitCode != null) {
      shown.setExitCode(exitCode);
    }
    if (signal != null) {
      shown.setSignal(signal);
    }
    credential = "";
    owner = null;
    killAt = ModelCall.NEVER;
  }

  /**
   * Whether it went with its daemon, when that is restarted. One that may not have been started is
   * asked for again.
   */
  boolean isGoneWithItsDaemon() {
    if (hasEnded()) {
      return false;
    }
    if (!isStarting() || credential.isEmpty()) {
      return true;
    }
    ask("start");
    signals.forEach(signal -> ask("signal " + signal));
    model.met("a process was asked for again");
    return false;
  }

  // The object.

  @Override
  void settle() {
    if (start != null && !isStarting()) {
      ModelCall answered = start;
      start = null;
      model.serve(
          answered,
          Outcome.of(ProcessStartResponse.newBuilder().setProcess(describe()).build(), incarnation),
          null);
    }
    while (hasEnded() && !waiting.isEmpty()) {
      model.serve(waiting.remove(0), waited(), null);
    }
  }

  @Override
  void left(ModelCall call) {
    waiting.remove(call);
    if (start == call) {
      start = null;
    }
  }

  @Override
  void takenBack(ModelCall call) {
    if (call.request.equals(request)) {
      model.met("a process went with its start");
      model.delete(this);
    }
  }

  @Override
  Outcome expired(ModelCall call) {
    return waited();
  }

  @Override
  List<Due> due() {
    return killAt == ModelCall.NEVER ? List.of() : List.of(new Due(killAt, number, this::kill));
  }

  private void kill() {
    killAt = ModelCall.NEVER;
    send(SIGKILL);
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    return owner == holder ? List.of(new Due(0, number, this::endWithSession)) : List.of();
  }

  private void endWithSession() {
    owner = null;
    send(SIGTERM);
    killAt = model.in(GRACE);
  }

  @Override
  void deleted() {
    ask("forget");
    credential = "";
    owner = null;
    killAt = ModelCall.NEVER;
  }
}
