package dev.polyproc.integration;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The tool grpcurl, as somebody types it. */
final class Grpcurl {
  private final List<String> connection;
  private final List<String> headers;

  private Grpcurl(List<String> connection, List<String> headers) {
    this.connection = connection;
    this.headers = headers;
  }

  /** What it printed, and how it ended. */
  record Result(int exit, String output, String errors) {
    /** The output as a message. */
    <M extends Message> M as(M prototype) {
      Message.Builder builder = prototype.newBuilderForType();
      try {
        JsonFormat.parser().merge(output, builder);
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError("Expected a response, but: " + this, e);
      }
      @SuppressWarnings("unchecked") // a builder of M builds an M
      M message = (M) builder.build();
      return message;
    }
  }

  /**
   * Where it is: named by GRPCURL (a system property or an environment variable), else in .tools,
   * else on the PATH.
   */
  static Optional<Path> find() {
    Stream<String> named =
        Stream.of(System.getProperty("GRPCURL", ""), environment("GRPCURL"))
            .filter(path -> !path.isEmpty());
    Stream<String> onPath =
        Stream.of(environment("PATH").split(":")).map(folder -> folder + "/grpcurl");
    Stream<String> installed = Stream.of(Launch.root().resolve(".tools/bin/grpcurl").toString());
    return Stream.of(named, installed, onPath)
        .flatMap(paths -> paths)
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String environment(String name) {
    return System.getenv().getOrDefault(name, "");
  }

  /** Through the Unix socket. */
  static Grpcurl over(Path socket) {
    return new Grpcurl(List.of("-plaintext", "-unix", socket.toString()), List.of());
  }

  /** Through TCP, without a token. */
  static Grpcurl over(int port) {
    return new Grpcurl(List.of("-plaintext", "localhost:" + port), List.of());
  }

  /** Through TLS, without a token. */
  static Grpcurl overTls(int port, Path ca, String... flags) {
    List<String> connection = new ArrayList<>(List.of("-cacert", ca.toString()));
    connection.addAll(List.of(flags));
    connection.add("localhost:" + port);
    return new Grpcurl(connection, List.of());
  }

  /** With a header around every call, reflection included. */
  Grpcurl with(String header) {
    List<String> more = new ArrayList<>(headers);
    more.addAll(List.of("-H", header));
    return new Grpcurl(connection, more);
  }

  /** Calls a method of the contract with a request in JSON, whose quotes may be single. */
  Result call(String method, String json) {
    return Later.get(callLater(method, json));
  }

  /** Calls a method that waits. */
  CompletableFuture<Result> callLater(String method, String json) {
    return start(List.of("-d", json.replace('\'', '"')), List.of("polyproc.v1." + method));
  }

  /** Calls any method, or lists, or describes. */
  Result run(List<String> flags, String... words) {
    return Later.get(start(flags, List.of(words)));
  }

  Result run(String... words) {
    return run(List.of(), words);
  }

  private CompletableFuture<Result> start(List<String> flags, List<String> words) {
    List<String> command = new ArrayList<>();
    command.add(find().orElseThrow().toString());
    command.addAll(headers);
    command.addAll(flags);
    command.addAll(connection);
    command.addAll(words);
    try {
      Path output = Files.createTempFile("polyproc-grpcurl-", ".out");
      Path errors = Files.createTempFile("polyproc-grpcurl-", ".err");
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
      return process
          .onExit()
          .orTimeout(30, TimeUnit.SECONDS)
          .thenApply(ended -> new Result(ended.exitValue(), take(output), take(errors)))
          .whenComplete((result, failure) -> process.destroyForcibly());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String take(Path file) {
    try {
      String content = Files.readString(file, StandardCharsets.UTF_8);
      Files.delete(file);
      return content;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
