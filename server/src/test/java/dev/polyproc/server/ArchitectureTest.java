package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom, and what the engine must not know at all.
 *
 * <p>The classes of {@code dev.polyproc.broken} break each rule once, in a house of the same plan,
 * so that a rule that lets everything pass is noticed.
 */
final class ArchitectureTest {
  private static final String HOUSE = "dev.polyproc.server";
  private static final String BROKEN = "dev.polyproc.broken";

  @Test
  void shouldKeepToThePlan() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(HOUSE);
    assertThat(classes).as("the classes of the daemon").isNotEmpty();
    new Architecture(HOUSE).rules().forEach((name, rule) -> rule.check(classes));
  }

  @Test
  void shouldNoticeWhoDoesNot() {
    JavaClasses classes = new ClassFileImporter().importPackages(BROKEN);
    Map<String, String> culprits = new TreeMap<>();
    culprits.put("the engine uses what is pure", "engine.Reader");
    culprits.put("the engine asks nobody for time, chance or surroundings", "engine.Gambler");
    culprits.put("the engine does not depend on the place where it runs", "engine.Local");
    culprits.put("the engine makes no unordered collection unnoticed", "engine.Untidy");
    culprits.put("the engine goes through no unordered collection", "engine.Untidy");
    culprits.put("only Families knows the families", "engine.Nosy");
    culprits.put("families do not know each other", "engine.queue.Neighbour");
    culprits.put("no room of the engine knows its root", "engine.queue.Neighbour");
    culprits.put("log knows engine", "log.Forward");
    culprits.put("grpc knows log, engine, supervisor and memory", "grpc.Bossy");
    culprits.put("memory knows engine", "memory.Curious");
    culprits.put("supervisor knows engine", "supervisor.Chatty");
    culprits.put("only Main knows all", "log.Forward");
    culprits.put("nobody knows each other", "engine");

    Map<String, ArchRule> rules = new Architecture(BROKEN).rules();

    assertThat(rules.keySet()).isEqualTo(culprits.keySet());
    rules.forEach(
        (name, rule) -> {
          EvaluationResult result = rule.evaluate(classes);
          assertThat(result.getFailureReport().getDetails())
              .as(name)
              .isNotEmpty()
              .anyMatch(detail -> detail.contains(culprits.get(name)));
        });
  }
}
