package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_REPLY_TOO_LARGE;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_START_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.Value;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients with gRPC's default options: 4 MiB of a message, 8,192 bytes of metadata. */
final class DefaultOptionsIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @TempDir Path folder;

  /** It takes no more than gRPC's default. */
  private final Client client = daemon.tcpClient();

  private String queue = "";

  @BeforeEach
  void createQueueOfItsOwn() {
    queue = client.queues().create(createQueue("")).getRef().getName();
  }

  @AfterEach
  void end() {
    client.close();
  }

  private static Value bytes(int count) {
    return Value.newBuilder().setBytes(ByteString.copyFrom(new byte[count])).build();
  }

  @Test
  void shouldGetManyWithoutLosingAny() {
    client
        .queues()
        .putMany(
            QueuePutManyRequest.newBuilder()
                .setQueue(queue)
                .addAllItems(Collections.nCopies(1_000, bytes(5_000)))
                .build());
    QueueGetManyRequest many =
        QueueGetManyRequest.newBuilder().setQueue(queue).setTimeout(Durations.ZERO).build();

    int got = 0;
    while (client.queues().size(size(queue)).getSize() > 0) {
      got += client.queues().getMany(many).getDeliveriesCount();
    }

    assertThat(got).isEqualTo(1_000);
  }

  @Test
  void shouldPutNoMoreRepliesIntoAFrameThanClientsTake() {
    client.queues().put(put(queue, bytes(1_000_000)));
    client.queues().put(put(queue, bytes(3_900_000)));
    try (Attachment attachment = client.attach(client.openSession(), 1).awaitAttached()) {
      Future<QueueGetResponse> first = attachment.response(1, QueueServiceGrpc.getGetMethod());
      Future<QueueGetResponse> second = attachment.response(2, QueueServiceGrpc.getGetMethod());
      attachment.frame(
          SessionAttachRequest.newBuilder()
              .addCalls(Attachment.call(1, QueueServiceGrpc.getGetMethod(), getNow(queue)))
              .addCalls(Attachment.call(2, QueueServiceGrpc.getGetMethod(), getNow(queue)))
              .build());

      assertThat(Later.get(first).getItem().getBytes().size()).isEqualTo(1_000_000);
      assertThat(Later.get(second).getItem().getBytes().size()).isEqualTo(3_900_000);
    }
  }

  /** Where the largest reply is told, one that is larger takes nothing. */
  @Test
  void shouldLeaveAnItemThatIsMoreThanItsCallerTakes() {
    client.queues().put(put(queue, bytes(30_000)));
    Envelope little = Envelope.none().with("polyproc-max-reply-bytes", "20000");

    assertThat(Refusal.reasonOf(() -> client.with(little).queues().get(getNow(queue))))
        .isEqualTo(ERROR_REASON_REPLY_TOO_LARGE);
    try (Attachment attachment = client.with(little).attach(client.openSession(), 1)) {
      assertThat(
              Refusal.reasonOf(
                  () -> attachment.ask(1, QueueServiceGrpc.getGetMethod(), getNow(queue))))
          .isEqualTo(ERROR_REASON_REPLY_TOO_LARGE);
    }
    assertThat(client.queues().size(size(queue)).getSize()).isEqualTo(1);
    assertThat(client.queues().get(getNow(queue)).getItem().getBytes().size()).isEqualTo(30_000);
  }

  /** The metadata of an Attach speak of frames, and so do the sentences of its calls. */
  @Test
  void shouldTakeWhatARefusalOverAnAttachmentSaysToTake() {
    client.queues().put(put(queue, bytes(30_000)));
    Refusal refusal;
    try (Attachment least = takingFrames("16384")) {
      refusal = Refusal.of(() -> least.ask(1, QueueServiceGrpc.getGetMethod(), getNow(queue)));
      assertThat(refusal.sentence()).contains("at most 16384 bytes");
    }
    String named = Objects.requireNonNull(refusal.metadata().get("bytes"));
    try (Attachment enough = takingFrames(named)) {
      assertThat(enough.ask(1, QueueServiceGrpc.getGetMethod(), getNow(queue)).hasItem()).isTrue();
    }
  }

  private Attachment takingFrames(String bytes) {
    return client
        .with(Envelope.none().with("polyproc-max-reply-bytes", bytes))
        .attach(client.openSession(), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "/ü", "线", "\n"})
  void shouldTellOfAMissingCommandHoweverLongItIs(String part) {
    ProcessStartRequest start =
        ProcessStartRequest.newBuilder().setCommand(part.repeat(4_000)).build();

    assertThat(Refusal.reasonOf(() -> client.processes().start(start)))
        .isEqualTo(ERROR_REASON_START_FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ü", "🧵", "\u001b"})
  void shouldTellOfAMissingObjectHoweverLongItsNameIs(String part) {
    byte[] guard = (part.repeat(1_000) + ":1").getBytes(StandardCharsets.UTF_8);
    Envelope guarded = Envelope.none().with("polyproc-guard-bin", guard);

    Refusal refusal = Refusal.of(() -> client.with(guarded).queues().put(put(queue, 1)));

    assertThat(refusal.reason())
        .isIn(ERROR_REASON_OBJECT_NOT_FOUND, ErrorReason.ERROR_REASON_INVALID_NAME);
    assertThat(refusal.sentence()).doesNotContainPattern("\\p{Cntrl}");
  }

  @Test
  void shouldServePython() throws Exception {
    Path root = Launch.root();
    Path python = root.resolve(".tools/python/bin/python");
    assumeTrue(Files.isExecutable(python), "Python is not set up");
    Path program = root.resolve("integration-tests/src/test/resources/default_options.py");
    String generate = Document.at("docs/stubs.md").section("Generate").blocks("sh").get(1);
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
                "bash",
                "-ec",
                "PATH=$1:$PATH\n"
                    + generate.replaceAll(
                        "(\\$PWD/)?\\bstubs\\b", folder.resolve("stubs").toString())
                    + "\nexec python \"$2\" \"$3\"",
                "bash",
                Objects.requireNonNull(python.getParent()).toString(),
                program.toString(),
                daemon.get().socket().toString())
            .directory(root.toFile());
    builder.environment().put("PYTHONPATH", folder.resolve("stubs").toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("it ends").isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readString(output).lines().filter(line -> !line.contains(": warning: ")))
        .containsExactly(
            "items 1000 replies 2",
            "RESOURCE_EXHAUSTED 1",
            "large 5000000",
            "FAILED_PRECONDITION True",
            "FAILED_PRECONDITION True",
            "FAILED_PRECONDITION True",
            "guarded True");
  }
}
