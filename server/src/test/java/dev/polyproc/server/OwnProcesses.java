package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.supervisor.Supervisor;
import java.nio.file.Path;

/** Processes of the operating system for an assembly in a test, which they cannot reach. */
public final class OwnProcesses {
  private static final Path NOWHERE = Path.of("nowhere");

  private OwnProcesses() {}

  /** Makes what runs them. */
  public static Processes.Factory factory() {
    return reports ->
        new SupervisedProcesses(
            new Supervisor(
                Environment.ofThisProcess(),
                reports,
                EngineFixture.LIMITS.toBuilder().setAllOutputBytes(64 << 20).build(),
                0,
                dead -> {
                  throw new AssertionError(dead);
                }),
            NOWHERE,
            NOWHERE);
  }
}
