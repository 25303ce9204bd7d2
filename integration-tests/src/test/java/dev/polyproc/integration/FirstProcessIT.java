package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.files.Users;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is the first process of its container, to whom the system leaves orphans. */
final class FirstProcessIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int PROCESSES = 40;

  /** From the first start on. */
  private static final int GUARDIAN = 1;

  @TempDir Path folder;
  private DaemonProcess daemon;

  @BeforeEach
  void startInANamespaceOfItsOwn() {
    assumeTrue(Users.own() == Users.ROOT, "only root can make a pid namespace");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "unshare is not here");
    daemon =
        Launch.in(folder.resolve("home"))
            .through("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
            .start();
  }

  @AfterEach
  void end() {
    if (daemon != null) {
      daemon.close();
    }
  }

  @Test
  void shouldReapOrphansOfProcessesThatItStarted() {
    try (Client client = Client.over(daemon.socket())) {
      assertThat(
              client
                  .admin()
                  .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                  .getServer()
                  .getPid())
          .isEqualTo(1);

      end(client, start(client, "for i in 1 2 3 4 5; do (setsid true >&- 2>&- &); done"));

      awaitNoChildBut(GUARDIAN);
    }
  }

  @Test
  void shouldReapOrphansThatItHasNothingToDoWith() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/nsenter")), "nsenter is not here");
    String pid = Long.toString(daemon.inside().pid());
    for (int i = 0; i < 5; i++) {
      assertThat(
              new ProcessBuilder(
                      "nsenter", "--target", pid, "--pid", "--", "sh", "-c", "(true &); exit 0")
                  .start()
                  .waitFor())
          .isZero();
    }

    awaitNoChildBut(0);
  }

  @Test
  void shouldTellHowEachOfItsOwnEndedWhateverItReaps() {
    try (Client client = Client.over(daemon.socket())) {
      List<String> processes =
          IntStream.range(0, PROCESSES)
              .mapToObj(i -> start(client, "(setsid true >&- 2>&- &); exit " + (100 + i)))
              .toList();

      for (int i = 0; i < PROCESSES; i++) {
        assertThat(end(client, processes.get(i)).getExitCode()).isEqualTo(100 + i);
      }
      awaitNoChildBut(GUARDIAN);
    }
    daemon.inside().destroy();
    assertThat(daemon.awaitExit(LONG)).isEqualTo(143);
    assertThat(daemon.log()).isEmpty();
  }

  /** Waits until all its other children, which are zombies by then, were reaped. */
  private void awaitNoChildBut(long known) {
    await().atMost(LONG).until(() -> daemon.inside().children().count() == known);
  }

  private static String start(Client client, String script) {
    return client
        .processes()
        .start(
            ProcessStartRequest.newBuilder()
                .setCommand("sh")
                .addAllArguments(List.of("-c", script))
                .build())
        .getProcess()
        .getRef()
        .getName();
  }

  private static Process end(Client client, String process) {
    return client
        .processes()
        .wait(ProcessWaitRequest.newBuilder().setProcess(process).build())
        .getProcess();
  }
}
