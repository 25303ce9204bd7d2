package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.stream.Stream;

/** Processes with much of everything: what they print, are given, and are told. */
final class ProcessAttacks {
  private static final String LOUD = "head -c 1100000 /dev/zero; head -c 1100000 /dev/zero >&2";
  private static final int TEXT = 100_000;

  private ProcessAttacks() {}

  /** What each of them is. */
  private interface Shape {
    ProcessStartRequest.Builder like(ProcessStartRequest.Builder process);
  }

  static Stream<Attack> all() {
    return Stream.of(
        processes(
            "processes that print 1.1 MB twice and end",
            70,
            492,
            process -> process.setCommand("sh").addAllArguments(List.of("-c", LOUD))),
        processes(
            "processes that run, having printed 1.1 MB twice",
            40,
            300,
            process ->
                process.setCommand("sh").addAllArguments(List.of("-c", LOUD + "; exec sleep 100"))),
        processes(
            "processes that do not read the 1 MB that they are given",
            40,
            300,
            process ->
                process
                    .setCommand("sleep")
                    .addArguments("100")
                    .setInput(ByteString.copyFrom(new byte[1 << 20]))),
        processes(
            "processes that ended, with 900 kB of arguments each",
            60,
            1_000,
            process -> {
              process.setCommand("true");
              for (int i = 0; i < 9; i++) {
                process.addArguments("x".repeat(TEXT));
              }
              return process;
            }),
        processes(
            "processes with 900 kB of environment each",
            40,
            1_000,
            process -> {
              process.setCommand("true");
              for (int i = 0; i < 9; i++) {
                process.addEnvironment(
                    EnvironmentVariable.newBuilder().setName("X" + i).setValue("x".repeat(TEXT)));
              }
              return process;
            }),
        processes(
            "commands that are not there, with 900 kB in their names",
            60,
            1_000,
            process -> process.setCommand("/nowhere/" + "x".repeat(9 * TEXT))),
        processes(
            "commands that are not there",
            300,
            5_000,
            process -> process.setCommand("/nowhere/at-all")));
  }

  private static Attack processes(String what, int usually, int inTheLongVariant, Shape shape) {
    return Attack.of(
            what,
            Credential.SOCKET,
            attacker -> {
              ProcessServiceGrpc.ProcessServiceBlockingStub processes =
                  attacker.client().processes();
              for (int i = 0; i < many(usually, inTheLongVariant) && !attacker.isOver(); i++) {
                String name = PREFIX + "process/" + i;
                try {
                  var started =
                      processes.start(
                          shape.like(ProcessStartRequest.newBuilder().setProcess(name)).build());
                  var waited =
                      processes.wait(
                          ProcessWaitRequest.newBuilder()
                              .setProcess(name)
                              .setTimeout(Duration.getDefaultInstance())
                              .build());
                } catch (StatusRuntimeException refused) {
                  if (attacker.isOver()) {
                    return;
                  }
                  Refusal.of(refused);
                }
              }
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }
}
