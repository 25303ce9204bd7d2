package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminCloseSessionResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.AdminWaitsRequest;
import dev.polyproc.v1.AdminWaitsResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A session that an operator closes, because its client hangs and still speaks. */
@Timeout(60)
class ClosedSessionTest {
  private static final Operation<AdminWaitsRequest, AdminWaitsResponse> WAITS =
      Operation.of(AdminServiceGrpc.getWaitsMethod());

  private static final Operation<AdminCloseSessionRequest, AdminCloseSessionResponse> CLOSE =
      Operation.of(AdminServiceGrpc.getCloseSessionMethod());

  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  @Test
  void shouldTellTheClientWhyItsSessionWasClosed() {
    try (Polyproc operator = Polyproc.connect(DAEMON.address());
        Polyproc hung = Polyproc.connect(DAEMON.address())) {
      PolyQueue<String> queue = hung.queue("queue", String.class);
      CompletableFuture<String> waiting = queue.takeAsync();
      new Inspector(operator).awaitWaiters("queue", 1);
      long session =
          operator
              .requestor()
              .call(WAITS, AdminWaitsRequest.newBuilder().setPrefix("queue").build())
              .getWaits(0)
              .getWaiter()
              .getParty()
              .getSession();

      operator
          .requestor()
          .call(
              CLOSE,
              AdminCloseSessionRequest.newBuilder()
                  .setSession(session)
                  .setReason("it hangs")
                  .build());

      assertThat(Failure.of(waiting))
          .isInstanceOf(SessionLostException.class)
          .hasMessageStartingWith(
              "Expected the session to live, but the daemon at "
                  + DAEMON.address()
                  + " says: it ended: ")
          .hasMessageContaining("closed by AdminService/CloseSession: it hangs");
      assertThat(Failure.of(queue.takeAsync()))
          .isInstanceOf(SessionLostException.class)
          .hasMessageContaining("it hangs");
    }
  }
}
