package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.Usage;
import java.time.Duration;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Storms of cuts, lost replies, stops, kills and cancelled calls over Java clients of several
 * threads: nothing is lost or doubled, and in the end everything is given back.
 *
 * <p>{@code -Dpolyproc.storm.seeds=N} chooses how many, {@code -Dpolyproc.storm.first=S} the first.
 */
final class StormIT {
  private static final long FIRST = Long.getLong("polyproc.storm.first", 1);
  private static final long SEEDS = Long.getLong("polyproc.storm.seeds", 4);
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private static @Nullable Vitals calm;

  static LongStream seeds() {
    return LongStream.range(FIRST, FIRST + SEEDS);
  }

  /** What is made once, of classes and threads, is made by a storm before those that count. */
  @BeforeAll
  static void warmUp() throws Exception {
    try (Storm storm = new Storm(daemon.get(), FIRST - 1)) {
      storm.run();
    }
    Vitals.of(daemon.get());
    calm = Vitals.of(daemon.get());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @Timeout(180)
  void shouldLoseAndDoubleNothingWhateverBreaks(long seed) throws Exception {
    try (Storm storm = new Storm(daemon.get(), seed)) {
      storm.run();
      System.out.println(storm);
    }
    try (Client client = daemon.client()) {
      await().atMost(RECOVERY).untilAsserted(() -> assertEmpty(client));
    }
  }

  private static void assertEmpty(Client client) {
    Usage usage = client.admin().serverInfo(AdminServerInfoRequest.getDefaultInstance()).getUsage();
    assertThat(usage.getObjects()).as("objects").isZero();
    assertThat(usage.getSessions()).as("sessions").isZero();
    assertThat(usage.getWaiters()).as("waiters").isZero();
    assertThat(usage.getStoredBytes()).as("stored bytes").isZero();
  }

  @AfterAll
  static void shouldHaveGivenEverythingBack() {
    await()
        .atMost(RECOVERY)
        .untilAsserted(
            () -> {
              Vitals now = Vitals.of(daemon.get());
              assertThat(calm != null && now.areBackAt(calm))
                  .as("%s, before: %s", now, calm)
                  .isTrue();
            });
  }
}
