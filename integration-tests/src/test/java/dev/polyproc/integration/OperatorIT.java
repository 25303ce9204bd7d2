package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminWaitsRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Peer;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Wait;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator sees and does. */
final class OperatorIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final String queue = client.queues().create(createQueue("")).getRef().getName();

  @AfterEach
  void end() {
    client.close();
  }

  private List<Wait> awaitWaits(int count) {
    AdminWaitsRequest ours = AdminWaitsRequest.newBuilder().setPrefix(queue).build();
    return await()
        .until(() -> client.admin().waits(ours).getWaitsList(), waits -> waits.size() == count);
  }

  private static Refusal refusal(ListenableFuture<?> call) {
    return Refusal.of(
        () -> {
          try {
            call.get();
          } catch (java.util.concurrent.ExecutionException e) {
            throw e.getCause();
          }
        });
  }

  @Test
  void shouldShowWhoWaitsOverTheUnixSocketWithoutASession() {
    ListenableFuture<QueueGetResponse> call = client.queuesLater().get(get(queue));

    Peer peer = awaitWaits(1).get(0).getWaiter().getParty().getPeer();

    assertThat(peer.getPid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(peer.getUser()).isNotEmpty();
    assertThat(peer.getAddress()).isEmpty();
    assertThat(
            client
                .admin()
                .describe(AdminDescribeRequest.newBuilder().setObject(queue).build())
                .getCreator()
                .getPeer())
        .isEqualTo(peer);
    client.queues().put(put(queue, 1));
    assertThat(Later.get(call).getItem().getInt()).isEqualTo(1);
  }

  @Test
  void shouldShowTheAddressOfWhoWaitsOverTcp() {
    try (Client tcp = daemon.tcpClient()) {
      ListenableFuture<QueueGetResponse> call = tcp.queuesLater().get(get(queue));

      Peer peer = awaitWaits(1).get(0).getWaiter().getParty().getPeer();

      assertThat(peer.getAddress()).matches("(127\\.0\\.0\\.1|\\[.*1]):\\d+");
      assertThat(peer.getPid()).isZero();
      call.cancel(true);
      awaitWaits(0);
    }
  }

  @Test
  void shouldTellTheClientOfASessionThatItWasClosedAndWhy() {
    String id = client.openSession();
    Client hung = client.with(Envelope.of(id));
    Attachment stream = client.attach(id, 1).awaitAttached();
    ListenableFuture<QueueGetResponse> call = hung.queuesLater().get(get(queue));
    long session = awaitWaits(1).get(0).getWaiter().getParty().getSession();

    client
        .admin()
        .closeSession(
            AdminCloseSessionRequest.newBuilder()
                .setSession(session)
                .setReason("it hangs")
                .build());

    assertThat(refusal(call).reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(refusal(call).sentence()).endsWith("it hangs");
    assertThat(stream.awaitRefusal().sentence()).endsWith("it hangs");
    Refusal later = Refusal.of(() -> hung.queues().put(put(queue, 1)));
    assertThat(later.reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(later.sentence()).endsWith("it hangs");
    assertThat(client.attach(id, 2).awaitRefusal().sentence()).endsWith("it hangs");
    assertThat(
            Refusal.reasonOf(
                () ->
                    client
                        .admin()
                        .closeSession(
                            AdminCloseSessionRequest.newBuilder().setSession(session).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
  }

  @Test
  void shouldStartUnderTheNameOfAStartThatFailed() {
    ProcessStartRequest.Builder start =
        ProcessStartRequest.newBuilder().setProcess("mended").setCommand("/no/such/command");

    Refusal failed = Refusal.of(() -> client.processes().start(start.build()));
    assertThat(failed.reason()).isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(failed.metadata()).containsEntry("object", "mended");

    assertThat(client.processes().start(start.setCommand("true").build()).getProcess().getPid())
        .isPositive();
  }

  @Test
  void shouldSayWhatMethodsThereAre() {
    assertThat(unknown("EventService/Delete"))
        .contains("EventService has Create, Set, Clear")
        .endsWith("AdminService/Delete deletes an object of any kind");
    assertThat(unknown("EventService/Reset"))
        .endsWith("EventService has Create, Set, Clear, IsSet, Wait");
  }

  private String unknown(String method) {
    return Refusal.of(
            () ->
                io.grpc.stub.ClientCalls.blockingUnaryCall(
                    client.channel(),
                    QueueServiceGrpc.getPutMethod().toBuilder()
                        .setFullMethodName("polyproc.v1." + method)
                        .build(),
                    io.grpc.CallOptions.DEFAULT,
                    put(queue, 1)))
        .sentence();
  }
}
