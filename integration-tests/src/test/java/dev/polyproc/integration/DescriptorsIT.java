package dev.polyproc.integration;

import static dev.polyproc.integration.Attack.Credential.NONE;
import static dev.polyproc.integration.Attack.Credential.SOCKET;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_START_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon that may have few descriptors, and connections that would take all of them. */
final class DescriptorsIT {
  private static final int FEW = 256;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private int started;

  /** More than there are descriptors for, all idle. */
  private static void dialAll(Attacker attacker) throws IOException {
    for (int i = 0; i < 2 * FEW; i++) {
      attacker.dial();
    }
  }

  private static ProcessStartResponse start(Client client, String name) {
    return client
        .processes()
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .start(ProcessStartRequest.newBuilder().setProcess(name).setCommand("true").build());
  }

  @ParameterizedTest
  @ValueSource(ints = {128, FEW})
  void shouldLeaveDescriptorsToTheUnixSocketWhenOthersIdle(int descriptors) throws IOException {
    DaemonProcess daemon = daemons.start(Launch.inPrivateFolder().descriptors(descriptors));
    List<Client> clients = new ArrayList<>();
    try (Bystander bystander = new Bystander(daemon);
        Attacker attacker = new Attacker(daemon, NONE, bystander)) {
      bystander.awaitRounds(5);
      dialAll(attacker);

      for (int i = 0; i < 10; i++) {
        Client client = Client.over(daemon.socket());
        clients.add(client);
        assertThat(client.openSession()).isNotEmpty();
        assertThat(start(client, "p" + i).hasProcess()).isTrue();
      }

      bystander.awaitRounds(20);
      assertServed(bystander, true);
    } finally {
      clients.forEach(Client::close);
    }
  }

  /** Then whoever comes must wait, and whoever is there is served. */
  @Test
  void shouldGoOnWhenTheUnixSocketTookAllDescriptors() throws IOException {
    DaemonProcess daemon = daemons.start(Launch.inPrivateFolder().descriptors(FEW));
    try (Client client = Client.over(daemon.socket());
        Bystander bystander = new Bystander(daemon)) {
      start(client, "first");
      bystander.awaitRounds(5);
      try (Attacker attacker = new Attacker(daemon, SOCKET, bystander)) {
        dialAll(attacker);
        Refusal refusal = startFailure(client);
        if (refusal != null) {
          assertThat(refusal.reason()).isEqualTo(ERROR_REASON_START_FAILED);
        }
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(startFailure(client)).isNull());
      bystander.awaitRounds(20);
      assertServed(bystander, false);
    }
  }

  /** How a start is refused, or null when it is not. */
  private @Nullable Refusal startFailure(Client client) {
    try {
      start(client, "another" + started++);
      return null;
    } catch (StatusRuntimeException refused) {
      return Refusal.of(refused);
    }
  }

  private static void assertServed(Bystander bystander, boolean alsoNewConnections) {
    Bystander.Report seen = bystander.report();
    System.out.println("Few descriptors: others: " + seen);
    assertThat(seen.waitedMillis()).isLessThan(1_000);
    assertThat(seen.refusals()).isEmpty();
    assertThat(seen.failures())
        .filteredOn(failure -> alsoNewConnections || !failure.startsWith("new connection"))
        .isEmpty();
  }
}
