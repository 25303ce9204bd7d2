package dev.polyproc.server.grpc;

import dev.polyproc.contract.Contract;
import io.grpc.Channel;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract on the engine, over the in-process transport. */
final class InProcessContractTest extends Contract {
  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Override
  protected Channel channel() {
    return server.channel();
  }
}
