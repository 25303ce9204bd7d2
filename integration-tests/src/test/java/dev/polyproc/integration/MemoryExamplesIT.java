package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.integration.multiprocessing.CountUnderLockInMemory;
import dev.polyproc.integration.multiprocessing.CounterInMemory;
import dev.polyproc.integration.multiprocessing.NumberAndArrayInMemory;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The programs of {@link ValueExamplesIT} on shared memory: with nothing but a mapped file and bare
 * stubs, in two languages, and with the Java client.
 */
@Timeout(120)
final class MemoryExamplesIT {
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
    ExamplePrograms programs = new ExamplePrograms(workplace);
    String memory = "examples/" + language + "/" + example;
    return switch (language) {
      case PYTHON -> programs.python("memory_examples.py", example, memory);
      case JAVA -> programs.java(MemoryExampleMain.class, example, memory);
      case JAVA_CLIENT -> programs.java(client(example));
    };
  }

  private static Class<?> client(String example) {
    return switch (example) {
      case "0-2" -> CountUnderLockInMemory.class;
      case "0-8" -> NumberAndArrayInMemory.class;
      case "1-5" -> CounterInMemory.class;
      default -> throw new IllegalArgumentException(example);
    };
  }

  @ParameterizedTest
  @EnumSource
  void shouldCountUnderTheLockOfASegment(Language language) throws Exception {
    List<String> printed = run(language, "0-2");

    assertThat(printed).hasSize(11).endsWith("Final value: 100");
    assertThat(printed.subList(0, 10)).allMatch(line -> line.matches("num.value = \\d+"));
  }

  @ParameterizedTest
  @EnumSource
  void shouldSeeWhatAnotherProcessWrote(Language language) throws Exception {
    assertThat(run(language, "0-8"))
        .containsExactly("3.1415927", "[0, -1, -2, -3, -4, -5, -6, -7, -8, -9]", "[-9, -6, -3, 0]");
  }

  /** In one step Python cannot. */
  @ParameterizedTest
  @EnumSource
  void shouldCountExactlyUnderTheLockOrInOneStep(Language language) throws Exception {
    assertThat(run(language, "1-5"))
        .isEqualTo(
            language == Language.PYTHON
                ? List.of("in two steps: true", "under the lock: 5")
                : List.of("in two steps: true", "in one step: 5", "under the lock: 5"));
  }
}
