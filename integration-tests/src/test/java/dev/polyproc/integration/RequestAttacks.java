package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MALFORMED_REQUEST;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueConsumeRequest;
import io.grpc.Status.Code;
import io.grpc.health.v1.HealthCheckRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.Stream;

/** Requests that are no requests: each is told so, and nobody waits for more. */
final class RequestAttacks {
  private static final String QUEUE = PREFIX + "requests";
  private static final String PROCESS = PREFIX + "sleeper";
  private static final String[] REFLECTION = {
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
  };

  /** The tag of a field that promises more bytes than there are. */
  private static final byte[] GARBAGE = {10, 100, 1};

  private RequestAttacks() {}

  static Stream<Attack> all() {
    return Stream.concat(
        Stream.of(Credential.values())
            .map(
                credential ->
                    Attack.of(
                        "health requests that are large, or none",
                        credential,
                        RequestAttacks::health)),
        Stream.of(
            Attack.of(
                "reflection requests that are large, or none",
                Credential.SOCKET,
                RequestAttacks::reflection),
            Attack.of(
                "two requests where there is one", Credential.SOCKET, RequestAttacks::twoRequests),
            Attack.of(
                "no request where there is one", Credential.TOKEN, RequestAttacks::noRequest)));
  }

  private static void health(Attacker attacker) throws IOException {
    for (String method : new String[] {ConnectionAttacks.CHECK, ConnectionAttacks.WATCH}) {
      byte[] large =
          HealthCheckRequest.newBuilder().setService("x".repeat(1_100)).build().toByteArray();
      assertTooLarge(attacker, method, large);
      assertMalformed(attacker, method, RawHttp2.message(false, GARBAGE));
    }
    byte[] plain = RawHttp2.message(false, new byte[0]);
    assertThat(ask(attacker, ConnectionAttacks.CHECK, plain).code()).isEqualTo(Code.OK);
  }

  private static void reflection(Attacker attacker) throws IOException {
    for (String method : REFLECTION) {
      byte[] large = DeepValue.field(4, ByteString.copyFromUtf8("x".repeat(1_100))).toByteArray();
      assertTooLarge(attacker, method, large);
      assertMalformed(attacker, method, RawHttp2.message(false, GARBAGE));
    }
  }

  private static void assertTooLarge(Attacker attacker, String method, byte[] request)
      throws IOException {
    RawAnswer answer = ask(attacker, method, RawHttp2.message(false, request));
    assertThat(answer.code()).as("%s: %s", method, answer).isEqualTo(Code.RESOURCE_EXHAUSTED);
    answer.refusal();
  }

  private static RawAnswer ask(Attacker attacker, String method, byte[] messages)
      throws IOException {
    return attacker.connect().ask(attacker.headers(method), messages);
  }

  private static void assertMalformed(Attacker attacker, String method, byte[] messages)
      throws IOException {
    RawAnswer answer = ask(attacker, method, messages);
    assertThat(answer.refusal().reason())
        .as("%s: %s", method, answer)
        .isEqualTo(ERROR_REASON_MALFORMED_REQUEST);
  }

  private static byte[] twice(byte[] request) {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.writeBytes(RawHttp2.message(false, request));
    two.writeBytes(RawHttp2.message(false, request));
    return two.toByteArray();
  }

  private static void twoRequests(Attacker attacker) throws IOException {
    Client client = attacker.client();
    var unusedQueue = client.queues().create(Requests.createQueue(QUEUE));
    var unusedProcess =
        client
            .processes()
            .start(
                ProcessStartRequest.newBuilder()
                    .setProcess(PROCESS)
                    .setCommand("sleep")
                    .addArguments("100")
                    .build());
    for (int i = 0; i < 50; i++) {
      assertMalformed(
          attacker,
          "polyproc.v1.QueueService/Consume",
          twice(QueueConsumeRequest.newBuilder().setQueue(QUEUE).build().toByteArray()));
      assertMalformed(
          attacker,
          "polyproc.v1.ProcessService/Output",
          twice(
              ProcessOutputRequest.newBuilder()
                  .setProcess(PROCESS)
                  .setFollow(true)
                  .build()
                  .toByteArray()));
      assertMalformed(
          attacker, "polyproc.v1.QueueService/Get", twice(Requests.get(QUEUE).toByteArray()));
    }
  }

  private static void noRequest(Attacker attacker) throws IOException {
    for (String method :
        new String[] {"QueueService/Consume", "ProcessService/Output", "QueueService/Get"}) {
      assertMalformed(attacker, "polyproc.v1." + method, new byte[0]);
    }
  }
}
