package dev.polyproc.client.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One connection to a daemon, and the stream on it. */
@Timeout(60)
class AttachmentTest {
  /** Lets go of an attachment as soon as it ends, as a session does. */
  private record Closing(CompletableFuture<Status> ended) implements Attachment.Listener {
    @Override
    public void ready(Attachment attachment) {}

    @Override
    public void received(Attachment attachment, byte[] frame) {}

    @Override
    public void ended(Attachment attachment, Status status, Metadata trailers) {
      attachment.close();
      ended.complete(status);
    }
  }

  @Test
  void shouldBeClosedWhileItIsStarted() throws Exception {
    Transport transport = new Transport(Address.CHANNELS, null, null, null);
    try {
      Closing listener = new Closing(new CompletableFuture<>());
      CompletableFuture<Boolean> started = new CompletableFuture<>();
      transport.execute(
          () -> {
            try {
              Attachment attachment =
                  new Attachment(
                      transport,
                      InProcessChannelBuilder.forName("nobody").directExecutor().build(),
                      listener);
              attachment.start(Frame.attach("session", 1, 0));
              started.complete(listener.ended().isDone());
            } catch (RuntimeException e) {
              started.completeExceptionally(e);
            }
          });

      assertThat(started.get(30, TimeUnit.SECONDS)).as("it ended at once").isTrue();
      assertThat(listener.ended().get().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    } finally {
      transport.close();
    }
  }
}
