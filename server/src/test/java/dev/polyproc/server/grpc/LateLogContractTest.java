package dev.polyproc.server.grpc;

import dev.polyproc.contract.ContractWithProcesses;
import dev.polyproc.contract.FarSharedMemoryContract;
import dev.polyproc.server.OwnProcesses;
import dev.polyproc.server.OwnSegments;
import dev.polyproc.server.log.LateLog;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a log that applies later, and whose engine is made again every few entries. */
final class LateLogContractTest {
  private static final int OFTEN = 8;

  /** With the rebuilds of one seed. */
  private abstract static class Seed extends ContractWithProcesses {
    private final long seed;
    @TempDir Path folder;
    private InProcess server;

    Seed(long seed) {
      this.seed = seed;
    }

    @BeforeEach
    void start() throws IOException {
      server =
          new InProcess(
              LateLog.withRebuilds(seed, OFTEN), OwnProcesses.factory(), OwnSegments.in(folder));
    }

    @AfterEach
    void stop() {
      server.close();
    }

    @Override
    protected Channel channel() {
      return server.channel();
    }

    @Nested
    class SharedMemoryFromFar extends FarSharedMemoryContract {
      @Override
      protected Channel channel() {
        return Seed.this.channel();
      }
    }
  }

  @Nested
  class First extends Seed {
    First() {
      super(1);
    }
  }

  @Nested
  class Second extends Seed {
    Second() {
      super(2);
    }
  }

  @Nested
  class Third extends Seed {
    Third() {
      super(3);
    }
  }
}
