package dev.polyproc.integration;

import dev.polyproc.contract.CollectionsContract;
import dev.polyproc.contract.EventContract;
import dev.polyproc.contract.LockContract;
import dev.polyproc.contract.QueueContract;
import dev.polyproc.contract.SessionContract;
import io.grpc.Channel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract's suites against a daemon, over one connection a test. */
abstract class DaemonContract {
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

  @Nested
  class Sessions extends SessionContract {
    @Override
    protected Channel channel() {
      return client.channel();
    }
  }

  @Nested
  class Queues extends QueueContract {
    @Override
    protected Channel channel() {
      return client.channel();
    }
  }

  @Nested
  class Locks extends LockContract {
    @Override
    protected Channel channel() {
      return client.channel();
    }
  }

  @Nested
  class Events extends EventContract {
    @Override
    protected Channel channel() {
      return client.channel();
    }
  }

  @Nested
  class Collections extends CollectionsContract {
    @Override
    protected Channel channel() {
      return client.channel();
    }
  }
}
