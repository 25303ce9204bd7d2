package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Processes get what the daemon's user gave it, byte by byte, whatever the locale. */
final class GivenEnvironmentIT {
  private static final String BYTES = "\u00ff\u00fe";

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @TempDir Path folder;
  private Launch launch = Launch.inPrivateFolder();

  @BeforeEach
  void goWithoutALocale() {
    launch =
        Launch.in(folder.resolve("home"))
            .environment("LC_ALL", "")
            .environment("LC_CTYPE", "")
            .environment("LANG", "");
  }

  @Test
  void shouldReachProcessesByteByByte() {
    // Test and daemon have another locale, so a shell makes the bytes.
    DaemonProcess daemon =
        daemons.start(
            launch
                .environment("NAME", "é")
                .through("sh", "-c", "RAW=$(printf '\\377\\376') exec \"$@\"", "sh"));

    String printed = run(daemon, "sh", "-c", "printf '%s.' \"$NAME\" \"$RAW\"", "sh");

    assertThat(printed).isEqualTo("\u00c3\u00a9." + BYTES + ".");
  }

  @Test
  void shouldKeepTheLocaleOfTheUser() {
    String show = "printf '%s.' \"${LC_ALL-none}\" \"${POLYPROCD_LC_ALL-none}\"";

    assertThat(run(daemons.start(launch), "sh", "-c", show)).isEqualTo("none.none.");
    Launch other = Launch.in(folder.resolve("other"));
    assertThat(run(daemons.start(other.environment("LC_ALL", "C")), "sh", "-c", show))
        .isEqualTo("C.none.");
  }

  @Test
  void shouldFindCommandsInFoldersOfAnyName() throws IOException, InterruptedException {
    Path accented = Files.createDirectory(folder.resolve("bin-é"));
    executable(accented.resolve("greet"), "printf hello");
    String make =
        "d=$(printf '%s/bin-\\377' \"$0\"); mkdir \"$d\"; cp \"$1\" \"$d/salute\";"
            + " shift; PATH=\"$d:$0/bin-é:$PATH\" exec \"$@\"";
    DaemonProcess daemon =
        daemons.start(
            launch.through(
                "sh", "-c", make, folder.toString(), accented.resolve("greet").toString()));

    assertThat(run(daemon, "greet")).isEqualTo("hello");
    assertThat(run(daemon, "salute")).isEqualTo("hello");
    assertThat(run(daemon, accented.resolve("greet").toString())).isEqualTo("hello");
    assertThat(new ProcessBuilder("rm", "-rf", folder.toString() + "/").start().waitFor()).isZero();
  }

  @Test
  void shouldRunInFoldersAndWithWordsBeyondAscii() throws IOException {
    Path work = Files.createDirectory(folder.resolve("work é"));
    DaemonProcess daemon = daemons.start(launch);

    try (Client client = Client.over(daemon.socket())) {
      ProcessStartRequest request =
          ProcessStartRequest.newBuilder()
              .setCommand("sh")
              .addAllArguments(List.of("-c", "printf '%s ' \"$1\" \"$X\"; pwd", "sh", "日本"))
              .addEnvironment(EnvironmentVariable.newBuilder().setName("X").setValue("ü"))
              .setFolder(work.toString())
              .build();
      assertThat(utf8(output(client, request))).isEqualTo("日本 ü " + work + "\n");
    }
  }

  @Test
  void shouldListenInTheFolderThatARelativeSocketNames() throws IOException {
    Path work = Files.createDirectory(folder.resolve("w é"));
    Path socket = work.resolve("run/s");

    DaemonProcess daemon =
        daemons.start(
            launch
                .through("env", "-C", work.toString())
                .flags("--socket", "run/s")
                .atDefaultSocket(socket));

    assertThat(daemon.readyLine()).startsWith("polyprocd ready on unix:" + socket + " ");
    assertThat(socket).exists();
    assertThat(run(daemon, "sh", "-c", "printf %s \"$POLYPROC_ADDRESS\"").length())
        .isEqualTo(("unix:" + socket).length() + 1);
  }

  @Test
  void shouldSayWhatToDoWhereNamesOfFilesAreNotUtf8() {
    List<String> command =
        List.of(
            "sh",
            "-c",
            "exec java -jar \"$0\" --socket '" + folder.resolve("é/s") + "'",
            launch.jar().toString());

    Launch.Outcome outcome = launch.through(command.toArray(String[]::new)).run();

    assertThat(outcome.exit()).isEqualTo(2);
    assertThat(outcome.errors())
        .startsWith("polyprocd: Expected a locale in which file names are UTF-8, but ")
        .endsWith("start the daemon with scripts/polyprocd, or with LC_ALL=C.UTF-8\n");
  }

  private static void executable(Path file, String script) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What it printed: a character for each byte. */
  private static String run(DaemonProcess daemon, String... command) {
    List<String> words = new ArrayList<>(List.of(command));
    try (Client client = Client.over(daemon.socket())) {
      return output(
          client,
          ProcessStartRequest.newBuilder()
              .setCommand(words.remove(0))
              .addAllArguments(words)
              .build());
    }
  }

  private static String output(Client client, ProcessStartRequest request) {
    String process = client.processes().start(request).getProcess().getRef().getName();
    StringBuilder output = new StringBuilder();
    client
        .processes()
        .output(ProcessOutputRequest.newBuilder().setProcess(process).setFollow(true).build())
        .forEachRemaining(
            piece -> {
              for (byte each : piece.getData().toByteArray()) {
                output.append((char) (each & 0xff));
              }
            });
    return output.toString();
  }

  private static String utf8(String bytes) {
    return new String(
        bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
        java.nio.charset.StandardCharsets.UTF_8);
  }
}
