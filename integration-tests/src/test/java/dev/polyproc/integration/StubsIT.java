package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.ContractRevision;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What docs/stubs.md shows, run as it stands there. */
final class StubsIT {
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @RegisterExtension final Workplace workplace = new Workplace();

  private static int latestRevision() {
    var revisions = ContractRevision.getDescriptor().getValues();
    return revisions.get(revisions.size() - 1).getNumber();
  }

  private static Document page() throws IOException {
    return Document.at("docs/stubs.md");
  }

  @BeforeEach
  void prepare() {
    DaemonProcess own = daemon.get();
    workplace
        // Each test has a queue of its own.
        .replace("queue=\"jobs\"", "queue=\"" + workplace.folder().getFileName() + "\"")
        .replace("{home}/polyproc.sock", own.socket())
        .replace("{home}/token", own.tokenFile())
        .replace("localhost:7461", "localhost:" + own.port())
        .replace("localhost:7462", "localhost:" + own.listenPort())
        .replace("\"ca.pem\"", "\"" + CERTIFICATES.ca() + "\"")
        // Nobody listens there: whoever asks it gets no answer.
        .environment("http_proxy", "http://127.0.0.1:9")
        .environment("https_proxy", "http://127.0.0.1:9")
        .environment("no_proxy", "");
  }

  private static void needPython() {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/python/bin/python")),
        "Python is not set up");
  }

  /** Generates the stubs as the page says, then runs a program. */
  private String python(String program) throws Exception {
    needPython();
    workplace.write("program.py", program);
    return workplace.shell(generating() + "python program.py\n");
  }

  private static String generating() throws IOException {
    // Needs a registry; the tests have the packages of the same list.
    return page().section("Generate").blocksWithout("sh", "python3 -m venv").get(0);
  }

  private static String program(Document part) {
    return String.join("\n\n", part.blocks("python")) + "\n\n";
  }

  @Test
  void shouldRunOrNameEveryBlock() throws Exception {
    assertThat(page().languages()).containsExactlyInAnyOrder("sh", "python", "ruby");
    assertThat(page().blocks("sh"))
        .as("a set-up, and two that generate")
        .isEqualTo(page().section("Generate").blocks("sh"))
        .hasSize(3);
  }

  @Test
  void shouldRunTheProgram() throws Exception {
    String printed = python(program(page()));

    assertThat(printed.lines().filter(line -> !line.contains(": warning: ")))
        .containsExactly(
            "contract " + latestRevision(),
            "contract " + latestRevision(),
            "OBJECT_NOT_FOUND - Expected an object named 'no-such-queue', but there is none; create"
                + " it before, or see AdminService/List for those there are",
            "entries 1 and more",
            "no item",
            "size 1",
            "no answer in time",
            "cancelled",
            "waiting 0",
            "hello attempt 1",
            "RESERVATION_ENDED",
            "accepted True",
            "duplicate True",
            "report done, unfinished 1",
            "joined True",
            "routine moved 1 stayed 0",
            "joined False",
            "routine reservation 0",
            "joined True",
            "49  ",
            "0 KeyError 'cube'",
            "GUARD_FAILED",
            "both are here",
            "both have passed",
            "permits 5",
            "open True",
            "fruits 1",
            "OBJECT_DELETED",
            "hits 1",
            "before 1",
            "row [0.5, 1.0, 2.5, 0.0, 0.0, 0.0, 0.0, 0.0]",
            "shared 0.5 1000");
  }

  @Test
  void shouldReadTheReasonInRuby() throws Exception {
    for (String tool : List.of("protoc", "grpc_cpp_plugin", "grpc_ruby_plugin", "protoc-gen-go")) {
      assumeTrue(Workplace.has(tool), tool + " is not installed");
    }
    assumeTrue(Workplace.has("ruby"), "Ruby is not installed");
    workplace.environment("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    workplace.write("program.rb", page().blocks("ruby").get(0));

    String printed =
        workplace.shell(
            page().section("Generate").blocks("sh").get(2) + "ruby -Istubs/ruby program.rb\n");

    assertThat(printed).contains("OBJECT_NOT_FOUND - ").contains("'no-such-queue'");
  }

  @Test
  void shouldGenerateInOtherLanguages() throws Exception {
    for (String tool : List.of("protoc", "grpc_cpp_plugin", "grpc_ruby_plugin", "protoc-gen-go")) {
      assumeTrue(Workplace.has(tool), tool + " is not installed");
    }

    workplace.shell(page().section("Generate").blocks("sh").get(2));

    Path stubs = workplace.folder().resolve("stubs");
    assertThat(stubs.resolve("cpp/polyproc/v1/queue.grpc.pb.h")).isRegularFile();
    assertThat(stubs.resolve("cpp/google/rpc/status.pb.h")).isRegularFile();
    assertThat(stubs.resolve("ruby/polyproc/v1/queue_services_pb.rb")).isRegularFile();
    assertThat(stubs.resolve("ruby/google/rpc/status_pb.rb")).isRegularFile();
    assertThat(stubs.resolve("go/polyproc/v1/queue_grpc.pb.go")).isRegularFile();
  }

  /** The program as far as commands are explained, without its queue of jobs. */
  private static String upToCommands() throws IOException {
    return program(page().until("Give a call up"));
  }

  /**
   * An exception that strikes when the item has been granted, and before the reply is looked at.
   */
  @Test
  void shouldLoseNoItemToAnExceptionOfAnyKind() throws Exception {
    String printed =
        python(
            upToCommands()
                + """
                queues.Create(queue_pb2.QueueCreateRequest(queue="struck"))
                get = queue_pb2.QueueGetRequest(queue="struck", timeout=Duration())
                size = queue_pb2.QueueSizeRequest(queue="struck")


                class Alarm(Exception):
                    pass


                def strike(failure):
                    def got(request, metadata, timeout):
                        queues.Get(request, metadata=metadata, timeout=timeout)
                        raise failure

                    return got


                for failure in (KeyboardInterrupt, Alarm, grpc.FutureCancelledError, SystemExit):
                    command(queues.Put, queue_pb2.QueuePutRequest(queue="struck", item=Value(int=7)))
                    try:
                        command(strike(failure), get)
                    except BaseException as error:
                        assert isinstance(error, failure), error
                    print(failure.__name__, command(queues.Get, get).item.int)

                command(queues.Put, queue_pb2.QueuePutRequest(queue="struck", item=Value(int=7)))
                try:
                    command(strike(Alarm), get)
                except Alarm:
                    pass
                """
                + program(page().section("End")).replace("channel.close()", "")
                + "print(\"left\", queues.Size(size).size)\n");

    assertThat(printed)
        .endsWith("KeyboardInterrupt 7\nAlarm 7\nFutureCancelledError 7\nSystemExit 7\nleft 1\n");
  }

  @Test
  void shouldKeepTheSessionThroughAnOutage() throws Exception {
    workplace.replace("seconds=30", "seconds=3");
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client client = daemon.client()) {
      Talk talk = talkThrough(proxy);
      try {
        String session = talk.awaitLine("session ");
        int before = proxy.connections();
        // The thread's word meets a connection that breaks, and then nobody who listens.
        proxy.refuseNext();
        proxy.cut();
        await().atMost(Duration.ofSeconds(30)).until(() -> proxy.connections() > before);

        talk.say(); // It goes on for longer than its time to live.
        assertThat(talk.awaitLine("lost ")).isEqualTo("False");

        client.with(Envelope.of(session)).sessions().end(SessionEndRequest.getDefaultInstance());
        talk.say();
        assertThat(talk.awaitLine("lost at last ")).isEqualTo("True");
      } finally {
        talk.process.destroyForcibly();
      }
    }
  }

  /** Of the connection the daemon sees somebody else's process: it takes all four fields. */
  @Test
  void shouldEndTheSessionWithItsProcessWhoeverConnects() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket());
        Client client = daemon.client()) {
      workplace.replace("stubs.md", "killed").replace("seconds=30", "seconds=3600");
      Talk talk = talkThrough(proxy);
      try {
        talk.awaitLine("session ");
        assertThat(sessions(client)).contains("killed");
      } finally {
        talk.process.destroyForcibly();
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(sessions(client)).doesNotContain("killed"));
    }
  }

  private static List<String> sessions(Client client) {
    return client
        .admin()
        .listSessions(AdminListSessionsRequest.getDefaultInstance())
        .getSessionsList()
        .stream()
        .map(SessionSummary::getClient)
        .toList();
  }

  /** The page's program up to its session, and what then happens to it. */
  private Talk talkThrough(CuttingProxy proxy) throws Exception {
    needPython();
    workplace.replace(daemon.get().socket().toString(), proxy.socket());
    workplace.write(
        "program.py",
        program(page().until("Commands that count once"))
            + """
            print("session", opened.session, flush=True)
            input()
            print("lost", lost.wait(4), flush=True)
            input()
            print("lost at last", lost.wait(30), flush=True)
            """);
    Path output = workplace.folder().resolve("talk");
    workplace.write("commands", generating() + "exec python program.py\n");
    return new Talk(workplace.start(output, "bash", "-e", "commands"), output);
  }

  /** A program that goes on when it is told to. */
  private record Talk(Process process, Path output) {
    void say() throws IOException {
      process.outputWriter().write("\n");
      process.outputWriter().flush();
    }

    /** What it says after some words. */
    String awaitLine(String words) {
      return await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                for (String line : Files.readAllLines(output)) {
                  if (line.startsWith(words)) {
                    return line.substring(words.length());
                  }
                }
                assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
                return "";
              },
              line -> !line.isEmpty());
    }
  }

  /**
   * The options of the page, some times as quick: the pings while a call waits are no trouble to
   * the daemon; once the network is silent they end the call, long before its own deadline.
   */
  @Test
  void shouldNoticeThatTheNetworkIsSilent() throws Exception {
    needPython();
    try (CuttingProxy proxy = new CuttingProxy(daemon.get().socket())) {
      workplace.replace(daemon.get().socket().toString(), proxy.socket());
      workplace.replace("10_000", "1_500");
      workplace.replace("timeout_ms\", 5_000", "timeout_ms\", 2_000");
      workplace.write(
          "program.py",
          program(page().section("Connect"))
              + """
              jobs = queue_pb2.QueueCreateRequest(queue="silent")
              queues.Create(jobs)
              waiting = queues.Get.future(queue_pb2.QueueGetRequest(queue="silent"), timeout=100)
              try:
                  waiting.result(timeout=7)
              except grpc.FutureTimeoutError:
                  print("waits", flush=True)
              try:
                  waiting.result()
              except grpc.RpcError as error:
                  print("ended", error.code().name, flush=True)
              """);
      Path output = workplace.folder().resolve("talk");
      workplace.write("commands", generating() + "exec python program.py\n");
      Talk talk = new Talk(workplace.start(output, "bash", "-e", "commands"), output);
      try {
        talk.awaitLine("wait");
        proxy.pullTheCable();
        long start = System.nanoTime();
        assertThat(talk.awaitLine("ended ")).isEqualTo("UNAVAILABLE");
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      } finally {
        talk.process.destroyForcibly();
      }
    }
  }
}
