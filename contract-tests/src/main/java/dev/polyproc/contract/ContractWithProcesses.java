package dev.polyproc.contract;

import io.grpc.Channel;
import org.junit.jupiter.api.Nested;

/**
 * All suites, for whoever starts processes of the operating system and makes segments of shared
 * memory, too; to which the one is added for who calls from near, or from far.
 */
public abstract class ContractWithProcesses extends Contract {
  @Nested
  class Processes extends ProcessContract {
    @Override
    protected Channel channel() {
      return ContractWithProcesses.this.channel();
    }
  }

  @Nested
  class PoolWorkers extends PoolWorkersContract {
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
  }
}
