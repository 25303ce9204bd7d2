package dev.polyproc.examples.migration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the shop as its README does, before and after. */
@Timeout(60)
class MigrationIT {
  private final List<Process> programs = new ArrayList<>();

  @Test
  void shouldPrintTheSameInOneJvmAndInTwo() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess()) {
      daemon.start();

      String before = output(start(Before.class, daemon, "clerk", "clerk", "customer"));
      Process clerk = start(After.class, daemon, "clerk");
      String after = output(start(After.class, daemon, "clerk", "customer"));

      assertThat(output(clerk)).isEmpty();
      assertThat(after).isEqualTo(before);
      assertThat(before)
          .isEqualTo("apples: 300\nbread: 300\ncash: 3600\ncheese: 300\ndates: 300\n");
    } finally {
      programs.forEach(Process::destroyForcibly);
    }
  }

  private Process start(Class<?> program, DaemonProcess daemon, String... parts)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(parts));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("POLYPROC_ADDRESS", daemon.address());
    Process started = builder.start();
    programs.add(started);
    return started;
  }

  private static String output(Process program) throws IOException, InterruptedException {
    String output = new String(program.getInputStream().readAllBytes(), UTF_8);
    assertThat(program.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isZero();
    return output;
  }
}
