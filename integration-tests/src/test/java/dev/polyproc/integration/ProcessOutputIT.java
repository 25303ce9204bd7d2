package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that write more than the daemon has memory. */
@Timeout(120)
final class ProcessOutputIT {
  private static final long WRITTEN = 2 * 1_100_000;

  /** More than a heap of 96 MiB, if all were kept. */
  private static final int PROCESSES = 60;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @Test
  void shouldKeepTheOutputOfThoseThatEndedLastAndSayHowMuchIsGoneOfTheOthers() {
    DaemonProcess daemon = daemons.start(Launch.inPrivateFolder().javaOptions("-Xmx96m"));
    try (Client client = Client.over(daemon.socket())) {
      for (int i = 0; i < PROCESSES; i++) {
        run(client, "writer-" + i);
      }

      for (int i = 0; i < PROCESSES; i++) {
        Seen seen = read(client, "writer-" + i);
        assertThat(seen.kept() + seen.missed()).isEqualTo(WRITTEN);
      }
      assertThat(read(client, "writer-0")).isEqualTo(new Seen(0, WRITTEN));
      long most = 2L << 20; // Limits.output_bytes of each.
      assertThat(read(client, "writer-" + (PROCESSES - 1)))
          .isEqualTo(new Seen(most, WRITTEN - most));
    }
  }

  /** Bytes that a reader got, and that it was told are gone. */
  private record Seen(long kept, long missed) {}

  private static Seen read(Client client, String name) {
    long kept = 0;
    long missed = 0;
    var pieces =
        client.processes().output(ProcessOutputRequest.newBuilder().setProcess(name).build());
    while (pieces.hasNext()) {
      var piece = pieces.next();
      kept += piece.getData().size();
      missed += piece.getMissedBytes();
    }
    return new Seen(kept, missed);
  }

  private static void run(Client client, String name) {
    String script = "head -c 1100000 /dev/zero; head -c 1100000 /dev/zero >&2";
    var unused =
        client
            .processes()
            .start(
                ProcessStartRequest.newBuilder()
                    .setProcess(name)
                    .setCommand("sh")
                    .addAllArguments(List.of("-c", script))
                    .build());
    var ended =
        client
            .processes()
            .wait(
                ProcessWaitRequest.newBuilder()
                    .setProcess(name)
                    .setTimeout(Durations.fromSeconds(60))
                    .build());
    assertThat(ended.getEnded()).isTrue();
  }
}
