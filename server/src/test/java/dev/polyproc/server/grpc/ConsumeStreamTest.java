package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.rpc.Code;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import org.junit.jupiter.api.Test;

/** What a consumer is that does not read what it asked for. */
final class ConsumeStreamTest {
  @Test
  void shouldEndAConsumerThatDoesNotReadWhatIsDeliveredAgainAndAgain() throws Exception {
    try (InProcess daemon = new InProcess()) {
      com.google.rpc.Status end = SlowConsumer.run(daemon);

      assertThat(Code.forNumber(end.getCode())).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(end.getMessage()).startsWith("Expected the consumer to read its items");
      await().until(() -> size(daemon).getReserved() == 0);
      assertThat(size(daemon).getSize()).as("they are there for others").isEqualTo(4);
      assertThat(size(daemon).getWaitingGets()).as("it waits no more").isZero();
    }
  }

  private static QueueSizeResponse size(InProcess daemon) {
    return QueueServiceGrpc.newBlockingStub(daemon.channel())
        .size(QueueSizeRequest.newBuilder().setQueue(SlowConsumer.QUEUE).build());
  }
}
