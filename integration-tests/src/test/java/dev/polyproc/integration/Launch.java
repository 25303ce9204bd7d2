package dev.polyproc.integration;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How a daemon is started: through the script that its users start it with. */
final class Launch {
  private final Path folder;
  private final List<String> flags;
  private final String javaOptions;
  private final List<String> through;

  private Launch(Path folder, List<String> flags, String javaOptions, List<String> through) {
    this.folder = folder;
    this.flags = flags;
    this.javaOptions = javaOptions;
    this.through = through;
  }

  /** How a start ended that was to fail, or to print something and go. */
  record Outcome(int exit, String output, String errors) {}

  /** With its files in a private folder, on any free port. */
  static Launch inPrivateFolder() {
    try {
      return in(Files.createTempDirectory("polyproc-it-"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** With its files in {@code folder}, on any free port. */
  static Launch in(Path folder) {
    return new Launch(folder, List.of(), "-Xmx256m", List.of());
  }

  /** With further flags. */
  Launch flags(String... more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(List.of(more));
    return new Launch(folder, List.copyOf(all), javaOptions, through);
  }

  /** With options for its virtual machine. */
  Launch javaOptions(String options) {
    return new Launch(folder, flags, options, through);
  }

  /** By a command that executes the words that come after its own. */
  Launch through(String... command) {
    return new Launch(folder, flags, javaOptions, List.of(command));
  }

  /** With so many descriptors, of files and of sockets. */
  Launch descriptors(int most) {
    return through("sh", "-c", "ulimit -n " + most + "; exec \"$0\" \"$@\"");
  }

  Path folder() {
    return folder;
  }

  /** The folder that the daemon makes for its socket. */
  Path home() {
    return folder.resolve("run");
  }

  Path socket() {
    return home().resolve("polyproc.sock");
  }

  Path portFile() {
    return folder.resolve("port");
  }

  Path output() {
    return folder.resolve("out");
  }

  Path log() {
    return folder.resolve("log");
  }

  /** The root of the repository. */
  static Path root() {
    Path here = Path.of(System.getProperty("polyproc.root", "")).toAbsolutePath().normalize();
    for (Path folder = here; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve("scripts/polyprocd"))) {
        return folder;
      }
    }
    throw new IllegalStateException("Expected scripts/polyprocd in or above " + here);
  }

  /** Starts the daemon and waits until it is ready. */
  DaemonProcess start() {
    return startUnseen().awaitReady();
  }

  /** Starts the daemon. */
  DaemonProcess startUnseen() {
    try {
      Files.deleteIfExists(portFile());
      return new DaemonProcess(this, process(output(), log()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a daemon until it ends by itself. */
  Outcome run() {
    try {
      Path output = Files.createTempFile("polyproc-it-", ".out");
      Path errors = Files.createTempFile("polyproc-it-", ".log");
      Process process = process(output, errors);
      try {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("Expected the daemon to end, but it runs: " + flags);
        }
        return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
      } finally {
        process.destroyForcibly();
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Process process(Path output, Path errors) throws IOException {
    List<String> command = new ArrayList<>(through);
    command.add(root().resolve("scripts/polyprocd").toString());
    Map.of("--socket", socket().toString(), "--port-file", portFile().toString(), "--port", "0")
        .forEach(
            (flag, value) -> {
              if (!flags.contains(flag)) {
                command.addAll(List.of(flag, value));
              }
            });
    command.addAll(flags);
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.put("POLYPROCD_JAVA_OPTIONS", javaOptions);
    return builder
        .redirectOutput(output.toFile())
        .redirectError(errors.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .start();
  }
}
