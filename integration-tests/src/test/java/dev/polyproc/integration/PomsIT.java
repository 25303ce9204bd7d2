package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is published, and what it says of itself. */
final class PomsIT {
  private static final String BOM = "bom/pom.xml";

  @Test
  void shouldHaveOneVersion() throws Exception {
    String version = Poms.value("pom.xml", "/project/version");
    for (String pom : Poms.all()) {
      assertThat(Poms.values(pom, "/project/version | /project/parent/version"))
          .as(pom)
          .containsExactly(version);
    }
  }

  @Test
  void shouldPublishWhatTheBomNamesAndNothingElse() throws Exception {
    List<String> named =
        Poms.values(BOM, "/project/dependencyManagement/dependencies/dependency/artifactId");
    assertThat(named).contains("polyproc-client", "polyproc-embedded");
    for (String pom : Poms.all()) {
      String artifact = Poms.value(pom, "/project/artifactId");
      boolean published = named.contains(artifact) || pom.equals("pom.xml") || pom.equals(BOM);
      assertThat(Poms.values(pom, "/project/properties/maven.deploy.skip"))
          .as(pom)
          .isEqualTo(published ? List.of() : List.of("true"));
    }
  }

  /** Maven Central asks for it; the other modules have it of their parent. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/project/url",
        "/project/licenses/license/name",
        "/project/licenses/license/url",
        "/project/developers/developer/name",
        "/project/scm/connection",
        "/project/scm/developerConnection",
        "/project/scm/url"
      })
  void shouldSayOfTheBomWhatThePomOfAllSays(String what) throws Exception {
    assertThat(Poms.value(BOM, what)).isNotEmpty().isEqualTo(Poms.value("pom.xml", what));
  }
}
