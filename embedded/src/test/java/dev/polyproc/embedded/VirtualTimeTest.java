package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon whose time passes when a test says so. */
final class VirtualTimeTest {
  @RegisterExtension static final PolyprocExtension virtual = PolyprocExtension.withVirtualTime();

  @Test
  void shouldLetTimePassWhenToldTo(EmbeddedDaemon daemon, Polyproc client) throws Exception {
    PolyQueue<String> queue = client.queue("jobs", String.class);
    CompletableFuture<String> waiting = queue.pollAsync(1, TimeUnit.HOURS);
    client.event("sent-before").set(); // so that the Get has come, too
    daemon.advance(Duration.ofMinutes(59));
    assertThat(queue.size()).isZero();
    assertThat(waiting).isNotDone();

    daemon.advance(Duration.ofMinutes(1));

    assertThat(waiting.get(20, TimeUnit.SECONDS)).isNull();
    client.event("still-there").set();
  }

  @Test
  void shouldEndSessionsOfWhichNothingIsHeard(EmbeddedDaemon daemon) {
    ManagedChannel channel = daemon.newChannel();
    String session =
        SessionServiceGrpc.newBlockingStub(channel)
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER), session);
    ClientInterceptor inSession = MetadataUtils.newAttachHeadersInterceptor(metadata);
    SessionServiceGrpc.SessionServiceBlockingStub sessions =
        SessionServiceGrpc.newBlockingStub(channel).withInterceptors(inSession);
    daemon.advance(Duration.ofSeconds(9));
    var unused = sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    daemon.advance(Duration.ofSeconds(9));
    unused = sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    daemon.advance(Duration.ofSeconds(10));
    assertThatThrownBy(() -> sessions.keepAlive(SessionKeepAliveRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Code.NOT_FOUND));
    channel.shutdownNow();
  }
}
