package dev.polyproc.server.grpc;

import dev.polyproc.contract.ContractWithProcesses;
import dev.polyproc.contract.FarSharedMemoryContract;
import dev.polyproc.server.OwnProcesses;
import dev.polyproc.server.OwnSegments;
import dev.polyproc.server.log.MemoryLog;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the engine, over the in-process transport. */
final class InProcessContractTest extends ContractWithProcesses {
  @TempDir Path folder;
  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess(MemoryLog::new, OwnProcesses.factory(), OwnSegments.in(folder));
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
      return InProcessContractTest.this.channel();
    }
  }
}
