package dev.polyproc.integration;

import dev.polyproc.contract.LocalSharedMemoryContract;
import io.grpc.Channel;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract's suites through the Unix socket. */
final class DaemonContractIT extends DaemonContract {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @Override
  Client connect() {
    return daemon.client();
  }

  @Nested
  class SharedMemoryOnTheMachine extends LocalSharedMemoryContract {
    @Override
    protected Channel channel() {
      return DaemonContractIT.this.channel();
    }
  }
}
