package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.integration.multiprocessing.CountUnderLock;
import dev.polyproc.integration.multiprocessing.Counter;
import dev.polyproc.integration.multiprocessing.NumberAndArray;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs with shared values and arrays that are known from Python's multiprocessing, with real
 * processes: over bare stubs in Python, and with the Java client.
 */
@Timeout(120)
final class ValueExamplesIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @RegisterExtension final Workplace workplace = new Workplace();

  /** What a program is written in. */
  enum Language {
    PYTHON,
    JAVA_CLIENT
  }

  @BeforeEach
  void prepare() {
    workplace.environment("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
  }

  private List<String> run(Language language, String example, Class<?> program) throws Exception {
    ExamplePrograms programs = new ExamplePrograms(workplace);
    return language == Language.PYTHON
        ? programs.python("value_examples.py", example, "examples/value/" + example)
        : programs.java(program);
  }

  @ParameterizedTest
  @EnumSource
  void shouldCountUnderTheLockOfAValue(Language language) throws Exception {
    List<String> printed = run(language, "0-2", CountUnderLock.class);

    assertThat(printed).hasSize(11).endsWith("Final value: 100");
    assertThat(printed.subList(0, 10)).allMatch(line -> line.matches("num.value = \\d+"));
  }

  @ParameterizedTest
  @EnumSource
  void shouldSeeWhatAnotherProcessSet(Language language) throws Exception {
    assertThat(run(language, "0-8", NumberAndArray.class))
        .containsExactly("3.1415927", "[0, -1, -2, -3, -4, -5, -6, -7, -8, -9]", "[-9, -6, -3, 0]");
  }

  @ParameterizedTest
  @EnumSource
  void shouldCountExactlyInOneStepAndUnderTheLock(Language language) throws Exception {
    assertThat(run(language, "1-5", Counter.class))
        .containsExactly("in two steps: true", "in one step: 5", "under the lock: 5");
  }
}
