package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.ProcessObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Origins;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Names;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.ProcessWaitResponse;
import dev.polyproc.v1.Ref;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process: what should run, what the node saw of it, and who waits for its start or its end.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for a start that is over, nor for an end that has come.
 *   <li>A daemonic process is tied to its session until either ends; when the session ends first,
 *       SIGTERM goes out at once and SIGKILL after a grace.
 * </ul>
 */
final class ProcessObject extends ManagedObject {
  static final Kind<ProcessObject> KIND =
      new Kind<>(ObjectKind.OBJECT_KIND_PROCESS, ProcessObject.class);

  private static final int HIGHEST_EXIT_CODE = 255;
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  /** The most characters of the arguments in a listing of all objects. */
  private static final int MOST_SHOWN = 200;

  private static final long GRACE_NANOS = 5_000_000_000L;

  /** What it takes beside its request: its credential, its timer, its places in tables. */
  private static final long BYTES = 600;

  private static final MessageFootprint REQUESTS =
      MessageFootprint.of(ProcessStartRequest.getDescriptor());

  private final Processes processes;
  private final Waiters<Starter> starting = new Waiters<>(this);
  private final Waiters<Awaiter> waiting = new Waiters<>(this);
  private ProcessStartRequest request;
  private String credential;
  private ProcessState state = ProcessState.PROCESS_STATE_STARTING;
  private long pid;
  private Origin origin;
  private long signals;
  private @Nullable Caller session;
  private @Nullable Timer kill;
  private @Nullable ProcessEnd ending;

  /** The process in the hands of its session. No other holding has the process's own number. */
  private record Tie(ProcessObject process) implements Holding {
    @Override
    public long number() {
      return process.number();
    }

    @Override
    public void sessionEnded() {
      process.endWithSession();
    }
  }

  /** A process to be started; {@code session} is the one at whose end it ends, if any. */
  ProcessObject(
      Header header,
      Processes processes,
      ProcessStartRequest request,
      String credential,
      Origin origin,
      @Nullable Caller session) {
    super(header);
    this.processes = processes;
    this.request = request;
    this.credential = credential;
    this.origin = origin;
    this.session = session;
    begin();
  }

  static ProcessObject restored(
      Header header, ProcessObjectState saved, Processes processes, Restored restored) {
    ProcessObject process =
        new ProcessObject(
            header,
            processes,
            saved.getRequest(),
            saved.getCredential(),
            saved.getOrigin(),
            restored.session(saved.getSession()));
    process.state = saved.getState();
    process.pid = saved.getPid();
    process.signals = saved.getSignals();
    if (saved.getKillAt() != 0) {
      process.killAt(saved.getKillAt());
    }
    if (saved.getEndOrder() != 0) {
      process.ending = ProcessEnd.restored(saved);
      process.world().budget().chargeAlways(ProcessEnd.BYTES);
      processes.ended(saved.getEndOrder(), process);
    }
    return process;
  }

  private void begin() {
    world().budget().chargeAlways(cost(request));
    processes.add(this);
    if (!credential.isEmpty()) {
      processes.credentials().issue(credential, this::redeem);
    }
    if (session != null) {
      session.hold(new Tie(this));
    }
  }

  /** What a request takes out of the budget while it is kept. */
  static long cost(ProcessStartRequest request) {
    return BYTES + REQUESTS.of(request);
  }

  /** The most bytes that a process that was started has in the answer to its start. */
  static long mostBytes(ProcessStartRequest request) {
    String name = request.getProcess();
    return Process.newBuilder()
        .setRef(
            Ref.newBuilder()
                .setKind(ObjectKind.OBJECT_KIND_PROCESS)
                .setName(name.isEmpty() ? Names.LONGEST_GENERATED : name)
                .setIncarnation(Long.MAX_VALUE))
        .setState(ProcessState.PROCESS_STATE_ENDED)
        .setPid(Long.MAX_VALUE)
        .setCommand(request.getCommand())
        .addAllArguments(request.getArgumentsList())
        .setDaemonic(request.getDaemonic())
        .setStarted(Times.timestamp(Long.MAX_VALUE))
        .setEnded(Times.timestamp(Long.MAX_VALUE))
        .setExitCode(HIGHEST_EXIT_CODE)
        .build()
        .getSerializedSize();
  }

  /** A session shows the secret that the process was given: it ends with the process. */
  private long redeem() {
    forgetCredential();
    return number();
  }

  private void forgetCredential() {
    processes.credentials().withdraw(credential);
    credential = "";
  }

  // Starting.

  /** Asks for it to be started; the call is answered when it runs. */
  Answer start(Invocation call) {
    ask();
    return world().waiting().park(new Starter(call, this), Timers.NEVER, starting);
  }

  /** Has it started. */
  void ask() {
    world().outgoing().emit(new Effect.StartProcess(number(), name(), request, credential));
  }

  /** Whether what an origin reports of it is about it. */
  boolean isOf(Origin reporter) {
    return origin.equals(reporter);
  }

  /**
   * Whether it ended unseen, as the daemon that ran it went, and another run of that has started.
   * One that may not have been started is, with the signals that it was to get.
   */
  boolean endedWithItsDaemon(Origin started) {
    if (hasEnded() || !Origins.isBefore(origin, started)) {
      return false;
    }
    if (state != ProcessState.PROCESS_STATE_STARTING || credential.isEmpty()) {
      return true; // It ran: it showed its credential, or was seen.
    }
    origin = started;
    ask();
    for (int signal = 1; signal <= Long.SIZE; signal++) {
      if ((signals & bit(signal)) != 0) {
        world().outgoing().emit(new Effect.SignalProcess(number(), signal));
      }
    }
    return false;
  }

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }

  private Answer startReply() {
    return Answer.of(ProcessStartResponse.newBuilder().setProcess(describe()).build());
  }

  /** It runs. */
  void started(long newPid) {
    if (state == ProcessState.PROCESS_STATE_STARTING) {
      state = ProcessState.PROCESS_STATE_RUNNING;
      pid = newPid;
      forgetStart();
      advance();
    }
  }

  /** It could not be started: whoever waits for it is told why, and the name is free. */
  void failed(String reason) {
    if (state == ProcessState.PROCESS_STATE_STARTING) {
      Refusal failed =
          new Refusal(ErrorReason.ERROR_REASON_START_FAILED, reason).with("object", name());
      lines().forEach(line -> line.drain(call -> call.answer(Answer.of(failed))));
      world().objects().delete(this);
    }
  }

  /** Drops what only the start needs, and what nobody should find here later. */
  private void forgetStart() {
    ProcessStartRequest rest = request.toBuilder().clearInput().clearEnvironment().build();
    world().budget().release(cost(request) - cost(rest));
    request = rest;
    signals = 0;
  }

  // Its end.

  /** How it ended, in words; empty while it has not. */
  String endedHow() {
    return ending == null ? "" : ending.words();
  }

  boolean hasEnded() {
    return state == ProcessState.PROCESS_STATE_ENDED;
  }

  /** It has ended; whoever waits for that is told by the next {@link #advance}. */
  void end(ProcessEnd how) {
    if (state == ProcessState.PROCESS_STATE_STARTING) {
      forgetStart();
    }
    state = ProcessState.PROCESS_STATE_ENDED;
    ending = how;
    world().budget().chargeAlways(ProcessEnd.BYTES);
    processes.ended(how.number(), this);
    forgetCredential();
    letGo();
  }

  private void letGo() {
    world().timers().cancel(kill);
    kill = null;
    if (session != null) {
      session.letGo(new Tie(this));
      session = null;
    }
  }

  private void endWithSession() {
    session = null;
    signal(SIGTERM);
    killAt(world().clock().in(GRACE_NANOS));
  }

  private void killAt(long time) {
    kill = world().timers().at(time, number(), this::kill);
  }

  private void kill() {
    kill = null;
    signal(SIGKILL);
  }

  void signal(int signal) {
    if (state == ProcessState.PROCESS_STATE_STARTING) {
      signals |= bit(signal);
    }
    world().outgoing().emit(new Effect.SignalProcess(number(), signal));
  }

  /** Waits until it has ended. */
  Answer await(Invocation call, long timeout) {
    call.requireFits(describe().getSerializedSize());
    return hasEnded()
        ? waitReply(call)
        : world().waiting().park(new Awaiter(call), timeout, waiting);
  }

  /** How it ended makes it longer: who waits may not take that any more. */
  private Answer waitReply(Invocation call) {
    Process process = describe();
    try {
      call.requireFits(process.getSerializedSize());
    } catch (Refusal tooLarge) {
      return Answer.of(tooLarge);
    }
    return Answer.of(
        ProcessWaitResponse.newBuilder().setEnded(hasEnded()).setProcess(process).build());
  }

  /** A Wait for its end. */
  final class Awaiter extends Parked {
    Awaiter(Invocation call) {
      super(call);
    }

    @Override
    protected Answer expired() {
      return waitReply(call());
    }

    @Override
    protected void save(ParkedState.Builder saved) {
      saved.setProcessWaiter(true);
    }
  }

  // The object.

  /** The process as it is. */
  Process describe() {
    Process.Builder process =
        Process.newBuilder()
            .setRef(ref())
            .setState(state)
            .setPid(pid)
            .setCommand(request.getCommand())
            .addAllArguments(request.getArgumentsList())
            .setDaemonic(request.getDaemonic())
            .setStarted(Times.timestamp(created()));
    if (ending != null) {
      ending.show(process);
    }
    return process.build();
  }

  @Override
  public void advance() {
    if (state != ProcessState.PROCESS_STATE_STARTING) {
      starting.drain(call -> call.answer(startReply()));
    }
    if (hasEnded()) {
      waiting.drain(parked -> parked.answer(waitReply(parked.call())));
    }
  }

  @Override
  protected void deleted() {
    // They are few, and what there is of it elsewhere must go now.
    Refusal deleted = Refusal.deleted(name());
    lines().forEach(line -> line.drain(call -> call.answer(Answer.of(deleted))));
    world().outgoing().emit(new Effect.ForgetProcess(number()));
    leave();
  }

  @Override
  protected void restoredDeleted() {
    leave();
  }

  /** Nothing leads to it any more, and it costs nothing. */
  private void leave() {
    forgetCredential();
    letGo();
    processes.remove(this, ending == null ? 0 : ending.number());
    world().budget().release(cost(request) + (ending == null ? 0 : ProcessEnd.BYTES));
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(starting, waiting);
  }

  @Override
  protected Shape shape() {
    return Shape.PLAIN
        .with("command", request.getCommand())
        .with("arguments", firstArguments())
        .with("folder", request.getFolder())
        .with("daemonic", request.getDaemonic());
  }

  /** As far as they are shown: there may be very many. */
  private String firstArguments() {
    StringBuilder first = new StringBuilder();
    for (String argument : request.getArgumentsList()) {
      if (first.length() > MOST_SHOWN) {
        return first.append(" …").toString();
      }
      first.append(first.length() == 0 ? "" : " ");
      first.append(Texts.shown(argument, Math.max(0, MOST_SHOWN - first.length())));
    }
    return first.toString();
  }

  @Override
  protected String summary() {
    return ending != null
        ? ending.words()
        : state == ProcessState.PROCESS_STATE_RUNNING ? "running, pid " + pid : "starting";
  }

  @Override
  protected void save(ObjectState.Builder object) {
    ProcessObjectState.Builder saved =
        ProcessObjectState.newBuilder()
            .setRequest(request)
            .setState(state)
            .setPid(pid)
            .setOrigin(origin)
            .setSignals(signals)
            .setCredential(credential)
            .setSession(session == null ? 0 : session.number())
            .setKillAt(kill == null ? 0 : kill.deadline());
    if (ending != null) {
      ending.save(saved);
    }
    object.setProcess(saved);
  }

  @Override
  protected void check() {
    boolean isStarting = state == ProcessState.PROCESS_STATE_STARTING;
    World.require(isStarting || starting.isEmpty(), "nobody waits for a start that is over");
    World.require(!hasEnded() || waiting.isEmpty(), "nobody waits for an end that has come");
    World.require(hasEnded() == (ending != null), "what has ended has done so somehow");
    World.require(
        !hasEnded() || (kill == null && session == null && credential.isEmpty()),
        "what has ended is in nobody's hands");
    World.require(processes.find(number()) == this, "a process is listed");
  }
}
