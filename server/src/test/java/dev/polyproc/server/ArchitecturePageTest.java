package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.NodeEvent;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That docs/architecture.md names what is there, however it has been renamed since. */
final class ArchitecturePageTest {
  private static final Predicate<String> CLASS =
      Pattern.compile("[A-Z][a-z]\\w+").asMatchPredicate();
  private static final Predicate<String> PACKAGE =
      Pattern.compile("dev(\\.\\w+)+").asMatchPredicate();

  private final List<String> named = Sources.code("docs/architecture.md");

  ArchitecturePageTest() throws IOException {}

  @Test
  void shouldNameClassesThatAreThere() throws IOException {
    Set<String> classes = Sources.classes();
    NodeEvent.getDescriptor()
        .getFields()
        .forEach(each -> classes.add(each.getMessageType().getName()));

    assertThat(named).filteredOn(CLASS).hasSizeGreaterThan(20).allMatch(classes::contains);
  }

  @Test
  void shouldNamePackagesThatAreThere() throws IOException {
    Set<String> packages = Sources.packages();

    assertThat(named)
        .filteredOn(PACKAGE)
        .hasSizeGreaterThan(5)
        .allMatch(name -> packages.contains(name.replace('.', '/')));
  }

  @Test
  void shouldNameEveryFamily() throws IOException {
    List<String> families =
        Pattern.compile("import dev\\.polyproc\\.server\\.engine\\.(\\w+)\\.\\w+Operations;")
            .matcher(Sources.text("Families.java"))
            .results()
            .map(found -> found.group(1))
            .distinct()
            .toList();

    assertThat(families).hasSizeGreaterThan(3);
    assertThat(named).containsAll(families);
  }
}
