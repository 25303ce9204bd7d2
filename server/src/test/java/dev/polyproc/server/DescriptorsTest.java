package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.Limits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
  private static final Limits LIMITS = DefaultLimits.of(1L << 30, Duration.ofSeconds(10), 1);

  @Test
  void shouldReadWhatTheSystemSays() {
    assertThat(
            Descriptors.most(
                """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             96365                96365                processes
                Max open files            256                  4096                 files
                """))
        .isEqualTo(256);
  }

  @Test
  void shouldTakeNoNumberForNoLimit() {
    assertThat(Descriptors.most("Max open files            unlimited  unlimited  files\n"))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(Descriptors.most("")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldLeaveDescriptorsForOthersThanConnections() {
    Limits few = DefaultLimits.within(LIMITS, 256);

    assertThat(few.getConnections()).isEqualTo(128);
    assertThat(few.getUnauthenticatedConnections()).isEqualTo(32);
    assertThat(DefaultLimits.within(LIMITS, Long.MAX_VALUE)).isEqualTo(LIMITS);
  }
}
