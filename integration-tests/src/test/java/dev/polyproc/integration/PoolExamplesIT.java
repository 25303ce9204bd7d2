package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.client.Codec;
import dev.polyproc.client.MapOptions;
import dev.polyproc.client.MapResults;
import dev.polyproc.client.PolyPool;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PoolOptions;
import dev.polyproc.client.TaskFailedException;
import dev.polyproc.v1.PoolWorker;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessServiceGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The workers of examples/pool, which are bare stubs, and clients of other languages. */
@Timeout(120)
final class PoolExamplesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<Long> NUMBERS = LongStream.range(0, 100).boxed().toList();
  private static final List<Long> SQUARES = NUMBERS.stream().map(n -> n * n).toList();

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @RegisterExtension final Workplace workplace = new Workplace();

  private final List<Process> processes = new ArrayList<>();
  private Polyproc polyproc;
  private Client client;

  /** What a worker is written in. */
  enum Language {
    PYTHON,
    NODE,
    GO,
    RUST;

    private static final class Prepared {
      private static final PreparedCommands COMMANDS = new PreparedCommands("examples/pool");
    }

    List<String> command() {
      return Prepared.COMMANDS.of(toString());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect("unix:" + daemon.get().socket());
    client = daemon.client();
  }

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
    client.close();
    polyproc.close();
  }

  /** A pool whose workers the daemon starts; they wait for tasks. */
  private PolyPool pool(Language language, int workers) {
    List<String> command = language.command();
    PolyPool pool =
        polyproc.pool(
            language + "/" + workers,
            PoolOptions.DEFAULTS.workers(
                workers,
                command.get(0),
                command.subList(1, command.size()).toArray(String[]::new)));
    await().atMost(PATIENCE).until(() -> pool.info().getWaitingTakes() == workers);
    return pool;
  }

  /** Starts a worker that dials in; it waits for tasks. */
  private Process dialIn(Language language, PolyPool pool, String... more) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(language.command())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> name.startsWith("POLYPROC_"));
    builder.environment().put("POLYPROC_POOL", pool.name());
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    for (int i = 0; i < more.length; i += 2) {
      builder.environment().put(more[i], more[i + 1]);
    }
    int before = pool.info().getWaitingTakes();
    Process process = builder.start();
    processes.add(process);
    await().atMost(PATIENCE).until(() -> pool.info().getWaitingTakes() > before);
    return process;
  }

  private long pid(PoolWorker worker) {
    return ProcessServiceGrpc.newBlockingStub(client.channel())
        .get(ProcessGetRequest.newBuilder().setProcess(worker.getProcess().getName()).build())
        .getProcess()
        .getPid();
  }

  /** A worker that stands still is handed a chunk, and is killed before it has begun with it. */
  @ParameterizedTest
  @EnumSource
  void shouldMapOverWorkersOfALanguageThoughOneIsKilled(Language language) throws Exception {
    PolyPool pool = pool(language, 2);
    PoolWorker victim = pool.info().getPresentWorkers(0);
    Signals.send("STOP", pid(victim));

    CompletableFuture<List<Long>> squares = pool.mapAsync("square", Long.class, NUMBERS);
    await().atMost(PATIENCE).until(() -> isRunning(pool, victim));
    Signals.send("KILL", pid(victim));

    assertThat(squares.get(60, TimeUnit.SECONDS)).isEqualTo(SQUARES);
    assertThat(pool.info().getTotals().getWorkersLost()).isEqualTo(1);
    assertThat(pool.info().getTotals().getRetries()).isEqualTo(1);
    pool.shutdownForAll();
    assertThat(pool.join(60, TimeUnit.SECONDS)).as("workers retire").isTrue();
  }

  private static boolean isRunning(PolyPool pool, PoolWorker worker) {
    return pool.info().getPresentWorkersList().stream()
        .anyMatch(now -> now.getProcess().equals(worker.getProcess()) && now.getRunning() > 0);
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayHowACallFailedAndGoOn(Language language) throws Exception {
    PolyPool pool = pool(language, 1);

    assertThatThrownBy(() -> pool.apply("cube", Long.class, 3))
        .asInstanceOf(type(TaskFailedException.class))
        .satisfies(failed -> assertThat(failed.type()).isNotEmpty())
        .extracting(TaskFailedException::failureMessage)
        .asString()
        .contains("cube");
    assertThatThrownBy(() -> pool.apply("square", Long.class, "seven"))
        .asInstanceOf(type(TaskFailedException.class))
        .satisfies(failed -> assertThat(failed.failureMessage()).isNotEmpty());
    assertThatThrownBy(() -> pool.apply("square", Long.class, Long.MAX_VALUE))
        .isInstanceOf(TaskFailedException.class);
    assertThat(pool.apply("square", Long.class, -3_000_000)).isEqualTo(9_000_000_000_000L);
    try (MapResults<String> three =
        pool.imap(
            "upper", Codec.STRING, List.of("one", 2, "trois é"), MapOptions.DEFAULTS.chunk(3))) {
      assertThat(three.next()).isEqualTo("ONE");
      assertThatThrownBy(three::next)
          .asInstanceOf(type(TaskFailedException.class))
          .satisfies(failed -> assertThat(failed.type()).isNotEmpty())
          .satisfies(failed -> assertThat(failed.failureMessage()).isNotEmpty());
      assertThat(three.next()).isEqualTo("TROIS É");
    }
    assertThat(pool.info().getTotals().getWorkersStarted()).as("none has died").isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void shouldDialInOverTcpAndEndWhenItIsToldToRetire(Language language) throws Exception {
    PolyPool pool = polyproc.pool("retiring/" + language);
    Process worker =
        dialIn(
            language,
            pool,
            "POLYPROC_ADDRESS",
            "localhost:" + daemon.get().port(),
            "POLYPROC_TOKEN_FILE",
            daemon.get().tokenFile().toString());
    assertThat(pool.apply("language", String.class)).isEqualTo(language.toString());

    pool.shutdownForAll();

    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.exitValue()).isZero();
    assertThat(pool.info().getPresentWorkersList()).as("it has ended its session").isEmpty();
  }

  /** Takes are served in their order: of as many tasks as workers wait each has one. */
  @Test
  void shouldHandOneMapToWorkersOfAllLanguages() throws Exception {
    PolyPool pool = polyproc.pool("all-languages");
    List<String> languages = new ArrayList<>();
    for (Language language : Language.values()) {
      Process unused = dialIn(language, pool);
      languages.add(language.toString());
    }

    List<CompletableFuture<String>> answers = new ArrayList<>();
    for (int i = 0; i < languages.size(); i++) {
      answers.add(pool.applyAsync("language", String.class));
    }

    List<String> answered = new ArrayList<>();
    for (CompletableFuture<String> answer : answers) {
      answered.add(answer.get(60, TimeUnit.SECONDS));
    }
    assertThat(answered).hasSameElementsAs(languages);
    assertThat(pool.map("square", Long.class, NUMBERS)).isEqualTo(SQUARES);
  }

  @Test
  void shouldServeThePoolOfThePythonPackage() throws Exception {
    PolyPool pool = polyproc.pool("of-python");
    Process rust = dialIn(Language.RUST, pool);
    Process node = dialIn(Language.NODE, pool);
    assertThat(List.of(rust, node)).allMatch(Process::isAlive);
    try (PythonPackage python = PythonPackage.start(daemon.get())) {
      String answer =
          python.run(
              "pool = client.existing_pool('of-python')\n"
                  + "answer = pool.map('square', range(4)), pool.submit('upper', 'a').result(60)");

      assertThat(answer).isEqualTo("([0, 1, 4, 9], 'A')");
    }
  }

  @Test
  void shouldTakeTasksOfAClientInAShell() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    assumeTrue(Workplace.has("jq"), "jq is not installed");
    PolyPool pool = polyproc.pool("of-shell");
    CompletableFuture<List<Long>> squares =
        pool.mapAsync("square", Codec.LONG, List.of(3, 12), MapOptions.DEFAULTS.chunk(1));
    await().atMost(PATIENCE).until(() -> pool.info().getWaiting() == 2);
    Document page = Document.at("docs/shell.md");
    String tasks = page.section("Pools").blocks("sh").get(0);
    workplace
        .replace("/tmp/polyproc-$(id -u)/polyproc.sock", daemon.get().socket())
        .replace("numbers", pool.name());

    String printed =
        workplace.shell(
            page.blocks("sh").get(0)
                + tasks.substring(
                    tasks.indexOf("work() {"), tasks.indexOf("polyproc PoolService/Results")));

    assertThat(squares.get(60, TimeUnit.SECONDS)).as(printed).isEqualTo(List.of(9L, 144L));
  }

  @Test
  void shouldRunEveryCommandOfThePage() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    Language.PYTHON.command();
    workplace.replace("/tmp/polyproc-$(id -u)/polyproc.sock", daemon.get().socket());
    Document page = Document.at("examples/pool/README.md");
    assertThat(page.languages()).containsExactly("sh");

    String printed = workplace.shell(String.join("\n", page.blocks("sh")));

    assertThat(printed)
        .contains("\"int\": \"144\"", "\"text\": \"HELLO\"", "POOL_OUTCOME_FAILED", "cube")
        .contains("\"finished\": true");
  }
}
