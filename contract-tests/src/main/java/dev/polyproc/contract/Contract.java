package dev.polyproc.contract;

import io.grpc.Channel;
import org.junit.jupiter.api.Nested;

/** All suites: what whoever serves the contract extends, and says how it is reached. */
public abstract class Contract {
  /** A way to whoever serves the contract, without a session; the same during a test. */
  protected abstract Channel channel();

  @Nested
  class Sessions extends SessionContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Queues extends QueueContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class DeadLetters extends DeadLetterContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class JoinableQueues extends JoinableQueueContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class QueueItems extends QueueItemsContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Locks extends LockContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Conditions extends ConditionContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class ReadWriteLocks extends ReadWriteLockContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Events extends EventContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Barriers extends BarrierContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Semaphores extends SemaphoreContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Latches extends LatchContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Values extends ValueContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Arrays extends ArrayContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Collections extends CollectionsContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Pipes extends PipeContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Pools extends PoolContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }

  @Nested
  class Nesting extends NestingContract {
    @Override
    protected Channel channel() {
      return Contract.this.channel();
    }
  }
}
