package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.files.Environment;
import dev.polyproc.v1.ProcessStartRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a supervisor costs that starts nothing, or cannot. */
final class SupervisorIdleTest {
  @Test
  void shouldLoadNothingBeforeTheFirstStart() throws Exception {
    // when
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Idle.class.getName())
            .start();
    String classes = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    // then
    assertThat(jvm.waitFor()).isZero();
    assertThat(classes).contains(Children.class.getName()).doesNotContain("com.sun.jna");
  }

  @Test
  void shouldSayWhyNothingCanBeStartedHere() {
    // given
    RecordedReports reports = new RecordedReports();
    String sentence = "Expected Linux or macOS, but this is a test";
    Platform.Choice none =
        () -> {
          throw new StartFailure(sentence);
        };

    // when
    try (Supervisor supervisor =
        new Supervisor(
            Environment.of(Map.of()),
            reports,
            SupervisorFixture.limits(1),
            0,
            RecordedReports::notDead,
            none,
            1)) {
      for (long process = 1; process <= 3; process++) {
        supervisor.start(
            process, ProcessStartRequest.newBuilder().setCommand("true").build(), Map.of());
        supervisor.signal(process, 15);

        // then
        assertThat(reports.end(process)).isEqualTo("failed: " + sentence);
        supervisor.forget(process);
      }
    }
    assertThat(reports.of(3)).containsExactly("failed");
  }

  /** A JVM with a supervisor that is used for nothing. */
  static final class Idle {
    private Idle() {}

    public static void main(String[] arguments) {
      try (Supervisor supervisor =
          new Supervisor(
              Environment.of(System.getenv()),
              new RecordedReports(),
              SupervisorFixture.limits(1),
              0,
              RecordedReports::notDead)) {
        supervisor.signal(1, 15);
        supervisor.forget(1);
      }
    }
  }
}
