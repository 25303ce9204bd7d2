package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A program in some language that makes one call, whatever its daemon's address. */
final class Program {
  /** Every one prints it behind what it says of the call. */
  static final String DONE = "the call was answered";

  private static final String METHOD = "/polyproc.v1.AdminService/ServerInfo";
  private static final String PYTHON =
      """
      import os, sys, grpc
      address = (sys.argv + [os.environ.get("POLYPROC_ADDRESS")])[1]
      call = grpc.insecure_channel(address).unary_unary("%s")
      call(b"", timeout=60)
      print("%s")
      """
          .formatted(METHOD, DONE);
  private static final String NODE =
      """
      const grpc = require('@grpc/grpc-js');
      const address = process.argv[1] || process.env.POLYPROC_ADDRESS;
      const bytes = value => value;
      new grpc.Client(address, grpc.credentials.createInsecure()).makeUnaryRequest(
        '%s', bytes, bytes, Buffer.alloc(0), {deadline: Date.now() + 60000},
        error => { if (error) throw error; console.log('%s'); process.exit(); });
      """
          .formatted(METHOD, DONE);
  private static final String GO =
      """
      package main

      import (
      	"context"
      	"fmt"
      	"os"
      	"time"

      	"google.golang.org/grpc"
      	"google.golang.org/grpc/credentials/insecure"
      	"google.golang.org/protobuf/types/known/emptypb"
      )

      func main() {
      	address := append(os.Args, os.Getenv("POLYPROC_ADDRESS"))[1]
      	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
      	connection, err := grpc.NewClient(address, plain)
      	if err == nil {
      		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
      		defer stop()
      		err = connection.Invoke(ctx, "%s", &emptypb.Empty{}, &emptypb.Empty{})
      	}
      	if err != nil {
      		panic(err)
      	}
      	fmt.Println("%s")
      }
      """
          .formatted(METHOD, DONE);

  private final List<String> command;

  private Program(List<String> command) {
    this.command = command;
  }

  /** The command and its arguments, without an address. */
  List<String> command() {
    return command;
  }

  /** In Java, with the client, on this test's class path. */
  static Program java() {
    return java(System.getProperty("java.class.path"));
  }

  private static Program java(String classPath, String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath, CallMain.class.getName()));
    return new Program(command);
  }

  /**
   * The same from copies in a folder, where every user may read them, and what else it needs from
   * the daemon's jar.
   */
  static Program java(Path folder, Path daemonJar, String... options) throws IOException {
    Path jar = Files.createDirectories(folder).resolve("daemon.jar");
    Files.copy(daemonJar, jar);
    List<String> parts = new ArrayList<>(List.of(jar.toString()));
    for (Class<?> type : List.of(CallMain.class, Polyproc.class)) {
      Path from = Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
      Path to = folder.resolve(type.getSimpleName());
      copy(from, to);
      parts.add(to.toString());
    }
    return java(String.join(File.pathSeparator, parts), options);
  }

  /** Copies a file, or a folder with what is in it. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /** In Python; there is none where {@code .tools} has none. */
  static Program python() {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    return new Program(List.of(python.toString(), "-c", PYTHON));
  }

  /** In Node.js, with the packages of the word count. */
  static Program node() {
    Path packages = Launch.root().resolve("examples/wordcount/node/node_modules");
    return new Program(List.of("/usr/bin/env", "NODE_PATH=" + packages, "node", "-e", NODE, "--"));
  }

  /** In Go, built in a folder with the modules of the word count. */
  static Program go(Path folder) throws IOException, InterruptedException {
    Path source = Files.writeString(folder.resolve("call.go"), GO);
    Path binary = folder.resolve("call-go");
    Path module = Launch.root().resolve("examples/wordcount/go");
    new Program(
            List.of(
                "go",
                "build",
                "-C",
                module.toString(),
                "-buildvcs=false",
                "-o",
                binary.toString(),
                source.toString()))
        .run(variables -> {});
    return new Program(List.of(binary.toString()));
  }

  /** Runs it to its end, with further words; what it printed. */
  String run(Consumer<Map<String, String>> changes, String... words)
      throws IOException, InterruptedException {
    return run(List.of(), changes, words);
  }

  /** The same by a command that executes the words that come after its own. */
  String run(List<String> through, Consumer<Map<String, String>> changes, String... words)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(through);
    all.addAll(command);
    all.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    changes.accept(builder.environment());
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(printed).isZero();
      return printed;
    } finally {
      process.destroyForcibly();
    }
  }
}
