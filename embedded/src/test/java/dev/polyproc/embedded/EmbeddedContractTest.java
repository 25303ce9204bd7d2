package dev.polyproc.embedded;

import dev.polyproc.contract.Contract;
import dev.polyproc.contract.WithoutSegments;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The contract on the embedded daemon. */
final class EmbeddedContractTest extends Contract {
  private final EmbeddedDaemon daemon = EmbeddedDaemon.start();
  private final ManagedChannel channel = daemon.newChannel();

  @AfterEach
  void stop() {
    channel.shutdownNow();
    daemon.close();
  }

  @Override
  protected Channel channel() {
    return channel;
  }

  @Nested
  class SharedMemory extends WithoutSegments {
    @Override
    protected Channel channel() {
      return EmbeddedContractTest.this.channel();
    }
  }
}
