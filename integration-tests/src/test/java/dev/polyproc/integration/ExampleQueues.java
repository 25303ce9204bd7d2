package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueUnfinished;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.nio.file.Path;
import java.util.Objects;

/** A process's session, and its calls of queues, as simple as programs of few lines have them. */
final class ExampleQueues {
  /** No wait of an example takes as long. */
  static final int SECONDS = 60;

  private final QueueServiceBlockingStub stub;

  private ExampleQueues(QueueServiceBlockingStub stub) {
    this.stub = stub;
  }

  /** The daemon that the environment names. */
  static ExampleQueues open() {
    String address = Objects.requireNonNull(System.getenv("POLYPROC_ADDRESS"));
    Client client = Client.over(Path.of(address.substring("unix:".length())));
    String session =
        client
            .sessions()
            .open(
                SessionOpenRequest.newBuilder()
                    .setClient("example")
                    .setTimeToLive(Durations.fromSeconds(10 * SECONDS))
                    .setProcess(ClientProcess.newBuilder().setPid(ProcessHandle.current().pid()))
                    .build())
            .getSession();
    return new ExampleQueues(client.with(Envelope.of(session)).queues());
  }

  static Value value(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  static Value value(String text) {
    return Value.newBuilder().setText(text).build();
  }

  void create(String queue, QueueUnfinished unfinished) {
    var unused =
        stub.create(
            QueueCreateRequest.newBuilder().setQueue(queue).setUnfinished(unfinished).build());
  }

  void put(String queue, Value item) {
    var unused = stub.put(QueuePutRequest.newBuilder().setQueue(queue).setItem(item).build());
  }

  Value get(String queue) {
    return get(queue, SECONDS).getItem();
  }

  /** Without an item when none came in time. */
  QueueGetResponse get(String queue, int seconds) {
    return stub.get(
        QueueGetRequest.newBuilder()
            .setQueue(queue)
            .setTimeout(Durations.fromSeconds(seconds))
            .build());
  }

  int taskDone(String queue) {
    return stub.taskDone(QueueTaskDoneRequest.newBuilder().setQueue(queue).build()).getUnfinished();
  }

  boolean join(String queue) {
    return stub.join(
            QueueJoinRequest.newBuilder()
                .setQueue(queue)
                .setTimeout(Durations.fromSeconds(SECONDS))
                .build())
        .getJoined();
  }

  boolean isEmpty(String queue) {
    return stub.size(QueueSizeRequest.newBuilder().setQueue(queue).build()).getSize() == 0;
  }
}
