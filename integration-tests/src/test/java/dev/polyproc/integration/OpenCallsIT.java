package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminWaitsRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.SessionKeepAliveRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client whose waiting calls take all the room there is for open calls. */
@Timeout(60)
final class OpenCallsIT {
  private static final int MOST = 400;
  private static final int HOGS = 4;

  @RegisterExtension
  static final SharedDaemon daemon = SharedDaemon.with("--limit", "open_calls=" + MOST);

  private final List<Client> hogs = new ArrayList<>();
  private final List<Future<QueueGetResponse>> waiting = new ArrayList<>();

  /** Gets that wait, over some connections, until none more is let in. */
  private void waitEverywhere(String queue, Envelope session) {
    for (int i = 0; i < HOGS; i++) {
      Client hog = daemon.client();
      hogs.add(hog);
      for (int call = 0; call < MOST / 2; call++) {
        waiting.add(hog.with(session).queuesLater().get(get(queue)));
      }
    }
    await().until(() -> waiting.stream().anyMatch(Future::isDone));
  }

  @Test
  void shouldServeThoseWhoHaveFewCallsWhileOthersWaitInAllThatAreLeft() {
    try (Client operator = daemon.client();
        Client innocent = daemon.client()) {
      String queue = operator.queues().create(createQueue("")).getRef().getName();
      String alive = innocent.openSession();
      String session = operator.openSession();
      waitEverywhere(queue, Envelope.of(session));

      SessionKeepAliveRequest word = SessionKeepAliveRequest.getDefaultInstance();
      assertThat(innocent.with(Envelope.of(alive)).sessions().keepAlive(word)).isNotNull();
      assertThat(operator.admin().serverInfo(AdminServerInfoRequest.getDefaultInstance()))
          .isNotNull();
      long hog =
          operator
              .admin()
              .waits(AdminWaitsRequest.newBuilder().setPageSize(1).build())
              .getWaits(0)
              .getWaiter()
              .getParty()
              .getSession();
      operator
          .admin()
          .closeSession(
              AdminCloseSessionRequest.newBuilder().setSession(hog).setReason("it hangs").build());

      await().until(() -> waiting.stream().allMatch(Future::isDone));
      assertThat(waiting)
          .as("some were refused, and said what they may have")
          .anySatisfy(
              call ->
                  assertThat(Refusal.of(() -> Later.get(call)).reason())
                      .isEqualTo(ERROR_REASON_LIMIT_REACHED));
    } finally {
      hogs.forEach(Client::close);
    }
  }
}
