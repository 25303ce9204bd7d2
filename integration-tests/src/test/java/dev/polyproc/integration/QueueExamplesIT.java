package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.integration.multiprocessing.ProducerAndConsumer;
import dev.polyproc.integration.multiprocessing.Sentinel;
import dev.polyproc.integration.multiprocessing.WhileNotEmpty;
import dev.polyproc.integration.multiprocessing.WorkQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs with queues that are known from Python's multiprocessing, with real processes: over bare
 * stubs in Python and in Java, and with the Java client.
 */
@Timeout(120)
final class QueueExamplesIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @RegisterExtension final Workplace workplace = new Workplace();

  /** What a program is written in. */
  enum Language {
    PYTHON,
    JAVA,
    JAVA_CLIENT
  }

  @BeforeEach
  void prepare() {
    workplace.environment("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
  }

  private List<String> run(Language language, String example) throws Exception {
    return switch (language) {
      case PYTHON -> programs().python("queue_examples.py", example, queue(language, example));
      case JAVA -> programs().java(QueueExampleMain.class, example, queue(language, example));
      case JAVA_CLIENT -> client(example);
    };
  }

  private ExamplePrograms programs() {
    return new ExamplePrograms(workplace);
  }

  private List<String> client(String example) throws Exception {
    return switch (example) {
      case "0-3" -> programs().java(ProducerAndConsumer.class);
      case "0-16" -> programs().java(WorkQueue.class);
      case "1-4" -> programs().java(WhileNotEmpty.class, "joined");
      case "3-2" -> programs().java(Sentinel.class);
      default -> throw new IllegalArgumentException(example);
    };
  }

  private static String queue(Language language, String example) {
    return "examples/" + language + "/" + example;
  }

  @ParameterizedTest
  @EnumSource
  void shouldJoinWhatAConsumerFinished(Language language) throws Exception {
    List<String> printed = run(language, "0-3");

    assertThat(printed.stream().filter(line -> line.startsWith("Producer")))
        .containsExactly("Producer 1", "Producer 2", "Producer STOP");
    assertThat(printed.stream().filter(line -> line.startsWith("Consumer")))
        .containsExactly("Consumer 1", "Consumer 2", "Consumer STOP");
    assertThat(printed).containsOnlyOnce("joined").containsSubsequence("Consumer STOP", "joined");
    assertThat(printed.subList(printed.indexOf("joined") + 1, printed.size()))
        .isEqualTo(
            language == Language.JAVA_CLIENT
                ? List.of()
                : List.of(
                    "once more TASK_DONE_TOO_OFTEN", "a plain queue NOT_JOINABLE NOT_JOINABLE"));
  }

  @ParameterizedTest
  @EnumSource
  void shouldJoinTheWorkOfFourWorkers(Language language) throws Exception {
    assertThat(run(language, "0-16")).containsExactly("joined", "The sum of squares is: 332833500");
  }

  @ParameterizedTest
  @EnumSource
  void shouldConsumeWhileTheQueueIsNotEmpty(Language language) throws Exception {
    assertThat(run(language, "1-4"))
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(Integer::toString).toList());
  }

  @Test
  void shouldLeaveInTheQueueWhatCameAfterTheConsumerWasDone() throws Exception {
    List<Integer> consumed =
        programs().java(WhileNotEmpty.class).stream()
            .map(Integer::valueOf)
            .collect(Collectors.toCollection(ArrayList::new));

    try (Polyproc polyproc = Polyproc.connect("unix:" + daemon.get().socket())) {
      PolyQueue<Integer> queue = polyproc.queue("while-not-empty", Integer.class);
      queue.drainTo(consumed);
    }
    assertThat(consumed).isEqualTo(IntStream.range(0, 10).boxed().toList());
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
    assertThat(printed.stream().filter(line -> !line.matches("(Produced|Consumed): \\d")))
        .containsExactlyElementsOf(
            language == Language.JAVA_CLIENT ? List.of() : List.of("exit codes [0, 0]"));
  }
}
