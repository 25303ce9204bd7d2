package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.files.Environment;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenEnvironmentTest {
  private static Environment given(Map<String, String> own) {
    return GivenEnvironment.of(Environment.of(own));
  }

  @Test
  void shouldHaveTheLocaleThatTheScriptNoted() {
    Environment given = given(Map.of("LC_ALL", "C.UTF-8", "POLYPROCD_LC_ALL", "=de_DE", "A", "b"));

    assertThat(given.get("LC_ALL")).isEqualTo("de_DE");
    assertThat(given.get("POLYPROCD_LC_ALL")).isNull();
    assertThat(given.get("A")).isEqualTo("b");
  }

  @Test
  void shouldTellNoLocaleFromAnEmptyOne() {
    assertThat(given(Map.of("LC_ALL", "C.UTF-8", "POLYPROCD_LC_ALL", "")).get("LC_ALL")).isNull();
    assertThat(given(Map.of("LC_ALL", "C.UTF-8", "POLYPROCD_LC_ALL", "=")).get("LC_ALL")).isEmpty();
  }

  @Test
  void shouldLeaveAllAsItIsWithoutTheScript() {
    assertThat(given(Map.of("LC_ALL", "de_DE")).get("LC_ALL")).isEqualTo("de_DE");
  }

  @Test
  void shouldKeepTheServiceManagersSocketAndWatchdogToItself() {
    assertThat(given(Map.of("WATCHDOG_USEC", "1", "WATCHDOG_PID", "2", "A", "b")).variables())
        .hasSize(1);
    assertThat(given(Map.of("NOTIFY_SOCKET", "/run/notify", "A", "b")).variables()).hasSize(1);
    assertThat(
            given(Map.of("NOTIFY_SOCKET", "@notify", "POLYPROCD_LC_ALL", "")).get("NOTIFY_SOCKET"))
        .isNull();
  }

  @Test
  void shouldGiveEachVariableBackThatTheScriptChanges() {
    Environment given = given(Map.of("MALLOC_ARENA_MAX", "1", "POLYPROCD_MALLOC_ARENA_MAX", "=4"));
    assertThat(given.get("MALLOC_ARENA_MAX")).isEqualTo("4");
    assertThat(given.get("POLYPROCD_MALLOC_ARENA_MAX")).isNull();
    assertThat(
            given(Map.of("MALLOC_ARENA_MAX", "1", "POLYPROCD_MALLOC_ARENA_MAX", ""))
                .get("MALLOC_ARENA_MAX"))
        .isNull();
  }
}
