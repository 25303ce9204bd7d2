package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.text;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ATTACHMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MALFORMED_REQUEST;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NESTED_TOO_DEEP;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_REQUIRED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_UNKNOWN_METHOD;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_WRONG_KIND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import io.grpc.Status;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that are well-formed and wrong: each is told what was expected. */
final class BadRequestIT {
  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with("--limit", "request_bytes=" + BadRequest.LARGEST);

  private final Client client = daemon.client();

  @BeforeEach
  void createObjects() {
    client.queues().create(createQueue("queue"));
    client.locks().create(createLock("lock"));
    client.dicts().create(DictCreateRequest.newBuilder().setDict("dict").build());
    client
        .dicts()
        .set(
            DictSetRequest.newBuilder()
                .setDict("dict")
                .setKey(text("word"))
                .setValue(text("x"))
                .build());
  }

  @AfterEach
  void end() {
    client.close();
  }

  @ParameterizedTest
  @MethodSource("dev.polyproc.integration.BadRequest#all")
  void shouldRefuseOverUnaryCalls(BadRequest bad) {
    Refusal refusal =
        Refusal.of(
            () ->
                Later.get(
                    RawCalls.unary(
                        client.channel(),
                        bad.method().getFullMethodName(),
                        bad.request().toByteArray())));

    assertThat(refusal.reason()).as(refusal.sentence()).isEqualTo(bad.reason());
    assertThat(refusal.sentence()).hasSizeLessThan(300).doesNotContainPattern("\\p{Cntrl}");
  }

  /** In one stream all of them, each harming no other. */
  @Test
  void shouldRefuseEachOnAStreamAndKeepTheStream() {
    try (Attachment attachment = client.attach(client.openSession(), 1).awaitAttached()) {
      long sequence = 0;
      for (BadRequest bad : BadRequest.all()) {
        if (bad.reason() == ERROR_REASON_SESSION_REQUIRED) {
          continue;
        }
        Call call =
            Call.newBuilder()
                .setSequence(++sequence)
                .setMethodNumber(Attachment.number(bad.method()))
                .setRequest(bad.request().toByteString())
                .build();

        Refusal refusal = Refusal.of(() -> Later.get(attachment.send(call, bad.method())));

        assertThat(refusal.reason()).as("%s: %s", bad, refusal).isEqualTo(bad.reason());
      }
      attachment.ask(++sequence, QueueServiceGrpc.getGetMethod(), getNow("queue"));
    }
  }

  @Test
  void shouldStoreTheDeepestValueThatTheLimitAllows() {
    client.queues().put(put("queue", DeepValue.of(32)));

    assertThat(client.queues().get(get("queue")).getItem()).isEqualTo(DeepValue.of(32));
  }

  @ParameterizedTest
  @MethodSource("depths")
  void shouldRefuseWhatNestsFarTooDeep(int depth) {
    Refusal refusal =
        Refusal.of(
            () ->
                Later.get(
                    RawCalls.unary(
                        client.channel(),
                        QueueServiceGrpc.getPutMethod().getFullMethodName(),
                        DeepValue.put("queue", depth))));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_NESTED_TOO_DEEP);
    assertThat(refusal.sentence()).contains("32");
  }

  static Stream<Integer> depths() {
    return Stream.of(33, 34, 100, 1_000, 10_000);
  }

  /** So far over the limit that gRPC itself refuses to read it. */
  @Test
  void shouldNotEvenReadWhatIsFarFarOverTheLimit() {
    byte[] request = put("queue", text("x".repeat(4 << 20))).toByteArray();

    Status status =
        Status.fromThrowable(
            catchThrowable(
                () ->
                    Later.get(
                        RawCalls.unary(
                            client.channel(), "polyproc.v1.QueueService/Put", request))));

    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void shouldRefuseAConsumerThatMakesNoSense() {
    Client session = client.newSession();
    for (int inFlight : new int[] {0, -1, 1_025}) {
      QueueConsumeRequest request =
          QueueConsumeRequest.newBuilder().setQueue("queue").setMaxInFlight(inFlight).build();
      assertThat(Refusal.reasonOf(() -> session.queues().consume(request).hasNext()))
          .isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    }
    QueueConsumeRequest good =
        QueueConsumeRequest.newBuilder().setQueue("queue").setMaxInFlight(1).build();
    assertThat(Refusal.reasonOf(() -> client.queues().consume(good).hasNext()))
        .isEqualTo(ERROR_REASON_SESSION_REQUIRED);
    assertThat(
            Refusal.reasonOf(
                () -> session.queues().consume(good.toBuilder().setQueue("x").build()).hasNext()))
        .isEqualTo(ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldNameTheKindOfAnObjectOfAnother() {
    Refusal refusal = Refusal.of(() -> client.queues().put(put("lock", 1)));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_WRONG_KIND);
    assertThat(refusal.sentence()).isEqualTo("Expected 'lock' to be a queue, but it is a lock");
  }

  @Test
  void shouldAnswerABadCallOfAFrameAloneAndGoOn() throws Exception {
    try (Attachment stream = client.attach(client.openSession(), 1).awaitAttached()) {
      ByteString garbage = UnsafeByteOperations.unsafeWrap(new byte[] {10, 127, 1});
      Call.Builder good =
          Attachment.call(4, QueueServiceGrpc.getPutMethod(), put("queue", text("good")));
      stream.frame(
          SessionAttachRequest.newBuilder()
              .addCalls(good.clone().setSequence(1).setRequest(garbage))
              .addCalls(good.clone().setSequence(2).setMethodNumber(4_711))
              .addCalls(good.clone().setSequence(3).setMethodNumber(116))
              .addCalls(good)
              .build());

      assertThat(reason(stream, 1)).isEqualTo(ERROR_REASON_MALFORMED_REQUEST);
      assertThat(reason(stream, 2)).isEqualTo(ERROR_REASON_UNKNOWN_METHOD);
      assertThat(reason(stream, 3)).isEqualTo(ERROR_REASON_UNKNOWN_METHOD);
      assertThat(Later.get(stream.response(4, QueueServiceGrpc.getPutMethod())).getAccepted())
          .isTrue();
      assertThat(client.queues().get(getNow("queue")).getItem()).isEqualTo(text("good"));
    }
  }

  private static ErrorReason reason(Attachment stream, long sequence) {
    return Refusal.of(Later.get(stream.reply(sequence)).getError()).reason();
  }

  @Test
  void shouldEndAStreamThatDoesNotBeginAsOne() {
    try (Attachment none = client.attach("", 1);
        Attachment unknown = client.attach("unknown", 1);
        Attachment zero = client.attach(client.openSession(), 0)) {
      assertThat(none.awaitRefusal().reason()).isEqualTo(ERROR_REASON_INVALID_ATTACHMENT);
      assertThat(unknown.awaitRefusal().reason()).isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(zero.awaitRefusal().reason()).isEqualTo(ERROR_REASON_INVALID_ATTACHMENT);
    }
  }
}
