package dev.polyproc.contract;

import io.grpc.Channel;
import org.junit.jupiter.api.Nested;

/** All suites, for whoever starts processes of the operating system, too. */
public abstract class ContractWithProcesses extends Contract {
  @Nested
  class Processes extends ProcessContract {
    @Override
    protected Channel channel() {
      return ContractWithProcesses.this.channel();
    }
  }
}
