package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_DELETED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_RESERVATION_ENDED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The daemon is killed and started again: what a client still has of before meets nothing new. */
final class RestartIT {
  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @TempDir Path folder;

  /** What a client remembers of a daemon. */
  private record Remembered(
      long incarnation, long reservation, String page, long place, String session) {
    static Remembered of(Client client) {
      long incarnation = client.queues().create(createQueue("jobs")).getRef().getIncarnation();
      for (int item = 0; item < 3; item++) {
        client.queues().put(put("jobs", item));
      }
      long reservation =
          client
              .queues()
              .get(
                  QueueGetRequest.newBuilder()
                      .setQueue("jobs")
                      .setReserve(true)
                      .setReservationTimeout(Durations.fromMinutes(5))
                      .build())
              .getReservation();
      QueueListResponse page =
          client
              .queues()
              .list(
                  QueueListRequest.newBuilder()
                      .setQueue("jobs")
                      .setPageSize(1)
                      .setReturnPlaces(true)
                      .build());
      return new Remembered(
          incarnation,
          reservation,
          page.getNextPageToken(),
          page.getPlaces(0),
          client.openSession());
    }
  }

  @Test
  void shouldSayThatTheDaemonWasRestarted() {
    Launch launch = Launch.in(folder.resolve("home"));
    DaemonProcess first = daemons.start(launch);
    Remembered before;
    try (Client client = Client.over(first.socket())) {
      before = Remembered.of(client);
    }
    first.kill();

    DaemonProcess second = daemons.start(launch);

    try (Client client = Client.over(second.socket())) {
      Remembered after = Remembered.of(client);
      Client meaning =
          client.with(
              Envelope.none().with("polyproc-incarnation", Long.toString(before.incarnation())));
      assertRefused(() -> meaning.queues().get(get("jobs")), ERROR_REASON_OBJECT_DELETED);
      assertRefused(
          () -> client.queues().acknowledge(acknowledge(before.reservation())),
          ERROR_REASON_RESERVATION_ENDED);
      assertRefused(
          () ->
              client
                  .queues()
                  .list(
                      QueueListRequest.newBuilder()
                          .setQueue("jobs")
                          .setPageToken(before.page())
                          .build()),
          ERROR_REASON_INVALID_ARGUMENT);
      assertRefused(
          () -> client.with(Envelope.of(before.session())).queues().get(get("jobs")),
          ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(client.queues().size(size("jobs")).getSize()).isEqualTo(2);
      assertThat(client.queues().size(size("jobs")).getReserved()).isEqualTo(1);
      assertThat(after.place()).isNotEqualTo(before.place()).isLessThan(1L << 53);
    }
  }

  private static QueueAcknowledgeRequest acknowledge(long reservation) {
    return QueueAcknowledgeRequest.newBuilder()
        .setQueue("jobs")
        .setReservation(reservation)
        .build();
  }

  private static void assertRefused(ThrowingCallable call, ErrorReason reason) {
    Refusal refusal = Refusal.of(call);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.sentence()).contains("the daemon was restarted");
  }
}
