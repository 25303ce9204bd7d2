package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.Ref;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class HoldsTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Holds holds = new Holds();

  private static Ref lock(int number) {
    return Ref.newBuilder().setName("order-" + number).build();
  }

  @Test
  void shouldForgetWhatNobodyUnlockedAfterItsLease() {
    try (Polyproc polyproc = Polyproc.connect(DAEMON.address())) {
      PolyLock any = polyproc.lock("any");
      for (int i = 0; i < 100_000; i++) {
        holds.add(lock(i), new Hold(any, i + 1, false, "me", 0));
      }
      assertThat(holds.size()).isLessThan(1_000);

      holds.add(lock(-1), new Hold(any, 1, false, "me", Long.MAX_VALUE));
      holds.add(lock(-1), new Hold(any, 1, false, "me", 0)); // once more, under the same token
      assertThat(Objects.requireNonNull(holds.get(lock(-1), "me")).token()).isOne();
    }
  }

  @Test
  void shouldSayThatAHoldIsOverWithItsLease() {
    try (Polyproc polyproc = Polyproc.connect(DAEMON.address())) {
      PolyLock lock = polyproc.keyLock("leased").leased(Duration.ofMillis(1));
      lock.lock();
      Await.until(() -> lock.hold().isEmpty());
    }
  }
}
