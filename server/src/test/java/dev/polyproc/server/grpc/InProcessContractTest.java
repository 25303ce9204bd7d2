package dev.polyproc.server.grpc;

import dev.polyproc.contract.CollectionsContract;
import dev.polyproc.contract.EventContract;
import dev.polyproc.contract.LockContract;
import dev.polyproc.contract.QueueContract;
import dev.polyproc.contract.SessionContract;
import io.grpc.Channel;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract's suites on the engine, over the in-process transport. */
final class InProcessContractTest {
  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Nested
  class Sessions extends SessionContract {
    @Override
    protected Channel channel() {
      return server.channel();
    }
  }

  @Nested
  class Queues extends QueueContract {
    @Override
    protected Channel channel() {
      return server.channel();
    }
  }

  @Nested
  class Locks extends LockContract {
    @Override
    protected Channel channel() {
      return server.channel();
    }
  }

  @Nested
  class Events extends EventContract {
    @Override
    protected Channel channel() {
      return server.channel();
    }
  }

  @Nested
  class Collections extends CollectionsContract {
    @Override
    protected Channel channel() {
      return server.channel();
    }
  }
}
