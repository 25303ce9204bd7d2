package dev.polyproc.client;

import com.google.protobuf.ByteString;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.files.SystemPath;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessStartResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * What process to start, as {@code ProcessBuilder} has it. The daemon starts it on its own machine,
 * and gives it the way to connect back. Not for several threads at once.
 */
public final class ProcessStarter {
  private static final Operation<ProcessStartRequest, ProcessStartResponse> START =
      Operation.of(ProcessServiceGrpc.getStartMethod());

  private final Requestor requestor;
  private final ProcessStartRequest.Builder request;

  ProcessStarter(Requestor requestor, String command, List<String> arguments) {
    this.requestor = requestor;
    this.request = ProcessStartRequest.newBuilder().setCommand(command).addAllArguments(arguments);
  }

  /** The process's name; without one the daemon gives it one. */
  public ProcessStarter name(String name) {
    request.setProcess(name);
    return this;
  }

  /** A variable on top of the daemon's own environment. */
  public ProcessStarter environment(String name, String value) {
    request.addEnvironment(EnvironmentVariable.newBuilder().setName(name).setValue(value));
    return this;
  }

  /** Variables on top of the daemon's own environment. */
  public ProcessStarter environment(Map<String, String> variables) {
    variables.forEach(this::environment);
    return this;
  }

  /**
   * The working folder.
   *
   * @throws IllegalArgumentException when its path is not UTF-8, as the daemon is told it in text
   */
  public ProcessStarter folder(Path folder) {
    request.setFolder(SystemPath.tellable(folder.toAbsolutePath()));
    return this;
  }

  /** Ends the process with this client's session. */
  public ProcessStarter daemonic() {
    request.setDaemonic(true);
    return this;
  }

  /** What the process reads from its standard input. */
  public ProcessStarter stdin(byte[] bytes) {
    request.setInput(ByteString.copyFrom(bytes));
    return this;
  }

  /** What the process reads from its standard input, in UTF-8. */
  public ProcessStarter stdin(String text) {
    return stdin(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Starts the process, and waits until it runs.
   *
   * @throws PolyprocException with {@code ERROR_REASON_START_FAILED} when it cannot be started
   */
  public PolyProcess start() throws InterruptedException {
    return new PolyProcess(requestor, requestor.await(START, request.build()).getProcess());
  }

  /** The twin of {@link #start}. */
  public CompletableFuture<PolyProcess> startAsync() {
    return requestor.async(
        START, request.build(), response -> new PolyProcess(requestor, response.getProcess()));
  }

  /** The command; neither arguments nor variables, which may be secrets. */
  @Override
  public String toString() {
    return "ProcessStarter '" + request.getCommand() + "'";
  }
}
