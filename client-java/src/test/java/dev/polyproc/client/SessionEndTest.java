package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A session that the daemon ends while calls of all kinds wait. */
@Timeout(60)
class SessionEndTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  @Test
  void shouldTellEveryWaitThatTheSessionIsLost() throws Exception {
    // given
    BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
    try (Polyproc other = Polyproc.connect(DAEMON.address());
        Polyproc client =
            Polyproc.builder().address(DAEMON.address()).onSessionLost(lost::add).connect()) {
      other.lock("lock").lock();
      PolyQueue<String> queue = client.queue("queue", String.class);
      PolyLock lock = client.lock("lock");
      PolyEvent event = client.event("event");
      List<CompletableFuture<Throwable>> ends = new ArrayList<>();
      ends.add(Failure.onThread(queue::take));
      ends.add(Failure.onThread(() -> queue.poll(1, TimeUnit.HOURS)));
      ends.add(Failure.onThread(() -> lock.tryLock(1, TimeUnit.HOURS)));
      ends.add(Failure.onThread(() -> event.await(1, TimeUnit.HOURS)));
      ends.add(
          Failure.onThread(
              () -> {
                lock.lock();
                return "locked";
              }));
      ends.add(
          Failure.onThread(
              () -> {
                queue.consume(1, delivery -> {});
                return "consumed";
              }));
      CompletableFuture<String> future = queue.takeAsync();
      Inspector inspector = new Inspector(other);
      inspector.awaitWaiters("queue", 4);
      inspector.awaitWaiters("lock", 2);
      inspector.awaitWaiters("event", 1);

      // when
      end(client.requestor().session());

      // then
      for (CompletableFuture<Throwable> end : ends) {
        assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(SessionLostException.class);
      }
      assertThat(Failure.of(future)).isInstanceOf(SessionLostException.class);
      assertThat(lost.poll(10, TimeUnit.SECONDS)).isNotNull();
      assertThat(lost).isEmpty();
    }
  }

  /** Ends a session as somebody who knows its id can, on a connection of its own. */
  private static void end(Session session) {
    Transport transport = new Transport(Address.parse(DAEMON.address()), null, null, null);
    Metadata metadata = new Metadata();
    metadata.put(
        Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER),
        session.opened().getSession());
    ManagedChannel channel = transport.newChannel();
    var unused =
        SessionServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
            .end(SessionEndRequest.getDefaultInstance());
    channel.shutdownNow();
    transport.close();
  }
}
