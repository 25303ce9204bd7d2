package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.v1.ErrorReason;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What docs/client-java.md says of holds that outlive their lease. */
@Timeout(60)
final class LeaseTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  @RegisterExtension final PolyprocExtension extension = PolyprocExtension.withVirtualTime();

  private static void assertRefused(ThrowingCallable call, ErrorReason reason) {
    assertThatExceptionOfType(PolyprocException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void shouldTellCloseThatNobodyHoldsTheLockByThen(EmbeddedDaemon daemon, Polyproc polyproc)
      throws Exception {
    Hold hold = polyproc.lock("refill").leased(LEASE).acquire();

    daemon.advance(LEASE);

    assertRefused(hold::close, ErrorReason.ERROR_REASON_NOT_HELD);
    hold.close(); // which is told once
  }

  @Test
  void shouldTellCloseThatSomebodyElseHoldsTheLock(
      EmbeddedDaemon daemon, Polyproc polyproc, Polyproc other) throws Exception {
    Hold hold = polyproc.lock("refill").leased(LEASE).acquire();

    daemon.advance(LEASE);

    try (Hold next = other.lock("refill").acquire()) {
      assertThat(next.previousOwnerDied()).isTrue();
      assertRefused(hold::close, ErrorReason.ERROR_REASON_STALE_TOKEN);
    }
  }

  @Test
  void shouldTellUnlockInTheWayOfJava(EmbeddedDaemon daemon, Polyproc polyproc) {
    PolyLock lock = polyproc.lock("refill").leased(LEASE);
    lock.lock();

    daemon.advance(LEASE);

    assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock);
  }

  @Test
  void shouldRefuseWhatIsWrittenTooLate(EmbeddedDaemon daemon, Polyproc polyproc) throws Exception {
    Hold hold = polyproc.lock("refill").leased(LEASE).acquire();
    PolyDict<String, Long> stock = polyproc.guardedBy(hold).dict("stock", String.class, Long.class);

    daemon.advance(LEASE);

    assertRefused(() -> stock.put("apples", 12L), ErrorReason.ERROR_REASON_GUARD_FAILED);
  }
}
