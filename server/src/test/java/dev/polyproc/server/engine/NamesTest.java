package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names objects may have. */
final class NamesTest {
  private final EngineFixture world = new EngineFixture();

  private Pending<?> create(String name) {
    return world.anonymous().queue(name).create();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "team/app/jobs", "a.b_c-d:e@f+g=h#i~j", "größe", "名前/1", "𝒳"})
  void shouldTakeNamesInPathForm(String name) {
    assertThat(world.anonymous().queue(name).create().response().getRef().getName())
        .isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/a", "a/", "a//b", "a b", "a\n", "a\\b", "a*", "\u0000", "🦊", "a\u200b"})
  void shouldRefuseOthers(String name) {
    var refused = create(name);
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    assertThat(refused.sentence()).startsWith("Expected a name of ").contains(", but ");
  }

  /** All that Unicode has nothing to show for, and calls a letter all the same. */
  @Test
  void shouldRefuseLettersThatCannotBeSeen() {
    for (String invisible : new String[] {"\u115f", "\u1160", "\u3164", "\uffa0"}) {
      var refused = create("한" + invisible);
      String shown = "\\u{" + Integer.toHexString(invisible.charAt(0)) + "}";
      assertThat(refused.sentence())
          .endsWith("but '한" + shown + "' has the invisible letter '" + shown + "' as character 2");
      assertThat(refused.metadata()).containsEntry("position", "2");
    }
  }

  @Test
  void shouldTakeUpTo255Characters() {
    assertThat(create("x".repeat(255)).isRefused()).isFalse();
    assertThat(create("𝒳".repeat(255)).isRefused()).as("characters, not code units").isFalse();
    var refused = create("x".repeat(256));
    assertThat(refused.sentence())
        .isEqualTo("Expected a name of 1 to 255 characters, but it has 256");
    assertThat(refused.metadata().get("name")).hasSizeLessThan(50).endsWith("…");
  }

  @Test
  void shouldNotCutACharacterWhenItShowsAName() {
    var refused = create("x".repeat(39) + "𝒳" + " " + "y".repeat(300));
    assertThat(refused.metadata().get("name")).isEqualTo("x".repeat(39) + "𝒳" + "…");
  }

  @Test
  void shouldTellABadNameFromOneThatIsNotThere() {
    assertThat(world.anonymous().queue("").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    assertThat(world.anonymous().queue("a b").put(1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
    var notThere = world.anonymous().queue("jobs").put(1);
    assertThat(notThere.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(notThere.sentence())
        .startsWith("Expected an object named 'jobs', but there is none;");
  }

  @Test
  void shouldNotMakeUpANameThatIsTaken() {
    Client anyone = world.anonymous();
    long number = anyone.queue("first").create().response().getRef().getIncarnation();
    String taken = "queue-" + (number + 2);
    create(taken);
    assertThat(anyone.queue("").create().response().getRef().getName()).isEqualTo(taken + "-");
  }

  @Test
  void shouldTellKindsApart() {
    create("jobs");
    var refused = world.anonymous().event("jobs").set();
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(refused.sentence()).isEqualTo("Expected 'jobs' to be an event, but it is a queue");
    assertThat(refused.metadata()).containsEntry("kind", "QUEUE");
    assertThat(world.anonymous().event("jobs").create().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldSayWhichCharacterOfANameIsWrongAndWhere() {
    assertThat(sentence("my queue"))
        .isEqualTo(
            "Expected a name of letters, digits and any of / ._-:@+=#~, but 'my queue' has a space"
                + " as character 3");
    assertThat(sentence("größe/\uD83E\uDDF5x!")).endsWith("has '\uD83E\uDDF5' as character 7");
    assertThat(sentence("a\tb")).endsWith("has '\\u{9}' as character 2");
    assertThat(sentence("a//b"))
        .endsWith("has nothing on one side of the slash that is character 3");
    assertThat(sentence("/a")).endsWith("the slash that is character 1");
    assertThat(sentence("a/")).endsWith("the slash that is character 2");
    assertThat(sentence("")).isEqualTo("Expected a name of 1 to 255 characters, but it has 0");
  }

  private static String sentence(String name) {
    return new EngineFixture().anonymous().queue(name).put(1).sentence();
  }
}
