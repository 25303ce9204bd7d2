package dev.polyproc.integration;

import dev.polyproc.contract.Contract;
import io.grpc.Channel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract against a daemon, through its Unix socket. */
final class DaemonContractIT extends Contract {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private Client client;

  @BeforeEach
  void connect() {
    client = daemon.client();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Override
  protected Channel channel() {
    return client.channel();
  }
}
