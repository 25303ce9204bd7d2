package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.integration.Grpcurl.Result;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.SessionOpenResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What somebody sees who has nothing but grpcurl. */
final class GrpcurlIT {
  private static final List<String> SERVICES =
      Stream.concat(
              Stream.of(
                  "grpc.health.v1.Health",
                  "grpc.reflection.v1.ServerReflection",
                  "grpc.reflection.v1alpha.ServerReflection"),
              ContractMethods.methods().map(method -> method.getService().getFullName()))
          .distinct()
          .sorted()
          .toList();

  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  /** The ways to the daemon. */
  enum Way {
    UNIX_SOCKET,
    TCP_WITH_TOKEN,
    TLS_WITH_TOKEN,
    TLS_WITH_CERTIFICATE
  }

  @BeforeEach
  void needGrpcurl() {
    assumeTrue(
        Grpcurl.find().isPresent(),
        "Expected grpcurl in GRPCURL, .tools/bin or on the PATH, but it is in none of them");
  }

  private static Grpcurl grpcurl(Way way) {
    String token = "authorization: Bearer " + daemon.get().token();
    int tlsPort = daemon.get().listenPort();
    Certificates.Identity own = CERTIFICATES.identity("client");
    return switch (way) {
      case UNIX_SOCKET -> Grpcurl.over(daemon.get().socket());
      case TCP_WITH_TOKEN -> Grpcurl.over(daemon.get().port()).with(token);
      case TLS_WITH_TOKEN -> Grpcurl.overTls(tlsPort, CERTIFICATES.ca()).with(token);
      case TLS_WITH_CERTIFICATE ->
          Grpcurl.overTls(
              tlsPort,
              CERTIFICATES.ca(),
              "-cert",
              own.certificate().toString(),
              "-key",
              own.key().toString());
    };
  }

  @ParameterizedTest
  @EnumSource
  void shouldListAndDescribeEverything(Way way) {
    Grpcurl grpcurl = grpcurl(way);

    Result services = grpcurl.run("list");
    Result all = grpcurl.run("describe");

    assertThat(services.output().lines()).containsExactlyElementsOf(SERVICES);
    assertThat(all.output().lines())
        .contains(
            "polyproc.v1.QueueService is a service:", "polyproc.v1.LockService is a service:");
    for (String service : SERVICES) {
      Result methods = grpcurl.run("list", service);
      assertThat(methods.exit()).isZero();
      assertThat(methods.output().lines()).isNotEmpty();
    }
    assertThat(grpcurl.run("describe", "polyproc.v1.Value").output()).contains("oneof kind");
    for (String symbol : List.of("number", "OBJECT_KIND_QUEUE", "QueuePutRequest.item")) {
      assertThat(grpcurl.run("describe", "polyproc.v1." + symbol).exit()).as(symbol).isZero();
    }
    assertThat(grpcurl.run("describe", "polyproc.v1.ErrorReason").output())
        .contains("ERROR_REASON_MEMORY_FULL");
    assertThat(grpcurl.run("describe", "polyproc.v1.QueueService.Put").output())
        .contains("option (.polyproc.v1.number) = 102");
  }

  @ParameterizedTest
  @EnumSource
  void shouldPassTextThroughAQueue(Way way) {
    Grpcurl grpcurl = grpcurl(way);
    String queue = "text/" + way;

    Result created = grpcurl.call("QueueService/Create", "{'queue': '" + queue + "'}");
    Result put =
        grpcurl.call("QueueService/Put", "{'queue': '" + queue + "', 'item': {'text': 'hello'}}");
    Result got = grpcurl.call("QueueService/Get", "{'queue': '" + queue + "'}");

    assertThat(created.output()).contains("\"created\": true");
    assertThat(put.output()).contains("\"accepted\": true");
    assertThat(got.as(QueueGetResponse.getDefaultInstance()).getItem().getText())
        .isEqualTo("hello");
  }

  @ParameterizedTest
  @EnumSource
  void shouldHandALockFromSessionToSession(Way way) {
    Grpcurl first = grpcurl(way).with("polyproc-session: " + openSession(way));
    Grpcurl second = grpcurl(way).with("polyproc-session: " + openSession(way));
    String lock = "'lock': 'printer/" + way + "'";
    grpcurl(way).call("LockService/Create", "{" + lock + "}");

    Result held = first.call("LockService/Acquire", "{" + lock + "}");
    Result refused =
        second
            .with("polyproc-owner: second")
            .call("LockService/Acquire", "{" + lock + ", 'timeout': '0.2s'}");
    CompletableFuture<Result> waiting =
        second
            .with("polyproc-owner: third")
            .with("polyproc-call-site: shell:3")
            .callLater("LockService/Acquire", "{" + lock + "}");
    AdminDescribeResponse seen = awaitWaiter(way);
    Result closed = first.call("SessionService/End", "{}");
    Result acquired = Later.get(waiting);

    assertThat(acquired(held).getAcquired()).isTrue();
    assertThat(acquired(refused).getAcquired()).isFalse();
    assertThat(refused.exit()).isZero();
    assertThat(seen.getObject().getRef().getName()).isEqualTo("printer/" + way);
    assertThat(seen.getHoldersList()).hasSize(1);
    assertThat(seen.getHolders(0).getParty().getClient()).isEqualTo("a shell");
    assertThat(seen.getHolders(0).getDetail()).contains("" + acquired(held).getToken());
    assertThat(seen.getHolders(0).hasSince()).isTrue();
    assertThat(seen.getWaitersList()).hasSize(1);
    assertThat(seen.getWaiters(0).getParty().getOwner()).isEqualTo("third");
    assertThat(seen.getWaiters(0).getParty().getCallSite()).isEqualTo("shell:3");
    assertThat(seen.getWaiters(0).getRpc()).isEqualTo("LockService/Acquire");
    assertThat(closed.exit()).isZero();
    assertThat(acquired(acquired).getAcquired()).isTrue();
    assertThat(acquired(acquired).getPreviousOwnerDied()).isTrue();
    assertThat(acquired(acquired).getToken()).isGreaterThan(acquired(held).getToken());
  }

  private static String openSession(Way way) {
    return grpcurl(way)
        .call("SessionService/Open", "{'client': 'a shell', 'time_to_live': '60s'}")
        .as(SessionOpenResponse.getDefaultInstance())
        .getSession();
  }

  private static AdminDescribeResponse awaitWaiter(Way way) {
    return await()
        .until(
            () ->
                grpcurl(way)
                    .call("AdminService/Describe", "{'object': 'printer/" + way + "'}")
                    .as(AdminDescribeResponse.getDefaultInstance()),
            seen -> seen.getWaitersCount() == 1);
  }

  private static LockAcquireResponse acquired(Result result) {
    return result.as(LockAcquireResponse.getDefaultInstance());
  }

  @Test
  void shouldShowTheReasonOfARefusalInWords() {
    Result result = grpcurl(Way.UNIX_SOCKET).call("QueueService/Get", "{'queue': 'none'}");

    assertThat(result.exit()).isNotZero();
    assertThat(result.errors())
        .contains("Code: NotFound")
        .contains("Expected an object named 'none', but there is none")
        .contains("\"reason\": \"OBJECT_NOT_FOUND\"", "\"domain\": \"polyproc.dev\"");
  }

  @Test
  void shouldAskForTheTokenOnTcp() {
    Grpcurl anonymous = Grpcurl.over(daemon.get().port());

    assertThat(anonymous.run("list").errors()).contains("authorization: Bearer <token>");
    assertThat(anonymous.with("authorization: Bearer wrong").run("list").errors())
        .contains("Expected the daemon's token, but the call shows another one");
  }

  @Test
  void shouldAnswerHealthChecks() {
    for (String service : List.of("", "polyproc.v1.QueueService")) {
      Result result =
          Grpcurl.over(daemon.get().socket())
              .run(
                  List.of("-d", "{\"service\": \"" + service + "\"}"),
                  "grpc.health.v1.Health/Check");

      assertThat(result.output()).contains("\"status\": \"SERVING\"");
    }
  }
}
