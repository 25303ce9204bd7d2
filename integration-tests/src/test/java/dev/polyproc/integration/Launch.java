package dev.polyproc.integration;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a daemon is started: through the script that its users start it with. */
final class Launch {
  private static final String SCRIPT = "scripts/polyprocd";
  private static final int UNIQUE = 13;

  /** {@code -Dpolyproc.io.threads=N} gives every daemon so many event loops. */
  private static final @Nullable String IO_THREADS = System.getProperty("polyproc.io.threads");

  private final Path folder;
  private final boolean own;
  private final List<String> flags;
  private final List<String> through;
  private final Map<String, String> environment;
  private final Path installation;
  private final @Nullable Path defaultSocket;

  private Launch(
      Path folder,
      boolean own,
      List<String> flags,
      List<String> through,
      Map<String, String> environment,
      Path installation,
      @Nullable Path defaultSocket) {
    this.folder = folder;
    this.own = own;
    this.flags = flags;
    this.through = through;
    this.environment = environment;
    this.installation = installation;
    this.defaultSocket = defaultSocket;
  }

  /** How a start ended that was to fail, or to print something and go. */
  record Outcome(int exit, String output, String errors) {}

  /** With its files in a folder of its own, which is there as long as the daemon is. */
  static Launch inPrivateFolder() {
    return inPrivateFolder("");
  }

  /** The same, with a folder whose name ends so. */
  static Launch inPrivateFolder(String end) {
    String unique = UUID.randomUUID().toString().substring(0, UNIQUE);
    return in(Path.of(System.getProperty("java.io.tmpdir"), "polyproc-it-" + unique + end), true);
  }

  /**
   * With its files in {@code folder}, on any free port; without the second compiler, which takes
   * longer than these short runs give back.
   */
  static Launch in(Path folder) {
    return in(folder, false);
  }

  private static Launch in(Path folder, boolean own) {
    return new Launch(
        folder,
        own,
        List.of(),
        List.of(),
        Map.of("POLYPROCD_JAVA_OPTIONS", "-Xmx256m -XX:TieredStopAtLevel=1"),
        root(),
        null);
  }

  /** With further flags. */
  Launch flags(String... more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(List.of(more));
    return new Launch(
        folder, own, List.copyOf(all), through, environment, installation, defaultSocket);
  }

  /** With options for its virtual machine. */
  Launch javaOptions(String options) {
    return environment("POLYPROCD_JAVA_OPTIONS", options);
  }

  /** With a variable in its environment; without it where it is empty. */
  Launch environment(String name, String value) {
    Map<String, String> all = new HashMap<>(environment);
    all.put(name, value);
    return new Launch(folder, own, flags, through, Map.copyOf(all), installation, defaultSocket);
  }

  /** By a command that executes the words that come after its own. */
  Launch through(String... command) {
    return new Launch(
        folder, own, flags, List.of(command), environment, installation, defaultSocket);
  }

  /** From another folder than the repository. */
  Launch from(Path other) {
    return new Launch(folder, own, flags, through, environment, other, defaultSocket);
  }

  /** Without being told its socket, which it is expected to have there. */
  Launch atDefaultSocket(Path expected) {
    return new Launch(folder, own, flags, through, environment, installation, expected);
  }

  /** With so many descriptors, of files and of sockets. */
  Launch descriptors(int most) {
    return through("sh", "-c", "ulimit -n " + most + "; exec \"$0\" \"$@\"");
  }

  /** The daemon's jar. */
  Path jar() {
    return installation.resolve("server/target/polyprocd.jar");
  }

  Path folder() {
    return folder;
  }

  /** The folder that the daemon makes for its socket. */
  Path home() {
    return folder.resolve("run");
  }

  Path socket() {
    return defaultSocket == null ? home().resolve("polyproc.sock") : defaultSocket;
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
      if (Files.isExecutable(folder.resolve(SCRIPT))) {
        return folder;
      }
    }
    throw new IllegalStateException("Expected scripts/polyprocd in or above " + here);
  }

  /** Starts the daemon and waits until it is ready. */
  DaemonProcess start() {
    DaemonProcess daemon = startUnseen();
    try {
      return daemon.awaitReady();
    } catch (RuntimeException e) {
      daemon.close();
      throw e;
    }
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
        if (own) {
          deleteFolder();
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Makes the folder, unless it is there. */
  Path makeFolder() throws IOException {
    return Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Deletes the folder and what is in it, and what a daemon that was killed has elsewhere. */
  void deleteFolder() {
    if (!Files.exists(folder)) {
      return;
    }
    try {
      deleteSegments();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of its shared memory: the next daemon at the same socket would do so, but there is none. */
  private void deleteSegments() throws IOException {
    Path record = socket().resolveSibling(socket().getFileName() + ".memory");
    if (!Files.exists(record)) {
      return;
    }
    Path beginning = Path.of(Files.readString(record).strip());
    try (DirectoryStream<Path> segments =
        Files.newDirectoryStream(beginning.getParent(), beginning.getFileName() + "*")) {
      for (Path segment : segments) {
        Files.delete(segment);
      }
    }
  }

  private Process process(Path output, Path errors) throws IOException {
    List<String> command = new ArrayList<>(through);
    command.add(installation.resolve(SCRIPT).toString());
    Map<String, String> usual = new HashMap<>();
    usual.put("--port-file", portFile().toString());
    usual.put("--port", "0");
    if (IO_THREADS != null) {
      usual.put("--io-threads", IO_THREADS);
    }
    if (defaultSocket == null) {
      usual.put("--socket", socket().toString());
    }
    usual.forEach(
        (flag, value) -> {
          if (!flags.contains(flag)) {
            command.addAll(List.of(flag, value));
          }
        });
    command.addAll(flags);
    var unused = makeFolder();
    ProcessBuilder builder = new ProcessBuilder(command);
    apply(builder.environment());
    return builder
        .redirectOutput(output.toFile())
        .redirectError(errors.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .start();
  }

  /** Changes an environment as the daemon's is changed. */
  void apply(Map<String, String> variables) {
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            variables.remove(name);
          } else {
            variables.put(name, value);
          }
        });
  }
}
