package dev.polyproc.server;

import dev.polyproc.server.grpc.Services;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.ProcessStartRequest;
import java.nio.file.Path;
import java.util.Map;

/** Processes of the operating system, which are told how to reach their daemon. */
record SupervisedProcesses(Supervisor supervisor, Path socket, Path tokenFile)
    implements Processes {
  @Override
  public void start(long process, String name, ProcessStartRequest request, String credential) {
    supervisor.start(
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
    supervisor.signal(process, signal);
  }

  @Override
  public void forget(long process) {
    supervisor.forget(process);
  }

  @Override
  public void begin() {
    supervisor.adoptOrphans();
  }

  @Override
  public void close() {
    supervisor.close();
  }

  @Override
  public void join(Services services) {
    services.with(supervisor);
  }
}
