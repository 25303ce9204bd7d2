package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.files.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NotifySocketTest {
  private static NotifySocket named(String name) {
    NotifySocket socket = NotifySocket.of(Environment.of(Map.of("NOTIFY_SOCKET", name)));
    return Objects.requireNonNull(socket);
  }

  @Test
  void shouldBeNoneWhereNoneIsNamed() {
    assertThat(NotifySocket.of(Environment.of(Map.of()))).isNull();
    assertThat(NotifySocket.of(Environment.of(Map.of("NOTIFY_SOCKET", "")))).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vsock:2:1234 | to start with '/' or '@', but it is 'vsock:2:1234'
          relative     | to start with '/' or '@', but it is 'relative'
          @            | to have 2 to 107 bytes, but it has 1
          /            | to have 2 to 107 bytes, but it has 1
          """)
  void shouldRefuseWhatNamesNoSocket(String name, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> named(name))
        .withMessageStartingWith("Expected NOTIFY_SOCKET " + why);
  }

  @Test
  void shouldRefuseANameThatTheSystemDoesNotTake() {
    assertThat(named("/" + "x".repeat(106))).isNotNull();
    assertThatIllegalArgumentException().isThrownBy(() -> named("/" + "x".repeat(107)));
  }

  @Test
  void shouldSayWhyNobodyWasTold(@TempDir Path folder) {
    assertThatThrownBy(() -> named(folder.resolve("none").toString()).send("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Expected to tell the service manager READY=1 through NOTIFY_SOCKET, but No such file"
                + " or directory");
    assertThatThrownBy(() -> named("@polyproc-nobody-listens").send("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("but Connection refused");
  }
}
