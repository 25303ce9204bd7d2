package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What callers are told when a call fails, and the page that lists it. */
final class ErrorPageTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs/errors.md");

  private static final Path SOURCE = ROOT.resolve("server/src/main/java");

  private static ErrorExamples examples;

  @BeforeAll
  @Timeout(60)
  static void provoke() throws Exception {
    examples = ErrorExamples.provoked();
  }

  @Test
  void shouldHaveAnExampleOfEveryReasonButBugs() {
    assertThat(ErrorPage.reasons())
        .filteredOn(reason -> examples.of(reason).isEmpty())
        .containsExactly(ErrorReason.ERROR_REASON_INTERNAL);
  }

  /** A sentence that is new is seen on the page, with the details that it comes with. */
  @Test
  void shouldHaveAnExampleOfEachSentence() throws IOException {
    assertThat(new RefusalSites(SOURCE).sentences())
        .hasSizeGreaterThan(40)
        .allSatisfy(
            site ->
                assertThat(examples.of(site.reason()))
                    .extracting(ErrorExamples.Example::sentence)
                    .as(site.place())
                    .anyMatch(sentence -> sentence.contains(site.words())));
  }

  @Test
  void shouldHaveAnExampleOfEachDetail() throws IOException {
    assertThat(new RefusalSites(SOURCE).keys())
        .hasSizeGreaterThan(30)
        .allSatisfy(
            site ->
                assertThat(examples.details(site.reason()))
                    .as(site.place())
                    .contains(site.words()));
  }

  @Test
  void shouldSayWhatWasExpectedAndWhatThereIsInAFewWords() {
    for (ErrorReason reason : ErrorPage.reasons()) {
      assertThat(examples.of(reason))
          .allSatisfy(
              example -> {
                assertThat(example.sentence()).startsWith("Expected ").contains(", but ");
                assertThat(example.sentence().getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThanOrEqualTo(900);
              });
    }
  }

  @Test
  void shouldKeepThePageUpToDate() throws IOException {
    String page = new ErrorPage(examples, ROOT).write();
    if (Boolean.getBoolean("polyproc.write")) {
      Files.writeString(PAGE, page);
    }

    assertThat(page).isEqualTo(Files.readString(PAGE));
  }
}
