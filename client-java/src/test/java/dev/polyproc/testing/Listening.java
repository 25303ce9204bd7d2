package dev.polyproc.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/** A process of another user that listens on a Unix socket, for one connection. */
public final class Listening implements AutoCloseable {
  private final Path classes;
  private final Process process;
  private final BufferedReader said;

  private Listening(Path classes, Process process) {
    this.classes = classes;
    this.process = process;
    this.said = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts it, and waits until it listens. Takes root, and setpriv of util-linux. */
  public static Listening as(int uid, Path socket) throws IOException, InterruptedException {
    Path classes = Files.createTempDirectory("polyproc-listening-");
    Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path copy = classes.resolve(Listening.class.getName().replace('.', '/') + ".class");
    Files.createDirectories(copy.getParent());
    try (InputStream code = Listening.class.getResourceAsStream("Listening.class")) {
      Files.copy(code, copy);
    }
    String id = Integer.toString(uid);
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "setpriv",
                  "--reuid=" + id,
                  "--regid=" + id,
                  "--clear-groups",
                  JavaProgram.java(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  classes.toString(),
                  Listening.class.getName(),
                  socket.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "There is no setpriv to run a process as another user");
      throw e;
    }
    Listening listening = new Listening(classes, process);
    if (!"listening".equals(listening.said.readLine())) {
      listening.close();
      throw new IllegalStateException("Expected a process that listens, but it ended");
    }
    return listening;
  }

  /** How many bytes its first caller had sent when it left, or said the first. */
  public int received() throws IOException {
    return Integer.parseInt(said.readLine());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    try (Stream<Path> files = Files.walk(classes)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  /** What runs as the other user. */
  public static void main(String[] socket) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket[0]));
      System.out.println("listening");
      try (SocketChannel caller = server.accept()) {
        System.out.println(Math.max(0, caller.read(ByteBuffer.allocate(1024))));
      }
    }
  }
}
