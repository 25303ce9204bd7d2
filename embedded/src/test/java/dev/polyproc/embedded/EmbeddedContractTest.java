package dev.polyproc.embedded;

import dev.polyproc.contract.Contract;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import org.junit.jupiter.api.AfterEach;

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
}
