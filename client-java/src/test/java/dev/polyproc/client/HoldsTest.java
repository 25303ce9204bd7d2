package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.object.Release;
import dev.polyproc.client.internal.object.Tenure;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.Ref;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class HoldsTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final Holds<Tenure> holds = new Holds<>();

  private static Ref lock(int number) {
    return Ref.newBuilder().setName("order-" + number).build();
  }

  @Test
  void shouldForgetWhatNobodyUnlockedAfterItsLease() {
    try (Polyproc polyproc = Polyproc.connect(DAEMON.address())) {
      Requestor requestor = polyproc.requestor();
      for (int i = 0; i < 100_000; i++) {
        add(lock(i), tenure(requestor, i + 1, 0));
      }
      assertThat(holds.size()).isLessThan(1_000);

      add(lock(-1), tenure(requestor, 1, Long.MAX_VALUE));
      add(lock(-1), tenure(requestor, 1, 0)); // once more, under the same token
      assertThat(Objects.requireNonNull(holds.get(lock(-1), "me")).token()).isOne();
    }
  }

  private static Tenure tenure(Requestor requestor, long token, long leaseNanos) {
    Release<?> release = Release.ofLock("any", token);
    return new Tenure(requestor, lock(0), release, "me", token, leaseNanos);
  }

  private void add(Ref lock, Tenure tenure) {
    holds.add(lock, tenure, tenure);
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
