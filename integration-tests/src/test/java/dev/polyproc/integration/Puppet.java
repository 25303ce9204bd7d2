package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.MethodDescriptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A client that is a process of its own and does what a test tells it: one that can fork, which a
 * JVM cannot.
 */
final class Puppet implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final long pid;
  private final List<Long> children = new ArrayList<>();

  private Puppet(Process process) throws IOException {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.pid = Long.parseLong(answers.readLine());
  }

  /** The interpreter with gRPC; skips the test where there is none. */
  static Path python() {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    assumeTrue(Files.isExecutable(python), "Python is not set up");
    return python;
  }

  /** A script among the resources. */
  static Path script(String name) {
    return Launch.root().resolve("integration-tests/src/test/resources").resolve(name);
  }

  /** One that calls through the Unix socket. */
  static Puppet over(DaemonProcess daemon) {
    return start("unix:" + daemon.socket(), "none", Map.of(), List.of());
  }

  /** The same, by a command that executes the words that come after its own. */
  static Puppet through(DaemonProcess daemon, String... command) {
    return start("unix:" + daemon.socket(), "none", Map.of(), List.of(command));
  }

  /** One whose first thread has ended: it looks like a zombie, and is none. */
  static Puppet withoutFirstThread(DaemonProcess daemon) {
    return start("unix:" + daemon.socket(), "none", Map.of("FIRST_THREAD_ENDS", "1"), List.of());
  }

  /** One that calls through TCP. */
  static Puppet overTcp(DaemonProcess daemon) {
    return start("localhost:" + daemon.port(), daemon.token(), Map.of(), List.of());
  }

  private static Puppet start(
      String address, String token, Map<String, String> environment, List<String> through) {
    List<String> command = new ArrayList<>(through);
    command.addAll(List.of(python().toString(), script("puppet.py").toString(), address, token));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    // A child must keep what the library would close there.
    builder.environment().put("GRPC_ENABLE_FORK_SUPPORT", "0");
    builder.environment().putAll(environment);
    try {
      return new Puppet(builder.start());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Its process id as it knows it: another one in a namespace of its own. */
  long pid() {
    return pid;
  }

  SessionOpenResponse open(SessionOpenRequest request) {
    return call(SessionServiceGrpc.getOpenMethod(), request);
  }

  LockAcquireResponse acquire(String lock, String session) {
    return call(LockServiceGrpc.getAcquireMethod(), Requests.acquire(lock), session);
  }

  /** Attaches to a session, and stays so. */
  void attach(String session, long attachment) {
    String unused =
        tell(
            "attach",
            hex(
                SessionAttachRequest.newBuilder()
                    .setSession(session)
                    .setAttachment(attachment)
                    .build()));
  }

  /** Makes a child that keeps what is open; answers its process id. */
  long fork() {
    long child = Long.parseLong(tell("fork"));
    children.add(child);
    return child;
  }

  /** {@code kill -9}; its children live on. */
  void kill() {
    boolean isInside = pid != process.pid();
    ProcessHandle itself =
        isInside ? process.children().findFirst().orElseThrow() : process.toHandle();
    boolean unused = itself.destroyForcibly();
  }

  private <Q extends Message, R extends Message> R call(
      MethodDescriptor<Q, R> method, Q request, String... session) {
    List<String> words = new ArrayList<>(List.of(method.getFullMethodName(), hex(request)));
    words.addAll(List.of(session));
    byte[] reply = HexFormat.of().parseHex(tell("call", words.toArray(String[]::new)));
    return method.parseResponse(ByteString.copyFrom(reply).newInput());
  }

  private static String hex(Message message) {
    return HexFormat.of().formatHex(message.toByteArray());
  }

  private String tell(String command, String... words) {
    try {
      commands.write(command + " " + String.join(" ", words) + "\n");
      commands.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IllegalStateException("Expected an answer to " + command + ", but it has ended");
      }
      return answer;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    children.forEach(child -> ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly));
  }
}
