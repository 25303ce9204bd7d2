package dev.polyproc.server.engine.refusal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.v1.ErrorReason;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a refusal says, whatever it quotes. */
final class RefusalTest {
  /** Each of them as long as the largest request, and as bad for metadata as text can be. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "é", "线", "🧵", "\n", "\u200b", "%", "\uD83E", "\u2028"})
  void shouldFitIntoTheMetadataOfAnyClient(String character) {
    String quoted = character.repeat(1 << 20);
    Status status =
        new Refusal(
                ErrorReason.ERROR_REASON_START_FAILED,
                "Expected a command to start, but there is no '" + quoted + "' here")
            .with("object", quoted)
            .with("kind", quoted)
            .status();

    String message = URLEncoder.encode(status.getMessage(), StandardCharsets.UTF_8);
    String details = Base64.getEncoder().encodeToString(status.toByteArray());

    assertThat(message.length() + details.length()).isLessThan(7_000);
    assertThat(status.getMessage())
        .startsWith("Expected a command to start, but there is no '")
        .contains("…")
        .endsWith("' here")
        .doesNotContainPattern("[\\p{Cntrl}\\p{Cf}\\p{Cs}\u2028]");
  }

  @Test
  void shouldShowControlCharactersEscaped() {
    Refusal refusal = Refusal.notFound("jobs\u001b[31m\n\u202e");

    assertThat(refusal.getMessage())
        .startsWith("Expected an object named 'jobs\\u{1b}[31m\\u{a}\\u{202e}', but there is none");
    assertThat(new Refusal(refusal.reason(), String.valueOf(refusal.getMessage())).getMessage())
        .as("once is enough")
        .isEqualTo(refusal.getMessage());
  }

  @Test
  void shouldNameForProgramsWhatAnObjectIsCalled() throws InvalidProtocolBufferException {
    String name = "🧵".repeat(255);

    ErrorInfo info = Refusal.notFound(name).status().getDetails(0).unpack(ErrorInfo.class);

    assertThat(info.getMetadataMap()).containsEntry("object", name);
  }

  @Test
  void shouldLeaveTheSentenceOfAnOrdinaryNameAsItIs() {
    assertThat(Refusal.notFound("größe/线程").getMessage())
        .startsWith("Expected an object named 'größe/线程', but there is none");
  }
}
