package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessFailed;
import dev.polyproc.internal.v1.ProcessStarted;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.ProcessCalls;
import dev.polyproc.v1.ProcessStartRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Random requests to processes, and what the node sees of them. */
final class ProcessRequests {
  private final Choices choices;

  ProcessRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return client.process(name).start(startRequest());
    }
    ProcessCalls process = choices.meaning(client, name).process(name);
    return switch (choices.random.nextInt(12)) {
      case 0 -> process.signal(choices.random.nextInt(20));
      case 1, 2 -> process.signal(10);
      case 3 -> process.get();
      case 4 -> process.list(choices.random.nextInt(3), "");
      case 5 -> client.delete(name);
      default -> {
        Duration timeout = choices.javaTimeout();
        yield timeout == null ? process.await() : process.await(timeout);
      }
    };
  }

  private ProcessStartRequest.Builder startRequest() {
    ProcessStartRequest.Builder request =
        ProcessStartRequest.newBuilder()
            .setCommand("worker")
            .addArguments("-n")
            .setDaemonic(choices.random.nextBoolean());
    return choices.oneIn(30) ? request.clearCommand() : request;
  }

  /** A credential for a session that is to live in a process; mostly one that is good. */
  String credential() {
    List<String> credentials =
        processes().stream()
            .map(process -> process.credential)
            .filter(credential -> !credential.isEmpty())
            .toList();
    return credentials.isEmpty() || choices.oneIn(8) ? "made up" : choices.any(credentials);
  }

  private List<ModelProcess> processes() {
    return choices.model.processes().processes();
  }

  /** Something that happened to a process, or was said to have. */
  NodeEvent event() {
    long number = number();
    NodeEvent.Builder event = NodeEvent.newBuilder();
    Origin.Builder other = choices.oneIn(10) ? Choices.ANOTHER_RUN.toBuilder() : null;
    switch (choices.random.nextInt(6)) {
      case 0 -> {
        ProcessFailed.Builder failed = ProcessFailed.newBuilder().setProcess(number);
        event.setProcessFailed(other == null ? failed : failed.setOrigin(other));
      }
      case 1, 2, 3 -> {
        ProcessStarted.Builder started = ProcessStarted.newBuilder().setProcess(number).setPid(7);
        event.setProcessStarted(other == null ? started : started.setOrigin(other));
      }
      default -> {
        ProcessExited.Builder exited = ProcessExited.newBuilder().setProcess(number);
        if (choices.random.nextBoolean()) {
          exited.setSignal(9);
        } else {
          exited.setExitCode(choices.random.nextInt(2));
        }
        event.setProcessExited(other == null ? exited : exited.setOrigin(other));
      }
    }
    return event.build();
  }

  /** The number of a process that is there or is a session's, or any. */
  private long number() {
    List<Long> numbers = new ArrayList<>();
    processes().stream()
        .filter(process -> !process.hasEnded())
        .forEach(process -> numbers.add(process.incarnation.number()));
    choices.model.sessions.values().stream()
        .filter(session -> session.process != 0)
        .forEach(session -> numbers.add(session.process));
    return numbers.isEmpty() || choices.oneIn(20)
        ? 1 + choices.random.nextInt(50)
        : choices.any(numbers);
  }
}
