package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.number;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.integration.Requests.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessSignalRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionCloseRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What callers get wrong: a status with a reason and a sentence each time, and a daemon that lives.
 */
final class BadInputIT {
  private static final int REQUEST_BYTES = 1 << 20;

  @RegisterExtension
  static final SharedDaemon daemon = SharedDaemon.with("--limit", "request_bytes=" + REQUEST_BYTES);

  private Client client;

  @BeforeEach
  void connect() {
    client = daemon.client();
    client.queues().create(createQueue("jobs"));
    client.locks().create(createLock("lock"));
    client.dicts().create(DictCreateRequest.newBuilder().setDict("dict").build());
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Test
  void shouldNameAnObjectThatIsNotThere() {
    assertThat(Refusal.reasonOf(() -> client.queues().get(get("nobody"))))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(
            Refusal.reasonOf(
                () -> client.events().isSet(EventIsSetRequest.newBuilder().setEvent("no").build())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    Refusal refusal =
        Refusal.of(
            () -> client.processes().get(ProcessGetRequest.newBuilder().setProcess("no").build()));
    assertThat(refusal.metadata()).containsEntry("object", "no");
  }

  @Test
  void shouldNameTheKindOfAnObjectOfAnother() {
    Refusal refusal = Refusal.of(() -> client.queues().put(put("lock", 1)));

    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(refusal.sentence()).isEqualTo("Expected 'lock' to be a queue, but it is a lock");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "a//b", "/a", "a/", "with space", "tab\t", "line\nbreak", "nul\0", "<>"})
  void shouldRefuseNamesOfAnotherForm(String name) {
    assertThat(Refusal.reasonOf(() -> client.queues().create(createQueue(name))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    assertThat(Refusal.reasonOf(() -> client.queues().get(get(name))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
  }

  @Test
  void shouldRefuseEmptyAndLongNames() {
    assertThat(Refusal.reasonOf(() -> client.queues().get(get(""))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    assertThat(Refusal.reasonOf(() -> client.queues().create(createQueue("n".repeat(256)))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    client.queues().create(createQueue("n".repeat(255)));
  }

  @ParameterizedTest
  @CsvSource({"-1,0", "0,-1", "0,1000000000", "9223372036854775807,0", "-9223372036854775808,0"})
  void shouldRefuseDurationsThatAreNone(long seconds, int nanos) {
    Duration duration = Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();

    assertThat(
            Refusal.reasonOf(
                () -> client.queues().get(get("jobs").toBuilder().setTimeout(duration).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(
            Refusal.reasonOf(
                () ->
                    client
                        .locks()
                        .acquire(
                            LockAcquireRequest.newBuilder()
                                .setLock("lock")
                                .setLease(duration)
                                .build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(Refusal.reasonOf(() -> client.openSession(duration)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldRefuseARequestOverTheLimit() {
    Value large = Value.newBuilder().setBytes(ByteString.copyFrom(new byte[REQUEST_BYTES])).build();

    Refusal refusal = Refusal.of(() -> client.queues().put(put("jobs", large)));

    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(client.queues().size(size("jobs")).getSize()).isZero();
  }

  private static Value nested(int depth) {
    Value value = text("deep");
    for (int i = 1; i < depth; i++) {
      value = Value.newBuilder().setList(ValueList.newBuilder().addValues(value)).build();
    }
    return value;
  }

  @Test
  void shouldRefuseValuesThatNestTooDeep() {
    client.queues().put(put("jobs", nested(32)));
    client.queues().get(get("jobs"));

    for (int depth : new int[] {33, 34, 40, 100, 1_000}) {
      assertThat(Refusal.reasonOf(() -> client.queues().put(put("jobs", nested(depth)))))
          .as("depth %s", depth)
          .isEqualTo(ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
    }
  }

  @Test
  void shouldRefuseValuesOfNoKindAndKeysThatCannotBe() {
    assertThat(Refusal.reasonOf(() -> client.queues().put(put("jobs", Value.getDefaultInstance()))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    DictSetRequest listAsKey =
        DictSetRequest.newBuilder().setDict("dict").setKey(nested(2)).setValue(number(1)).build();
    assertThat(Refusal.reasonOf(() -> client.dicts().set(listAsKey)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
  }

  @Test
  void shouldRefuseProcessesThatCannotBe() {
    assertThat(
            Refusal.reasonOf(
                () -> client.processes().start(ProcessStartRequest.getDefaultInstance())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            Refusal.reasonOf(
                () ->
                    client
                        .processes()
                        .start(ProcessStartRequest.newBuilder().setCommand("/nowhere").build())))
        .isEqualTo(ErrorReason.ERROR_REASON_START_FAILED);
    assertThat(
            Refusal.reasonOf(
                () ->
                    client
                        .processes()
                        .signal(
                            ProcessSignalRequest.newBuilder()
                                .setProcess("nobody")
                                .setSignal(9)
                                .build())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @ParameterizedTest
  @CsvSource({
    "polyproc-sequence,abc",
    "polyproc-sequence,0",
    "polyproc-sequence,-1",
    "polyproc-sequence,99999999999999999999",
    "polyproc-received-below,x",
    "polyproc-received,5-x",
    "polyproc-guard,nocolon",
    "polyproc-guard,lock:token",
  })
  void shouldRefuseMetadataThatMeanNothing(String key, String value) {
    Client session = client.with(Envelope.of(client.openSession()).with(key, value));

    assertThat(Refusal.reasonOf(() -> session.queues().put(put("jobs", 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldRefuseMetadataWithoutTheirSession() {
    assertThat(
            Refusal.reasonOf(
                () -> client.with(Envelope.none().sequence(1)).queues().put(put("jobs", 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            Refusal.reasonOf(
                () -> client.with(Envelope.of("unknown")).queues().put(put("jobs", 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(
            Refusal.reasonOf(
                () -> client.sessions().close(SessionCloseRequest.getDefaultInstance())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(
            Refusal.reasonOf(
                () ->
                    client
                        .with(Envelope.none().owner("o".repeat(256)))
                        .queues()
                        .put(put("jobs", 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldRefuseAConsumerWithoutASession() {
    QueueConsumeRequest consume =
        QueueConsumeRequest.newBuilder().setQueue("jobs").setMaxInFlight(1).build();

    assertThat(Refusal.reasonOf(() -> client.queues().consume(consume).hasNext()))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldAskForTheTokenOverTcp() {
    int port = daemon.get().port();
    try (Client stranger = Client.over(port);
        Client liar = Client.over(port, "wrong");
        Client friend = daemon.tcpClient()) {
      SessionOpenRequest open = SessionOpenRequest.getDefaultInstance();
      assertThat(Refusal.reasonOf(() -> stranger.sessions().open(open)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
      assertThat(Refusal.reasonOf(() -> liar.sessions().open(open)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
      assertThat(
              Refusal.reasonOf(
                  () ->
                      stranger
                          .processes()
                          .start(ProcessStartRequest.newBuilder().setCommand("true").build())))
          .isEqualTo(ErrorReason.ERROR_REASON_UNAUTHENTICATED);
      assertThat(friend.sessions().open(open).getSession()).isNotEmpty();
    }
  }

  @Test
  void shouldAnswerABadCallOfAFrameAloneAndGoOn() throws Exception {
    try (Attachment stream = client.attach(client.openSession(), 1).awaitAttached()) {
      ByteString garbage = UnsafeByteOperations.unsafeWrap(new byte[] {10, 127, 1});
      Call.Builder good =
          Attachment.call(4, QueueServiceGrpc.getPutMethod(), put("jobs", text("good")));
      stream.frame(
          SessionAttachRequest.newBuilder()
              .addCalls(good.clone().setSequence(1).setRequest(garbage))
              .addCalls(good.clone().setSequence(2).setMethod(4_711))
              .addCalls(good.clone().setSequence(3).setMethod(116))
              .addCalls(good)
              .build());

      assertThat(reason(stream, 1)).isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_REQUEST);
      assertThat(reason(stream, 2)).isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(reason(stream, 3)).isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(Later.get(stream.response(4, QueueServiceGrpc.getPutMethod())).getAccepted())
          .isTrue();
      assertThat(client.queues().get(getNow("jobs")).getItem()).isEqualTo(text("good"));
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
      assertThat(none.awaitRefusal().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ATTACHMENT);
      assertThat(unknown.awaitRefusal().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
      assertThat(zero.awaitRefusal().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ATTACHMENT);
    }
  }

  @Test
  void shouldGoOnAfterEveryRefusalOfASession() {
    Client session = client.newSession();

    Refusal.of(() -> session.dicts().set(DictSetRequest.getDefaultInstance()));
    DictSetRequest set =
        DictSetRequest.newBuilder().setDict("dict").setKey(number(1)).setValue(number(1)).build();

    assertThat(DictServiceGrpc.newBlockingStub(session.channel()).set(set)).isNotNull();
  }
}
