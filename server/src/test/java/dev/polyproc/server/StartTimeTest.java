package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A daemon whose timeouts would never fire does not start, and says why. */
final class StartTimeTest {
  private static long millis(String time) {
    return Instant.parse(time).toEpochMilli();
  }

  @Test
  void shouldStartBetween1970And2200() throws StartException {
    assertThat(StartTime.nanos(0)).isZero();
    assertThat(StartTime.nanos(millis("2026-01-01T00:00:00Z")))
        .isEqualTo(1_767_225_600L * 1_000_000_000L);
    long last = StartTime.nanos(millis("2200-01-01T00:00:00Z") - 1);
    assertThat(last + 10L * 366 * 86_400 * 1_000_000_000L)
        .as("the longest duration after the latest start is a time")
        .isPositive();
  }

  @Test
  void shouldSayWhatTheClockSaysWhereItMakesNoSense() {
    assertThatThrownBy(() -> StartTime.nanos(-1))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "Expected a clock between 1970 and 2200, but it says 1969-12-31; set the clock");
    assertThatThrownBy(() -> StartTime.nanos(millis("1901-12-13T20:45:52Z")))
        .hasMessageContaining("1901-12-13");
    assertThatThrownBy(() -> StartTime.nanos(millis("2200-01-01T00:00:00Z")))
        .hasMessageContaining("it says 2200-01-01");
    assertThatThrownBy(() -> StartTime.nanos(millis("2263-01-01T00:00:00Z")))
        .hasMessageContaining("it says 2263-01-01");
    assertThatThrownBy(() -> StartTime.nanos(Long.MAX_VALUE)).isInstanceOf(StartException.class);
    assertThatThrownBy(() -> StartTime.nanos(Long.MIN_VALUE)).isInstanceOf(StartException.class);
  }
}
