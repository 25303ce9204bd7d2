package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs with queues that are known from Python's multiprocessing, with real processes: in Python
 * over bare stubs, and in Java.
 */
@Timeout(120)
final class QueueExamplesIT {
  private static final long SUM_OF_SQUARES =
      IntStream.range(0, 200).mapToLong(number -> (long) number * number).sum();

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @RegisterExtension final Workplace workplace = new Workplace();

  /** Who runs a program. */
  enum Language {
    PYTHON,
    JAVA
  }

  @BeforeEach
  void prepare() {
    workplace.environment("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
  }

  private List<String> run(Language language, String example) throws Exception {
    String printed =
        switch (language) {
          case PYTHON -> python(example);
          case JAVA ->
              workplace.run(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  QueueExampleMain.class.getName(),
                  example,
                  queue(language, example));
        };
    return printed.lines().filter(line -> !line.contains(": warning: ")).toList();
  }

  private static String queue(Language language, String example) {
    return "examples/" + language + "/" + example;
  }

  private String python(String example) throws Exception {
    assumeTrue(
        Files.isExecutable(Launch.root().resolve(".tools/python/bin/python")),
        "Python is not set up");
    return workplace.shell(
        generating()
            + "python "
            + Launch.root().resolve("integration-tests/src/test/resources/queue_examples.py")
            + " "
            + example
            + " "
            + queue(Language.PYTHON, example)
            + "\n");
  }

  private static String generating() throws IOException {
    return Document.at("docs/stubs.md")
        .section("Generate")
        .blocksWithout("sh", "python3 -m venv")
        .get(0);
  }

  @ParameterizedTest
  @EnumSource
  void shouldJoinWhatAConsumerFinished(Language language) throws Exception {
    List<String> printed = run(language, "0-3");

    assertThat(printed.stream().filter(line -> line.startsWith("Producer")))
        .containsExactly("Producer 1", "Producer 2", "Producer STOP");
    assertThat(printed.stream().filter(line -> line.startsWith("Consumer")))
        .containsExactly("Consumer 1", "Consumer 2", "Consumer STOP");
    assertThat(printed)
        .containsOnlyOnce("joined True")
        .containsSubsequence(
            "joined True",
            "once more TASK_DONE_TOO_OFTEN",
            "a plain queue NOT_JOINABLE NOT_JOINABLE");
  }

  @ParameterizedTest
  @EnumSource
  void shouldJoinTheWorkOfFourWorkers(Language language) throws Exception {
    assertThat(run(language, "0-16")).containsExactly("joined True", "sum " + SUM_OF_SQUARES);
  }

  @ParameterizedTest
  @EnumSource
  void shouldConsumeWhileTheQueueIsNotEmpty(Language language) throws Exception {
    assertThat(run(language, "1-4"))
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(Integer::toString).toList());
  }

  @ParameterizedTest
  @EnumSource
  void shouldEndAtANone(Language language) throws Exception {
    List<String> printed = run(language, "3-2");

    assertThat(printed.stream().filter(line -> line.startsWith("Produced")))
        .containsExactlyElementsOf(
            IntStream.range(0, 10).mapToObj(number -> "Produced: " + number).toList());
    assertThat(printed.stream().filter(line -> line.startsWith("Consumed")))
        .containsExactlyElementsOf(
            IntStream.range(0, 10).mapToObj(number -> "Consumed: " + number).toList());
    assertThat(printed).endsWith("exit codes [0, 0]");
  }
}
