package dev.polyproc.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  private static Environment parse(String block) {
    return Environment.parse(block.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  @Test
  void shouldKeepEveryByte() {
    assertThat(parse("A=\u00ff\n\0\u00fe=b=c\0EMPTY=\0").variables())
        .containsExactly(
            Map.entry(bytes("A"), bytes("\u00ff\n")),
            Map.entry(bytes("\u00fe"), bytes("b=c")),
            Map.entry(bytes("EMPTY"), bytes("")));
  }

  @Test
  void shouldReadTextAsUtf8() {
    assertThat(parse("A=\u00c3\u00a9\0").get("A")).isEqualTo("é");
    assertThat(parse("A=\u00c3\u00a9\0").get("B")).isNull();
  }

  @Test
  void shouldTakeTheFirstOfTwoAsTheCLibraryDoes() {
    assertThat(parse("A=1\0A=2\0").get("A")).isEqualTo("1");
  }

  @Test
  void shouldLeaveOutWhatIsNoVariable() {
    assertThat(parse("nothing\0=value\0A=1\0cut=of").variables()).containsOnlyKeys(bytes("A"));
  }

  private static Environment own(Map<String, String> texts, String block) {
    return Environment.of(texts, block.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void shouldSeeWhatWasSetAfterTheProcessWasStarted() {
    assertThat(own(Map.of("A", "new", "B", "set"), "A=old\0GONE=1\0").variables())
        .containsOnly(Map.entry(bytes("A"), bytes("new")), Map.entry(bytes("B"), bytes("set")));
    assertThat(own(Map.of("A", "é"), "A=old\0").get("A")).isEqualTo("é");
    assertThat(own(Map.of("A", "new"), "A=\u00c3\u00a9\0").get("A")).isEqualTo("new");
  }

  @Test
  void shouldTakeTheBytesOfWhatTheLocaleHasLost() {
    assertThat(own(Map.of("A", "\ufffd\ufffd"), "A=\u00c3\u00a9\0").get("A")).isEqualTo("é");
    assertThat(own(Map.of("\ufffd", "1"), "\u00fe=1\0").variables())
        .containsOnly(Map.entry(bytes("\u00fe"), bytes("1")));
  }

  @Test
  void shouldBeTheOneOfThisProcess() {
    assertThat(Environment.ofThisProcess().get("PATH")).isEqualTo(System.getenv("PATH"));
  }

  @Test
  void shouldChangeAVariableInACopy() {
    Environment before = Environment.of(Map.of("A", "1"));

    assertThat(before.with("A", bytes("2")).get("A")).isEqualTo("2");
    assertThat(before.with("A", null).get("A")).isNull();
    assertThat(before.get("A")).isEqualTo("1");
  }
}
