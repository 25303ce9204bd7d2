package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.object.ProcessOutput;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessGetResponse;
import dev.polyproc.v1.ProcessListRequest;
import dev.polyproc.v1.ProcessListResponse;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessSignalResponse;
import dev.polyproc.v1.ProcessState;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.ProcessWaitResponse;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that the daemon started on its own machine. It is this very process: when it was
 * deleted, every call fails with {@code ERROR_REASON_OBJECT_DELETED}, also when another one was
 * started by its name.
 */
public final class PolyProcess extends Handle {
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;

  private static final Operation<ProcessWaitRequest, ProcessWaitResponse> WAIT =
      Operation.of(ProcessServiceGrpc.getWaitMethod());
  private static final Operation<ProcessSignalRequest, ProcessSignalResponse> SIGNAL =
      Operation.of(ProcessServiceGrpc.getSignalMethod());
  private static final Operation<ProcessGetRequest, ProcessGetResponse> GET =
      Operation.of(ProcessServiceGrpc.getGetMethod());
  private static final Operation<ProcessListRequest, ProcessListResponse> LIST =
      Operation.of(ProcessServiceGrpc.getListMethod());

  private final long pid;

  PolyProcess(Requestor requestor, Process process) {
    super(requestor.meaning(process.getRef()), process.getRef());
    this.pid = process.getPid();
  }

  /** The process of that name, which was started before. */
  static PolyProcess find(Requestor requestor, String name) {
    return new PolyProcess(
        requestor,
        requestor.call(GET, ProcessGetRequest.newBuilder().setProcess(name).build()).getProcess());
  }

  /** All processes, in the order of their start. */
  static Iterable<Process> list(Requestor requestor) {
    return new Pages<>(
        page -> {
          ProcessListResponse processes =
              requestor.call(LIST, ProcessListRequest.newBuilder().setPageToken(page).build());
          return new Pages.Page<>(processes.getProcessesList(), processes.getNextPageToken());
        });
  }

  /** The process id. */
  public long pid() {
    return pid;
  }

  /** The process as it is. */
  public Process status() {
    return requestor
        .call(GET, ProcessGetRequest.newBuilder().setProcess(name()).build())
        .getProcess();
  }

  /** Whether the process has not ended. */
  public boolean isAlive() {
    return status().getState() != ProcessState.PROCESS_STATE_ENDED;
  }

  /** How the process ended; empty while it runs. */
  public Optional<ProcessExit> exit() {
    Process process = status();
    return process.getState() == ProcessState.PROCESS_STATE_ENDED
        ? Optional.of(ProcessExit.of(process))
        : Optional.empty();
  }

  /** Waits until the process has ended. */
  public ProcessExit waitFor() throws InterruptedException {
    return ProcessExit.of(requestor.await(WAIT, waitRequest(null)).getProcess());
  }

  /** Waits until the process has ended, or the time is up; empty when it still ran then. */
  public Optional<ProcessExit> waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    return exit(
        requestor.await(WAIT, waitRequest(requestor.timeout(timeout, unit)), timeout, unit));
  }

  /** The twin of {@link #waitFor()}. */
  public CompletableFuture<ProcessExit> onExit() {
    return requestor.async(
        WAIT, waitRequest(null), response -> ProcessExit.of(response.getProcess()));
  }

  /** The twin of {@link #waitFor(long, TimeUnit)}. */
  public CompletableFuture<Optional<ProcessExit>> onExit(long timeout, TimeUnit unit) {
    return requestor.async(WAIT, waitRequest(requestor.timeout(timeout, unit)), PolyProcess::exit);
  }

  private static Optional<ProcessExit> exit(ProcessWaitResponse response) {
    return response.getEnded()
        ? Optional.of(ProcessExit.of(response.getProcess()))
        : Optional.empty();
  }

  /** Sends a signal, by its number on the daemon's system, to the process and its group. */
  public void signal(int signal) {
    requestor.call(
        SIGNAL, ProcessSignalRequest.newBuilder().setProcess(name()).setSignal(signal).build());
  }

  /** Asks the process to end: SIGTERM. */
  public void terminate() {
    signal(SIGTERM);
  }

  /** Ends the process: SIGKILL. */
  public void kill() {
    signal(SIGKILL);
  }

  /**
   * What the process writes to its standard output: what is kept of it, and then what comes, up to
   * its end. Close it when done with it. It belongs to the client's connection of now: when that
   * breaks, reading throws an {@code IOException}.
   *
   * <p>The daemon keeps the last bytes only, by default 1 MiB. Where bytes were dropped before they
   * could be read, {@code read} throws a {@link MissedOutputException}, once, and then goes on
   * behind them.
   */
  public InputStream stdout() {
    return ProcessOutput.open(
        requestor, ref, OutputSource.OUTPUT_SOURCE_STDOUT, MissedOutputException::new);
  }

  /** {@link #stdout}, of the standard error. */
  public InputStream stderr() {
    return ProcessOutput.open(
        requestor, ref, OutputSource.OUTPUT_SOURCE_STDERR, MissedOutputException::new);
  }

  private ProcessWaitRequest waitRequest(@Nullable Duration timeout) {
    ProcessWaitRequest.Builder request = ProcessWaitRequest.newBuilder().setProcess(name());
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }
}
