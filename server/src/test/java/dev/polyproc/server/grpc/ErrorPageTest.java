package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What callers are told when a call fails, and the page that lists it. */
final class ErrorPageTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs/errors.md");

  private final ErrorExamples examples = new ErrorExamples();

  @Test
  void shouldHaveAnExampleOfEveryReasonButBugs() {
    assertThat(ErrorPage.reasons())
        .filteredOn(reason -> examples.of(reason).isEmpty())
        .containsExactly(ErrorReason.ERROR_REASON_INTERNAL);
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
