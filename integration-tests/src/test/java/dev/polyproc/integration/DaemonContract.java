package dev.polyproc.integration;

import dev.polyproc.contract.ContractWithProcesses;
import io.grpc.Channel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract's suites against a daemon, over one connection a test. */
abstract class DaemonContract extends ContractWithProcesses {
  private Client client;

  /** A new connection. */
  abstract Client connect();

  @BeforeEach
  void start() {
    client = connect();
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
