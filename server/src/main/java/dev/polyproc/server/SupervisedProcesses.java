package dev.polyproc.server;

import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.ProcessStartRequest;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Processes of the operating system, which are told how to reach their daemon. */
record SupervisedProcesses(Supervisor runs, Path socket, Path tokenFile) implements Processes {
  @Override
  public void start(long process, String name, ProcessStartRequest request, String credential) {
    runs.start(
        process,
        request,
        Map.of(
            "POLYPROC_ADDRESS",
            "unix:" + socket,
            "POLYPROC_TOKEN_FILE",
            tokenFile.toString(),
            "POLYPROC_PROCESS",
            name,
            "POLYPROC_PROCESS_CREDENTIAL",
            credential));
  }

  @Override
  public void signal(long process, int signal) {
    runs.signal(process, signal);
  }

  @Override
  public void forget(long process) {
    runs.forget(process);
  }

  @Override
  public void begin() {
    runs.adoptOrphans();
  }

  @Override
  public void close() {
    runs.close();
  }

  @Override
  public Optional<Supervisor> supervisor() {
    return Optional.of(runs);
  }
}
