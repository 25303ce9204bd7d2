package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_GUARD_FAILED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEQUENCE_FORGOTTEN;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_UNAUTHENTICATED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_UNKNOWN_METHOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands around a call, and is wrong. */
final class BadMetadataIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final Client client = daemon.client();
  private final String queue = client.queues().create(createQueue("")).getRef().getName();

  @AfterEach
  void end() {
    client.close();
  }

  private Refusal refusal(Envelope envelope) {
    Refusal refusal = Refusal.of(() -> client.with(envelope).queues().put(put(queue, 1)));
    assertThat(client.queues().size(size(queue)).getSize()).as("nothing happened").isZero();
    return refusal;
  }

  @ParameterizedTest
  @CsvSource({
    "polyproc-sequence, abc",
    "polyproc-sequence, ''",
    "polyproc-sequence, 0",
    "polyproc-sequence, -1",
    "polyproc-sequence, 1.5",
    "polyproc-sequence, 99999999999999999999",
    "polyproc-received-below, abc",
    "polyproc-received-below, -7",
    "polyproc-received, abc",
    "polyproc-received, 1-",
    "polyproc-received, -",
    "polyproc-received, '1,,2'",
    "polyproc-received, 5-3",
    "polyproc-guard, abc",
    "polyproc-guard, ':'",
    "polyproc-guard, lock:",
    "polyproc-guard, lock:abc",
  })
  void shouldNameTheMetadataThatItCannotRead(String key, String value) {
    Refusal refusal = refusal(Envelope.of(client.openSession()).with(key, value));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.metadata()).containsEntry("field", key);
    assertThat(refusal.sentence()).contains(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-sequence", "polyproc-received-below", "polyproc-received"})
  void shouldAskForASessionWhereTheNumbersNeedOne(String key) {
    Refusal refusal = refusal(Envelope.none().with(key, "1"));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.sentence()).contains("polyproc-session");
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-owner", "polyproc-call-site"})
  void shouldRefuseTextsThatAreTooLong(String key) {
    Refusal refusal = refusal(Envelope.none().with(key, "x".repeat(256)));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.sentence()).contains("255", "256");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown", "x", "%", "../../etc/passwd"})
  void shouldRefuseASessionThatNobodyOpened(String session) {
    assertThat(refusal(Envelope.of(session)).reason()).isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(refusal(Envelope.of(session).sequence(1)).reason())
        .isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(Refusal.reasonOf(() -> client.with(Envelope.of(session)).queues().size(size(queue))))
        .isEqualTo(ERROR_REASON_SESSION_NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-sequence", "polyproc-repeats"})
  void shouldRefuseForAStreamWhatSaysHowACallIsRepeated(String key) {
    QueueConsumeRequest consume =
        QueueConsumeRequest.newBuilder().setQueue(queue).setMaxInFlight(1).build();
    Client consuming = client.newSession().with(Envelope.none().with(key, "1"));
    assertThat(Refusal.of(() -> consuming.queues().consume(consume).next()).metadata())
        .containsEntry("field", key);
  }

  @Test
  void shouldRefuseACallWhoseGuardDoesNotHold() {
    client.locks().create(createLock("guard"));
    Client holder = client.newSession();
    LockAcquireRequest acquire = LockAcquireRequest.newBuilder().setLock("guard").build();
    long token = holder.locks().acquire(acquire).getToken();

    assertThat(refusal(Envelope.none().guard("none", 1)).reason())
        .isEqualTo(ERROR_REASON_GUARD_FAILED);
    assertThat(refusal(Envelope.none().guard("guard", token + 1)).reason())
        .isEqualTo(ERROR_REASON_GUARD_FAILED);
    assertThat(refusal(Envelope.none().guard(queue, token)).reason())
        .isEqualTo(ERROR_REASON_GUARD_FAILED);
    client.with(Envelope.none().guard("guard", token)).queues().put(put(queue, 1));
  }

  @Test
  void shouldLeaveMetadataOfOthersAlone() {
    Envelope envelope =
        Envelope.none()
            .with("x-request-id", "")
            .with("polyprocfoo", "x")
            .with("polyproc2-session", "x")
            .with("x-nonsense", "x".repeat(30_000));

    client.with(envelope).queues().put(put(queue, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"polyproc-gaurd", "polyproc-sesion", "polyproc_guard", "polyproc-", "polyproc"})
  void shouldNameTheMetadataThatThereAreWhereOneIsMisspelt(String key) {
    Refusal refusal = refusal(Envelope.none().with(key, "r:1"));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.metadata()).containsEntry("field", key);
    assertThat(refusal.sentence())
        .contains("'" + key + "'", "polyproc-guard[-bin]", "polyproc-max-reply-bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-session-bin", "polyproc-sequence-bin", "polyproc-gaurd-bin"})
  void shouldHaveTwinsForTextOnly(String key) {
    assertThat(refusal(Envelope.none().with(key, bytes("1"))).sentence()).contains(key);
  }

  /** Such as a session's id after an Open that failed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "polyproc-session",
        "polyproc-sequence",
        "polyproc-received-below",
        "polyproc-received",
        "polyproc-owner",
        "polyproc-guard",
        "polyproc-call-site",
        "polyproc-incarnation",
        "polyproc-max-reply-bytes",
        "polyproc-owner-bin",
        "polyproc-guard-bin",
        "polyproc-call-site-bin",
      })
  void shouldRefuseAnEmptyValue(String key) {
    Envelope empty =
        key.endsWith("-bin")
            ? Envelope.none().with(key, new byte[0])
            : Envelope.none().with(key, "");

    Refusal refusal = refusal(empty);

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.metadata()).containsEntry("field", key);
    assertThat(refusal.sentence()).contains(key, "empty");
  }

  @ParameterizedTest
  @CsvSource({
    "polyproc-session, x",
    "polyproc-sequence, 1",
    "polyproc-received-below, 1",
    "polyproc-owner, x",
    "polyproc-guard, lock:1",
    "polyproc-call-site, x",
    "polyproc-incarnation, 1",
    "polyproc-max-reply-bytes, 20000",
  })
  void shouldRefuseASecondValueOfWhatMayStandOnce(String key, String value) {
    Refusal refusal = refusal(Envelope.none().with(key, value).with(key, value));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.metadata()).containsEntry("field", key);
    assertThat(refusal.sentence()).contains(key, "two");
  }

  @Test
  void shouldTakeSeveralListsOfRepliesThatHaveArrived() {
    Envelope session = Envelope.of(client.openSession());
    client.with(session.sequence(1)).queues().put(put(queue, 1));
    client.with(session.sequence(2)).queues().put(put(queue, 1));

    client.with(session.received("1").received("2")).queues().size(size(queue));

    for (long sequence : new long[] {1, 2}) {
      assertThat(
              Refusal.reasonOf(
                  () -> client.with(session.sequence(sequence)).queues().put(put(queue, 1))))
          .isEqualTo(ERROR_REASON_SEQUENCE_FORGOTTEN);
    }
  }

  @Test
  void shouldTakeTextThatIsNotAsciiInTwins() {
    client.locks().create(createLock("größe"));
    Envelope session = Envelope.of(client.openSession());
    LockAcquireRequest acquire = LockAcquireRequest.newBuilder().setLock("größe").build();
    Envelope owner = session.with("polyproc-owner-bin", bytes("Fädchen 线程 🧵"));
    Envelope from = owner.with("polyproc-call-site-bin", bytes("größe.py:7"));
    long token = client.with(from).locks().acquire(acquire).getToken();

    Party holder =
        client
            .locks()
            .get(LockGetRequest.newBuilder().setLock("größe").build())
            .getHolder()
            .getParty();
    assertThat(holder.getOwner()).isEqualTo("Fädchen 线程 🧵");
    assertThat(holder.getCallSite()).isEqualTo("größe.py:7");
    client
        .with(Envelope.none().with("polyproc-guard-bin", bytes("größe:" + token)))
        .queues()
        .put(put(queue, 1));
    Envelope wrong = Envelope.none().with("polyproc-guard-bin", bytes("größe:" + (token + 1)));
    assertThat(Refusal.reasonOf(() -> client.with(wrong).queues().put(put(queue, 1))))
        .isEqualTo(ERROR_REASON_GUARD_FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-owner", "polyproc-guard", "polyproc-call-site"})
  void shouldRefuseATextBesideItsTwin(String key) {
    Refusal refusal = refusal(Envelope.none().with(key, "r:1").with(key + "-bin", bytes("r:1")));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.sentence()).contains(key + " or " + key + "-bin once");
  }

  @ParameterizedTest
  @ValueSource(strings = {"polyproc-owner-bin", "polyproc-guard-bin", "polyproc-call-site-bin"})
  void shouldRefuseTwinsThatAreNotText(String key) {
    Refusal refusal = refusal(Envelope.none().with(key, new byte[] {'r', (byte) 0xff, ':', '1'}));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal.metadata()).containsEntry("field", key);
    assertThat(refusal.sentence()).contains("UTF-8");
  }

  @Test
  void shouldRefuseAReplySizeThatIsNone() {
    for (String bytes : List.of("0", "-5", "16383", "many", "1e6")) {
      assertThat(refusal(Envelope.none().with("polyproc-max-reply-bytes", bytes)).metadata())
          .containsEntry("field", "polyproc-max-reply-bytes");
    }
  }

  /** Streams have metadata too, and what means nothing there is told as well. */
  @Test
  void shouldRefuseMetadataThatMeanNothingToAStream() {
    for (String key : List.of("polyproc-gaurd", "polyproc-session", "polyproc-guard")) {
      Client talking = client.with(Envelope.none().with(key, "r:1"));
      try (Attachment attachment = talking.attach(client.openSession(), 1)) {
        assertThat(attachment.awaitRefusal().metadata()).containsEntry("field", key);
      }
    }
    Client consuming = client.with(Envelope.of(client.openSession()).with("polyproc-gaurd", "r:1"));
    QueueConsumeRequest consume =
        QueueConsumeRequest.newBuilder().setQueue(queue).setMaxInFlight(1).build();
    assertThat(Refusal.of(() -> consuming.queues().consume(consume).next()).metadata())
        .containsEntry("field", "polyproc-gaurd");
    ProcessOutputRequest output = ProcessOutputRequest.newBuilder().setProcess("none").build();
    assertThat(Refusal.of(() -> consuming.processes().output(output).next()).metadata())
        .containsEntry("field", "polyproc-gaurd");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** gRPC's own answer, for it stops reading; the daemon must only get over it. */
  @Test
  void shouldOutliveMetadataThatAreFarTooLarge() {
    for (int size : new int[] {70_000, 300_000, 5_000_000}) {
      Client talking = client.with(Envelope.none().with("x", "x".repeat(size)));
      Throwable thrown = catchThrowable(() -> talking.queues().put(put(queue, 1)));

      assertThat(thrown).as("%d bytes", size).isNotNull();
    }
    assertThat(client.queues().size(size(queue)).getSize()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "polyproc.v1.QueueService/Nope",
        "polyproc.v1.QueueService/put",
        "polyproc.v1.NoService/Put",
        "polyproc.v2.QueueService/Put",
        "x/y",
        "polyproc.v1.QueueService/Put/x",
      })
  void shouldRefuseMethodsOfOtherNames(String method) {
    for (MethodType type : new MethodType[] {MethodType.UNARY, MethodType.BIDI_STREAMING}) {
      Refusal refusal =
          Refusal.of(
              () ->
                  Later.get(
                      RaceSession.unary(
                          client.channel(),
                          RawCalls.method(method, type),
                          io.grpc.CallOptions.DEFAULT,
                          new byte[10])));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_UNKNOWN_METHOD);
      assertThat(refusal.sentence()).contains(method);
    }
  }

  @Test
  void shouldShowOnlyTheBeginningOfALongMethodName() {
    Refusal refusal =
        Refusal.of(
            () ->
                Later.get(
                    RawCalls.unary(client.channel(), "a/" + "x".repeat(10_000), new byte[0])));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_UNKNOWN_METHOD);
    assertThat(refusal.sentence()).hasSizeLessThan(600);
  }

  /** 4 is Attach and 116 Consume: streams, which no frame can call. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4, 99, 116, 506, 9_999, Integer.MAX_VALUE, -1})
  void shouldRefuseMethodsOfOtherNumbers(int number) {
    try (Attachment attachment = client.attach(client.openSession(), 1)) {
      Call call = Call.newBuilder().setSequence(1).setMethodNumber(number).build();

      Refusal refusal =
          Refusal.of(() -> Later.get(attachment.send(call, QueueServiceGrpc.getPutMethod())));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_UNKNOWN_METHOD);
      assertThat(refusal.sentence()).contains(Integer.toUnsignedString(number));
      attachment.ask(2, QueueServiceGrpc.getPutMethod(), put(queue, 1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, '', '', INVALID_ARGUMENT",
    "-1, '', '', INVALID_ARGUMENT",
    "1, owner, '', INVALID_ARGUMENT",
    "1, '', site, INVALID_ARGUMENT",
  })
  void shouldRefuseABadCallOfAFrame(long sequence, String owner, String site, String reason) {
    try (Attachment attachment = client.attach(client.openSession(), 1)) {
      Call call =
          Call.newBuilder()
              .setSequence(sequence)
              .setMethodNumber(Attachment.number(QueueServiceGrpc.getPutMethod()))
              .setRequest(put(queue, 1).toByteString())
              .setOwner(owner.repeat(100))
              .setCallSite(site.repeat(100))
              .build();

      assertThat(
              Refusal.reasonOf(
                  () -> Later.get(attachment.send(call, QueueServiceGrpc.getPutMethod()))))
          .isEqualTo(ErrorReason.valueOf("ERROR_REASON_" + reason));
      attachment.ask(2, QueueServiceGrpc.getSizeMethod(), size(queue));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "5, 4", "-1, 5", "5, -1"})
  void shouldEndAStreamThatConfirmsARangeThatIsNone(long first, long last) {
    try (Attachment attachment = client.attach(client.openSession(), 1).awaitAttached()) {
      attachment.received(first, last);

      assertThat(attachment.awaitRefusal().reason()).isEqualTo(ERROR_REASON_INVALID_ARGUMENT);
    }
  }

  @Test
  void shouldAskForTheTokenOnTcpBeforeAnythingElse() {
    List<Envelope> strangers =
        List.of(
            Envelope.none(),
            Envelope.none().with("authorization", ""),
            Envelope.none().with("authorization", "Bearer"),
            Envelope.none().with("authorization", "Bearer "),
            Envelope.none().with("authorization", "Bearer wrong"),
            Envelope.none().with("authorization", "Bearer " + daemon.get().token() + "x"),
            Envelope.none().with("authorization", "Basic " + daemon.get().token()),
            Envelope.none().with("authorization", daemon.get().token()));
    try (Client tcp = Client.over(daemon.get().port())) {
      for (Envelope stranger : strangers) {
        for (String method :
            List.of(
                "polyproc.v1.ProcessService/Start",
                "polyproc.v1.SessionService/Attach",
                "polyproc.v1.QueueService/Consume",
                "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                "no.such.Service/Method")) {
          assertThat(
                  Refusal.reasonOf(
                      () ->
                          Later.get(
                              RaceSession.unary(
                                  tcp.with(stranger).channel(),
                                  RawCalls.method(method, MethodType.BIDI_STREAMING),
                                  io.grpc.CallOptions.DEFAULT,
                                  ByteString.EMPTY.toByteArray()))))
              .as("%s: %s", stranger, method)
              .isEqualTo(ERROR_REASON_UNAUTHENTICATED);
        }
      }
      assertThat(
              HealthGrpc.newBlockingStub(tcp.channel())
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void shouldTakeTheTokenWithAnySpellingOfItsScheme() {
    try (Client tcp = Client.over(daemon.get().port())) {
      for (String scheme : List.of("Bearer ", "bearer ", "BEARER ")) {
        Envelope envelope = Envelope.none().with("authorization", scheme + daemon.get().token());
        assertThat(
                tcp.with(envelope)
                    .admin()
                    .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                    .hasServer())
            .isTrue();
      }
    }
  }

  @Test
  void shouldAnswerAnUnknownHealthServiceAsTheHealthProtocolSays() {
    Throwable thrown =
        catchThrowable(
            () ->
                HealthGrpc.newBlockingStub(client.channel())
                    .check(HealthCheckRequest.newBuilder().setService("none").build()));

    assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }
}
