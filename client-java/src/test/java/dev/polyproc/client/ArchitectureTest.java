package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. The classes of {@code dev.polyproc.broken} break each rule once, in a house of
 * the same plan, so that a rule that lets everything pass is noticed.
 */
final class ArchitectureTest {
  private static final Set<String> WORDS =
      Set.of(
          "Codec",
          "Tuple",
          "PolyObject",
          "PolyprocException",
          "ProcessExit",
          "SessionLostException",
          "TaskFailedException",
          "UnexpectedValueException",
          "WorkerLostException");

  private static final Pattern INTERNAL =
      Pattern.compile("import (static )?dev\\.polyproc\\.client\\.internal\\.");

  @Test
  void shouldKeepToThePlan() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.polyproc.client");
    assertThat(classes).as("the classes of the client").isNotEmpty();
    new Architecture("dev.polyproc.client", WORDS)
        .rules()
        .forEach((name, rule) -> rule.check(classes));
  }

  @Test
  void shouldNoticeWhoDoesNot() {
    JavaClasses classes = new ClassFileImporter().importPackages("dev.polyproc.broken");
    Map<String, String> culprits =
        Map.of(
            "a user's imports show public types only", "Hidden",
            "what is public says nothing of what is internal", "Talkative",
            "what is internal knows values and exceptions only", "Climber",
            "rooms are free of cycles", "Circular",
            "a room knows only those below it", "Reaching");

    Map<String, ArchRule> rules = new Architecture("dev.polyproc.broken", Set.of("Word")).rules();

    assertThat(rules.keySet()).isEqualTo(culprits.keySet());
    rules.forEach(
        (name, rule) ->
            assertThat(rule.evaluate(classes).getFailureReport().getDetails())
                .as(name)
                .isNotEmpty()
                .anyMatch(detail -> detail.contains(culprits.get(name)))
                .noneMatch(detail -> detail.contains("Word")));
  }

  @Test
  void shouldHaveAFloorForEveryRoom() {
    String inside = "dev.polyproc.client.internal.";
    assertThat(
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.polyproc.client")
                    .stream()
                    .map(JavaClass::getPackageName)
                    .filter(name -> name.startsWith(inside))
                    .map(name -> name.substring(inside.length()))
                    .distinct())
        .containsExactlyInAnyOrderElementsOf(Architecture.ROOMS);
  }

  @Test
  void shouldBeTheOnlyModuleThatKnowsItsInternals() throws IOException {
    Path root = Path.of("..").toAbsolutePath().normalize();
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> others =
          files
              .map(root::relativize)
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.startsWith("client-java") && !file.startsWith(".tools"))
              .filter(file -> !file.toString().contains("/target/"))
              .toList();
      assertThat(others).as("the sources of all other modules").hasSizeGreaterThan(500);
      assertThat(others).filteredOn(file -> namesInternals(root.resolve(file))).isEmpty();
    }
  }

  private static boolean namesInternals(Path file) {
    try {
      return INTERNAL.matcher(Files.readString(file)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
