package dev.polyproc.contract;

import io.grpc.Channel;
import org.junit.jupiter.api.Nested;

/**
 * All suites, for whoever starts processes of the operating system and makes segments of shared
 * memory, too.
 */
public abstract class ContractWithProcesses extends Contract {
  /** Whether the channel is one by the Unix socket, and so of who is on the same machine. */
  protected abstract boolean isLocal();

  @Nested
  class Processes extends ProcessContract {
    @Override
    protected Channel channel() {
      return ContractWithProcesses.this.channel();
    }
  }

  @Nested
  class SharedMemory extends SharedMemoryContract {
    @Override
    protected Channel channel() {
      return ContractWithProcesses.this.channel();
    }

    @Override
    protected boolean isLocal() {
      return ContractWithProcesses.this.isLocal();
    }
  }
}
