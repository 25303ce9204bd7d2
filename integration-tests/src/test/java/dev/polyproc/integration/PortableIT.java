package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.getNow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A daemon and clients without epoll, with the JDK's sockets: what there is on macOS. The same but
 * for one thing: who is at the other end of a socket is known by the user, not the process.
 */
final class PortableIT {
  private static final String WITHOUT_EPOLL =
      "-Dio.grpc.netty.shaded.io.netty.transport.noNative=true";
  private static final long SHORT_MILLIS = 1_000;

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(Launch.inPrivateFolder().javaOptions(WITHOUT_EPOLL));

  private final Client client = daemon.client();

  @AfterEach
  void end() {
    client.close();
  }

  @Test
  void shouldServeTheJavaClientThroughTheUnixSocket() throws Exception {
    client.queues().create(createQueue("portable"));

    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                WITHOUT_EPOLL,
                "-cp",
                System.getProperty("java.class.path"),
                PortableMain.class.getName(),
                "unix:" + daemon.get().socket())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(printed).isZero();
    assertThat(client.queues().get(getNow("portable")).getItem().getText()).isEqualTo("hello");
  }

  @Test
  void shouldServeTcp() {
    try (Client tcp = daemon.tcpClient()) {
      tcp.queues().create(createQueue("over/tcp"));
      assertThat(tcp.queues().put(Requests.put("over/tcp", 1)).getAccepted()).isTrue();
    }
  }

  @Test
  void shouldRunProcesses() {
    String process =
        client
            .processes()
            .start(
                ProcessStartRequest.newBuilder()
                    .setCommand("sh")
                    .addAllArguments(List.of("-c", "exit 7"))
                    .build())
            .getProcess()
            .getRef()
            .getName();

    assertThat(
            client
                .processes()
                .wait(ProcessWaitRequest.newBuilder().setProcess(process).build())
                .getProcess()
                .getExitCode())
        .isEqualTo(7);
  }

  @Test
  void shouldHandTheLockOfAKilledHolderOverAfterItsTimeToLive() {
    client.locks().create(createLock("held"));
    try (Actor holder =
        Actor.start(
            daemon.get().socket(),
            Actor.Way.ATTACHED,
            SHORT_MILLIS,
            Actor.Deed.HOLD_LOCK,
            "held")) {
      holder.awaitDone();
      Future<LockAcquireResponse> waiting =
          client.newSession().locksLater().acquire(acquire("held"));

      holder.kill();

      assertThat(Later.get(waiting).getPreviousOwnerDied()).isTrue();
    }
  }
}
