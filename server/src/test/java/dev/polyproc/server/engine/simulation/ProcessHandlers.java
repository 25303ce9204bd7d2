package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessGetResponse;
import dev.polyproc.v1.ProcessListRequest;
import dev.polyproc.v1.ProcessListResponse;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessSignalResponse;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the model does for ProcessService, and for what the node sees of processes. */
final class ProcessHandlers {
  private static final int HIGHEST_SIGNAL = 64;

  private final Model model;

  ProcessHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("ProcessService/Start", ProcessStartRequest.getDefaultInstance(), this::start)
        .on("ProcessService/Wait", ProcessWaitRequest.getDefaultInstance(), this::await)
        .on("ProcessService/Signal", ProcessSignalRequest.getDefaultInstance(), this::signal)
        .onRead("ProcessService/Get", ProcessGetRequest.getDefaultInstance(), this::get)
        .onRead("ProcessService/List", ProcessListRequest.getDefaultInstance(), this::list);
  }

  private void start(ModelCall call, ProcessStartRequest request) {
    if (request.getCommand().isEmpty()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    if (request.getDaemonic()) {
      model.session(call);
    }
    if (living() >= model.limits.getProcesses()) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    model.requireRoomToWait(call);
    if (model.objects.containsKey(request.getProcess())) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    }
    ModelProcess process = new ModelProcess(model, request, call);
    model.objects.put(process.name, process);
    process.start(call);
  }

  private long living() {
    return processes().stream().filter(process -> !process.hasEnded()).count();
  }

  private ModelProcess process(String name) {
    return model.object(ModelProcess.class, name);
  }

  private void await(ModelCall call, ProcessWaitRequest request) {
    process(request.getProcess())
        .await(call, Model.timeout(request.hasTimeout(), request.getTimeout()));
  }

  private void signal(ModelCall call, ProcessSignalRequest request) {
    ModelProcess process = process(request.getProcess());
    if (request.getSignal() < 1 || request.getSignal() > HIGHEST_SIGNAL) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    process.signal(request.getSignal());
    model.done(call, Outcome.of(ProcessSignalResponse.getDefaultInstance()));
  }

  private Outcome get(ProcessGetRequest request) {
    ModelProcess process = process(request.getProcess());
    return Outcome.of(
        ProcessGetResponse.newBuilder().setProcess(process.describe()).build(),
        process.incarnation);
  }

  private Outcome list(ProcessListRequest request) {
    ModelPage<ModelProcess> page = ModelPage.of(processes(), request.getPageSize());
    List<Numbered> numbers = new ArrayList<>();
    ProcessListResponse.Builder response =
        ProcessListResponse.newBuilder().setNextPageToken(page.token());
    for (ModelProcess process : page.rows()) {
      response.addProcesses(process.describe());
      numbers.add(process.incarnation);
    }
    return Outcome.of(response.build(), numbers);
  }

  // What the node sees.

  /** All processes, in the order of their start. */
  List<ModelProcess> processes() {
    return model.objects.values().stream()
        .filter(ModelProcess.class::isInstance)
        .map(ModelProcess.class::cast)
        .toList();
  }

  private @Nullable ModelProcess find(long incarnation) {
    return processes().stream()
        .filter(process -> process.incarnation.is(incarnation))
        .findFirst()
        .orElse(null);
  }

  /** Who reports without saying who it is, is the daemon that runs now. */
  void observe(NodeEvent event) {
    switch (event.getKindCase()) {
      case PROCESS_STARTED -> {
        ModelProcess process = find(event.getProcessStarted().getProcess());
        if (process != null && !event.getProcessStarted().hasOrigin()) {
          process.runs(event.getProcessStarted().getPid());
        }
      }
      case PROCESS_FAILED -> {
        ModelProcess process = find(event.getProcessFailed().getProcess());
        if (process != null && !event.getProcessFailed().hasOrigin()) {
          process.failed();
        }
      }
      case PROCESS_EXITED -> exited(event.getProcessExited());
      default -> {
        // Not about processes.
      }
    }
  }

  private void exited(ProcessExited event) {
    ModelProcess process = find(event.getProcess());
    if (process == null) {
      endSessionsOf(event.getProcess(), event.getSessionsList());
    } else if (!event.hasOrigin()) {
      boolean isKilled = event.hasSignal();
      process.ended(
          isKilled ? null : event.getExitCode(), isKilled ? (Integer) event.getSignal() : null);
      endSessionsOf(event.getProcess(), event.getSessionsList());
      process.settle();
    }
    makeRoom();
  }

  /** The sessions that live in a process end with it, at once. */
  private void endSessionsOf(long process, List<String> others) {
    List<String> ending = new ArrayList<>();
    for (ModelSession session : model.sessions.values()) {
      if (session.process == process) {
        model.met("a session ended with its process");
        ending.add(session.id);
      }
    }
    ending.addAll(others);
    model.endAll(ending);
  }

  /** The daemon was restarted. */
  void restarted() {
    List<ModelProcess> gone =
        processes().stream().filter(ModelProcess::isGoneWithItsDaemon).toList();
    for (ModelProcess process : gone) {
      model.met("a process ended unseen");
      process.ended(null, null);
    }
    for (ModelProcess process : gone) {
      endSessionsOf(process.incarnation.number(), List.of());
      process.settle();
    }
    for (ModelSession session : List.copyOf(model.sessions.values())) {
      if (session.process != 0 && find(session.process) == null) {
        model.end(session);
      }
    }
    makeRoom();
  }

  private void makeRoom() {
    List<ModelProcess> ended =
        processes().stream()
            .filter(ModelProcess::hasEnded)
            .sorted(Comparator.comparingLong(process -> process.ended))
            .toList();
    ended.stream()
        .limit(Math.max(0, ended.size() - model.limits.getEndedProcesses()))
        .forEach(model::delete);
  }

  /** The process that has a credential. */
  @Nullable ModelProcess withCredential(String credential) {
    return processes().stream()
        .filter(process -> process.credential.equals(credential))
        .findFirst()
        .orElse(null);
  }
}
