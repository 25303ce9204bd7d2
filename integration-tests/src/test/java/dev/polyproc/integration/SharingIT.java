package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs of the Python package, of the Java client, and of bare stubs in Go and Node.js, which
 * share the work of one queue, and are killed in turn.
 */
@Timeout(240)
final class SharingIT {
  private static final Path EXAMPLES = Launch.root().resolve("examples/wordcount");
  private static final Path PROGRAMS =
      Launch.root().resolve("integration-tests/src/test/resources/sharing");

  /** How often each is killed. */
  private static final int KILLS = Integer.getInteger("polyproc.kills", 2);

  /** How many numbers wait at least, so that everybody always has work. */
  private static final int AHEAD = 200;

  /** How many numbers one works on before it is killed. */
  private static final int WORKED = 20;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @TempDir static Path folder;

  private final Map<Language, Process> members = new EnumMap<>(Language.class);
  private Polyproc polyproc;
  private PolyQueue<Long> work;
  private PolyQueue<Long> squares;
  private PolyDict<String, Long> attempts;
  private long numbers;

  /** What a member is written in. */
  enum Language {
    PYTHON,
    JAVA,
    GO,
    NODE;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    private boolean isThere() {
      return switch (this) {
        case PYTHON, JAVA -> true;
        case GO -> Workplace.has("go") && Files.isDirectory(EXAMPLES.resolve("go/polyproc"));
        case NODE ->
            Workplace.has("node") && Files.isDirectory(EXAMPLES.resolve("node/node_modules"));
      };
    }
  }

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect("unix:" + daemon.get().socket());
    work = polyproc.queue("work", Long.class);
    squares = polyproc.queue("squares", Long.class);
    attempts = polyproc.dict("attempts", String.class, Long.class);
  }

  @AfterEach
  void end() {
    members.values().forEach(Process::destroyForcibly);
    polyproc.close();
  }

  private static List<String> command(Language language) throws Exception {
    return switch (language) {
      case PYTHON ->
          List.of(PythonPackage.python().toString(), PROGRAMS.resolve("share.py").toString());
      case JAVA ->
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-cp",
              System.getProperty("java.class.path"),
              SharingMain.class.getName());
      case GO -> List.of(buildGo().toString());
      case NODE ->
          List.of(
              "node",
              PROGRAMS.resolve("share.js").toString(),
              EXAMPLES.resolve("node/session.js").toString());
    };
  }

  /** The program, with the session of the Go worker beside it; made once. */
  private static Path buildGo() throws Exception {
    Path program = folder.resolve("share");
    if (Files.exists(program)) {
      return program;
    }
    Program.copy(EXAMPLES.resolve("go"), folder);
    Files.delete(folder.resolve("worker.go"));
    Files.copy(PROGRAMS.resolve("share.go"), folder.resolve("share.go"));
    Process build =
        new ProcessBuilder("go", "build", "-buildvcs=false", "-o", "share")
            .directory(folder.toFile())
            .inheritIO()
            .start();
    assertThat(build.waitFor(100, TimeUnit.SECONDS)).as("it is built in time").isTrue();
    assertThat(build.exitValue()).isZero();
    return program;
  }

  private void start(Language language) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command(language))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> name.startsWith("POLYPROC_"));
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    members.put(language, builder.start());
  }

  private Process member(Language language) {
    return Objects.requireNonNull(members.get(language), "Expected a member that was started");
  }

  private void feed() throws InterruptedException {
    int missing = AHEAD - work.size();
    if (missing > 0) {
      work.putMany(LongStream.range(numbers, numbers + missing).boxed().toList());
      numbers += missing;
    }
  }

  private long worked(Language language) {
    String beginning = language.word() + "/";
    return attempts.keySet().stream().filter(key -> key.startsWith(beginning)).count();
  }

  /** Waits until a member has worked on some more numbers; all have work meanwhile. */
  private void awaitWork(Language language) {
    long before = worked(language);
    await(language + " works")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              assertThat(member(language).isAlive()).as("%s lives", language).isTrue();
              feed();
              return worked(language) >= before + WORKED;
            });
  }

  @Test
  void shouldLoseAndCountTwiceNothingWhoeverIsKilled() throws Exception {
    Set<Language> missing = EnumSet.allOf(Language.class);
    missing.removeIf(Language::isThere);
    Set<Language> languages = EnumSet.allOf(Language.class);
    languages.removeAll(missing);
    for (Language language : languages) {
      start(language);
    }
    int kills = 0;
    for (int round = 0; round < KILLS; round++) {
      for (Language language : languages) {
        awaitWork(language);
        member(language).destroyForcibly();
        start(language);
        kills++;
      }
    }
    for (Language language : languages) {
      awaitWork(language);
    }

    await("all is done").atMost(Duration.ofSeconds(60)).until(() -> squares.size() == numbers);
    work.shutdownForAll();
    for (Language language : languages) {
      Process member = member(language);
      assertThat(member.waitFor(60, TimeUnit.SECONDS)).as("%s ends", language).isTrue();
      assertThat(member.exitValue()).as("how %s ends", language).isZero();
    }
    List<Long> squared = new ArrayList<>();
    squares.drainTo(squared);
    assertThat(squared)
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, numbers).map(n -> n * n).boxed().toList());
    assertThat(attempts.values()).as("each attempt is counted once").containsOnly(1L);
    Set<Long> tried = new HashSet<>();
    for (String key : attempts.keySet()) {
      tried.add(Long.valueOf(key.split("/")[1]));
    }
    assertThat(tried).hasSize((int) numbers);
    assertThat(attempts.size())
        .as("what was tried again, since whoever had it was killed")
        .isBetween((int) numbers, (int) numbers + kills);
    System.out.printf(
        "%d kills of those who share %d numbers; %d were tried again%n",
        kills, numbers, attempts.size() - numbers);
    assumeTrue(missing.isEmpty(), missing + " are not set up; the others have shared the work");
  }
}
