package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessFailed;
import dev.polyproc.internal.v1.ProcessStarted;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.family.OwnProcesses;
import dev.polyproc.server.engine.family.ProcessWatcher;
import dev.polyproc.server.engine.object.Directory;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.session.Sessions;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessGetResponse;
import dev.polyproc.v1.ProcessListRequest;
import dev.polyproc.v1.ProcessListResponse;
import dev.polyproc.v1.ProcessProto;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessSignalResponse;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** ProcessService, but for Output, which is the node's. */
public final class ProcessOperations implements Family, OwnProcesses {
  private static final int HIGHEST_SIGNAL = 64;

  private final World world;
  private final Sessions sessions;
  private final Processes processes;
  private @Nullable ProcessWatcher watcher;

  public ProcessOperations(World world, Sessions sessions) {
    this.world = world;
    this.sessions = sessions;
    this.processes = new Processes(sessions.credentials());
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(ProcessProto.getDescriptor())
        .withSecret("Start", ProcessStartRequest.getDefaultInstance(), this::start)
        .on("Wait", ProcessWaitRequest.getDefaultInstance(), this::await)
        .on("Signal", ProcessSignalRequest.getDefaultInstance(), this::signal)
        .on("Get", ProcessGetRequest.getDefaultInstance(), this::get)
        .on("List", ProcessListRequest.getDefaultInstance(), this::list)
        .waiting(
            WantsCase.STARTER, (call, state, process) -> new Starter(call, (ProcessObject) process))
        .waiting(
            WantsCase.PROCESS_WAITER,
            (call, state, process) -> ((ProcessObject) process).new Awaiter(call));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasProcess()
        ? ProcessObject.restored(header, state.getProcess(), processes, restored)
        : null;
  }

  @Override
  public void observe(NodeEvent event) {
    switch (event.getKindCase()) {
      case PROCESS_STARTED -> started(event.getProcessStarted());
      case PROCESS_FAILED -> failed(event.getProcessFailed());
      case PROCESS_EXITED -> exited(event.getProcessExited());
      default -> {
        // Not about processes.
      }
    }
  }

  private void started(ProcessStarted event) {
    ProcessObject process = processes.find(event.getProcess());
    if (process != null && process.isOf(event.getOrigin())) {
      process.started(event.getPid());
    }
  }

  private void failed(ProcessFailed event) {
    ProcessObject process = processes.find(event.getProcess());
    if (process != null && !process.isOf(event.getOrigin())) {
      return;
    }
    if (process != null) {
      process.failed(event.getReason());
    }
    if (watcher != null) {
      watcher.processFailed(event.getProcess(), event.getReason());
    }
  }

  private void exited(ProcessExited event) {
    ProcessObject process = processes.find(event.getProcess());
    if (process == null || process.isOf(event.getOrigin())) {
      ProcessEnd ending = ProcessEnd.of(event, world);
      if (process != null && !process.hasEnded()) {
        process.end(ending);
      }
      if (watcher != null) {
        watcher.processEnded(event.getProcess(), event);
      }
      // Where it is deleted, its sessions may still live.
      tell(event.getProcess(), process, event.getSessionsList(), ending.words());
      makeRoom();
    }
  }

  private void tell(
      long number, @Nullable ProcessObject process, List<String> livingInIt, String how) {
    // Before its end is told, so that who is told finds free what the process held.
    sessions.processEnded(number, livingInIt, "its process " + how);
    if (process != null) {
      process.advance();
    }
  }

  @Override
  public void restarted(Origin by) {
    List<ProcessObject> gone = new ArrayList<>();
    for (Iterator<ProcessObject> all = processes.after(0); all.hasNext(); ) {
      ProcessObject process = all.next();
      if (process.endedWithItsDaemon(by)) {
        gone.add(process);
      }
    }
    // All have ended before the session of one of them does: none is to be signalled for that.
    gone.forEach(process -> process.end(ProcessEnd.unseen(world)));
    if (watcher != null) {
      for (ProcessObject process : gone) {
        watcher.processEnded(process.number(), ProcessExited.getDefaultInstance());
      }
    }
    gone.forEach(process -> tell(process.number(), process, List.of(), process.endedHow()));
    sessions.endTiedTo(
        number -> processes.find(number) == null, "its process went with its daemon");
    makeRoom();
  }

  /** Deletes the oldest of those that ended, where there are too many. */
  private void makeRoom() {
    int most = world.limits().getEndedProcesses();
    for (ProcessObject oldest = processes.oldestEnded(most);
        oldest != null;
        oldest = processes.oldestEnded(most)) {
      world.objects().delete(oldest);
    }
  }

  // Processes that other families have.

  @Override
  public void watchedBy(ProcessWatcher named) {
    watcher = named;
  }

  @Override
  public Ref start(ProcessStartRequest request, LongFunction<String> credential, Origin origin) {
    requireRoom();
    world.objects().requireRoomFor(1);
    world.budget().require(ProcessObject.cost(request));
    ProcessObject process =
        world
            .objects()
            .createUnasked(
                ProcessObject.KIND,
                "",
                Lifetime.LIFETIME_PERSISTENT,
                header ->
                    new ProcessObject(
                        header,
                        processes,
                        request,
                        credential.apply(header.ref().getIncarnation()),
                        origin,
                        null));
    process.ask();
    return process.ref();
  }

  @Override
  public void signal(long process, int signal) {
    ProcessObject found = processes.find(process);
    if (found != null && !found.hasEnded()) {
      found.signal(signal);
    }
  }

  @Override
  public void delete(long process) {
    ProcessObject found = processes.find(process);
    if (found != null) {
      world.objects().delete(found);
    }
  }

  @Override
  public boolean isListed(long process) {
    return processes.find(process) != null;
  }

  private void requireRoom() {
    int most = world.limits().getProcesses();
    if (processes.living() >= most) {
      throw Refusal.limit("processes", most, "processes that run");
    }
  }

  private ProcessObject process(String name, Invocation call) {
    return world.objects().find(ProcessObject.KIND, name, call);
  }

  private Answer start(ProcessStartRequest request, Invocation call) {
    check(request);
    call.requireFits(ProcessObject.mostBytes(request));
    Caller session = request.getDaemonic() ? call.session("a daemonic process") : null;
    requireRoom();
    world
        .waiting()
        .requireRoom(
            call, ProcessObject.cost(request) + Directory.footprint(request.getProcess(), call), 1);
    return world
        .objects()
        .createNew(
            ProcessObject.KIND,
            request.getProcess(),
            call,
            header ->
                new ProcessObject(
                    header, processes, request, call.secret(), call.origin(), session))
        .start(call);
  }

  @Override
  public void check(ProcessStartRequest request) {
    if (request.getCommand().isEmpty()) {
      throw Refusal.argument(
          "command",
          "Expected a command to start, but it is empty; arguments are a field of their own");
    }
    checkText("command", request.getCommand());
    request.getArgumentsList().forEach(argument -> checkText("arguments", argument));
    for (EnvironmentVariable variable : request.getEnvironmentList()) {
      String name = variable.getName();
      if (name.isEmpty() || name.indexOf('=') >= 0) {
        throw Refusal.argument(
            "environment",
            "Expected names without '=' in environment, but one "
                + (name.isEmpty() ? "is empty" : "has it")
                + "; what it stands for goes into value");
      }
      checkText("environment", name);
      checkText("environment", variable.getValue());
    }
    if (!request.getFolder().isEmpty() && !request.getFolder().startsWith("/")) {
      throw Refusal.argument(
          "folder",
          "Expected folder to be absolute, but it does not begin with '/'; the daemon does not know"
              + " the caller's own");
    }
    checkText("folder", request.getFolder());
  }

  private static void checkText(String field, String text) {
    if (text.indexOf('\0') >= 0) {
      throw Refusal.argument(field, "Expected " + field + " without a zero byte, but there is one");
    }
  }

  private Answer await(ProcessWaitRequest request, Invocation call) {
    ProcessObject process = process(request.getProcess(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return process.await(call, timeout);
  }

  private Answer signal(ProcessSignalRequest request, Invocation call) {
    ProcessObject process = process(request.getProcess(), call);
    int signal = request.getSignal();
    if (signal < 1 || signal > HIGHEST_SIGNAL) {
      throw Refusal.argument(
          "signal",
          "Expected signal to be 1 to "
              + HIGHEST_SIGNAL
              + ", but it is "
              + Integer.toUnsignedString(signal));
    }
    if (process.hasEnded()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_PROCESS_ENDED,
              "Expected '"
                  + process.name()
                  + "' to run, but it has ended: it "
                  + process.endedHow())
          .with("object", process.name());
    }
    process.signal(signal);
    return Answer.of(ProcessSignalResponse.getDefaultInstance());
  }

  private Answer get(ProcessGetRequest request, Invocation call) {
    return Answer.of(
        ProcessGetResponse.newBuilder()
            .setProcess(process(request.getProcess(), call).describe())
            .build());
  }

  private Answer list(ProcessListRequest request, Invocation call) {
    Page page = Page.of(Listing.of(call), request.getPageSize(), request.getPageToken(), world);
    ProcessListResponse.Builder response = ProcessListResponse.newBuilder();
    return Answer.of(
        response
            .setNextPageToken(
                page.fill(
                    processes.after(page.after()),
                    new ReplyRoom(call, world.limits()),
                    ProcessObject::describe,
                    response::addProcesses))
            .build());
  }
}
