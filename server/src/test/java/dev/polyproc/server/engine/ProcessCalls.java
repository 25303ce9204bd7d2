package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessFailed;
import dev.polyproc.internal.v1.ProcessStarted;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessGetResponse;
import dev.polyproc.v1.ProcessListRequest;
import dev.polyproc.v1.ProcessListResponse;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessSignalResponse;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.ProcessWaitResponse;
import java.time.Duration;
import java.util.List;

/** The calls of a client to one process, and what the node sees of that process. */
public final class ProcessCalls {
  private final EngineFixture world;
  private final Client client;
  private final String process;

  ProcessCalls(EngineFixture world, Client client, String process) {
    this.world = world;
    this.client = client;
    this.process = process;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("ProcessService/" + method, request, prototype);
  }

  /** Starts a program. */
  public Pending<ProcessStartResponse> start() {
    return start(ProcessStartRequest.newBuilder().setCommand("worker"));
  }

  public Pending<ProcessStartResponse> startDaemonic() {
    return start(ProcessStartRequest.newBuilder().setCommand("worker").setDaemonic(true));
  }

  public Pending<ProcessStartResponse> start(ProcessStartRequest.Builder what) {
    return call(
        "Start", what.setProcess(process).build(), ProcessStartResponse.getDefaultInstance());
  }

  /** Starts a program, which runs at once. */
  public ProcessCalls running() {
    start();
    runs(7);
    return this;
  }

  /** Waits for ever. */
  public Pending<ProcessWaitResponse> await() {
    return await(ProcessWaitRequest.newBuilder());
  }

  public Pending<ProcessWaitResponse> await(Duration timeout) {
    return await(ProcessWaitRequest.newBuilder().setTimeout(Times.duration(timeout.toNanos())));
  }

  private Pending<ProcessWaitResponse> await(ProcessWaitRequest.Builder how) {
    return call("Wait", how.setProcess(process).build(), ProcessWaitResponse.getDefaultInstance());
  }

  public Pending<ProcessSignalResponse> signal(int signal) {
    return call(
        "Signal",
        ProcessSignalRequest.newBuilder().setProcess(process).setSignal(signal).build(),
        ProcessSignalResponse.getDefaultInstance());
  }

  public Pending<ProcessGetResponse> get() {
    return call(
        "Get",
        ProcessGetRequest.newBuilder().setProcess(process).build(),
        ProcessGetResponse.getDefaultInstance());
  }

  /** The process as it is. */
  public Process now() {
    return get().response().getProcess();
  }

  public long incarnation() {
    return now().getRef().getIncarnation();
  }

  /** All processes. */
  public Pending<ProcessListResponse> list(int pageSize, String pageToken) {
    return call(
        "List",
        ProcessListRequest.newBuilder().setPageSize(pageSize).setPageToken(pageToken).build(),
        ProcessListResponse.getDefaultInstance());
  }

  // What the node was asked to do with it.

  public List<Effect> effects() {
    long incarnation = incarnation();
    return world.effects().stream().filter(effect -> isOf(effect, incarnation)).toList();
  }

  private static boolean isOf(Effect effect, long incarnation) {
    return (effect instanceof Effect.StartProcess start && start.process() == incarnation)
        || (effect instanceof Effect.SignalProcess signal && signal.process() == incarnation)
        || (effect instanceof Effect.ForgetProcess forget && forget.process() == incarnation);
  }

  /** The signals that the node was asked to send to it. */
  public List<Integer> signals() {
    return effects().stream()
        .filter(Effect.SignalProcess.class::isInstance)
        .map(effect -> ((Effect.SignalProcess) effect).signal())
        .toList();
  }

  /** The secret that it was given. */
  public String credential() {
    return ((Effect.StartProcess) effects().get(0)).credential();
  }

  // What the node sees of it.

  public void runs(long pid) {
    runs(world, incarnation(), pid);
  }

  public static void runs(EngineFixture world, long incarnation, long pid) {
    world.observe(
        NodeEvent.newBuilder()
            .setProcessStarted(ProcessStarted.newBuilder().setProcess(incarnation).setPid(pid))
            .build());
  }

  public void fails(String reason) {
    fails(world, incarnation(), reason);
  }

  public static void fails(EngineFixture world, long incarnation, String reason) {
    world.observe(
        NodeEvent.newBuilder()
            .setProcessFailed(ProcessFailed.newBuilder().setProcess(incarnation).setReason(reason))
            .build());
  }

  public void exits(int code) {
    exits(world, incarnation(), code);
  }

  public static void exits(EngineFixture world, long incarnation, int code) {
    world.observe(
        NodeEvent.newBuilder()
            .setProcessExited(ProcessExited.newBuilder().setProcess(incarnation).setExitCode(code))
            .build());
  }

  /** It is killed, and others lived in it beside the one that showed its credential. */
  public void isKilled(int signal, Client... livingInIt) {
    ProcessExited.Builder exited =
        ProcessExited.newBuilder().setProcess(incarnation()).setSignal(signal);
    for (Client living : livingInIt) {
      exited.addSessions(living.id());
    }
    world.observe(NodeEvent.newBuilder().setProcessExited(exited).build());
  }
}
