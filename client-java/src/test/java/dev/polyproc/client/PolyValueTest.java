package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ValueCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Numbers that programs count with, before a real daemon. */
@Timeout(60)
class PolyValueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldCountAsAnAtomicLongDoes() {
    PolyLong number = polyproc.atomicLong("number", 5);

    assertThat(number.get()).isEqualTo(5);
    assertThat(number.incrementAndGet()).isEqualTo(6);
    assertThat(number.getAndDecrement()).isEqualTo(6);
    assertThat(number.getAndAdd(10)).isEqualTo(5);
    assertThat(number.addAndGet(-1)).isEqualTo(14);
    assertThat(number.decrementAndGet()).isEqualTo(13);
    assertThat(number.getAndIncrement()).isEqualTo(13);
    assertThat(number.getAndSet(2)).isEqualTo(14);
    assertThat(number.compareAndSet(3, 4)).isFalse();
    assertThat(number.compareAndSet(2, 4)).isTrue();
    assertThat(number.updateAndGet(n -> n * n)).isEqualTo(16);
    assertThat(number.getAndUpdate(n -> n / 2)).isEqualTo(16);
    assertThat(number.accumulateAndGet(3, Math::max)).isEqualTo(8);
    assertThat(number.getAndAccumulate(20, Math::max)).isEqualTo(8);
    assertThat(polyproc.atomicLong("number", 99).get()).isEqualTo(20);
  }

  @Test
  void shouldWrapAsJavaDoes() {
    PolyLong number = polyproc.atomicLong("wraps", Long.MAX_VALUE);
    assertThat(number.incrementAndGet()).isEqualTo(Long.MIN_VALUE);

    PolyInteger small = polyproc.atomicInteger("wraps-too", Integer.MIN_VALUE);
    assertThat(small.decrementAndGet()).isEqualTo(Integer.MAX_VALUE);
    assertThat(small.updateAndGet(n -> n - 7)).isEqualTo(Integer.MAX_VALUE - 7);
    small.set(1);
    assertThat(small.getAndIncrement()).isEqualTo(1);
  }

  @Test
  void shouldCalculateWithFloats() {
    PolyDouble number = polyproc.atomicDouble("share", 0.5);

    assertThat(number.addAndGet(0.25)).isEqualTo(0.75);
    assertThat(number.getAndAdd(1)).isEqualTo(0.75);
    assertThat(number.compareAndSet(1.75, Double.NaN)).isTrue();
    assertThat(number.compareAndSet(Double.NaN, -0.0)).as("NaN equals itself").isTrue();
    assertThat(number.compareAndSet(0.0, 3)).isTrue();
    assertThat(number.accumulateAndGet(2, Math::pow)).isEqualTo(9);
  }

  @Test
  void shouldLoseNoAdditionOfSeveralClients() throws Exception {
    PolyLong number = polyproc.atomicLong("sum");
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      List<CompletableFuture<Long>> additions = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        additions.add(number.addAndGetAsync(1));
        additions.add(other.atomicLong("sum").addAndGetAsync(2));
      }
      for (CompletableFuture<Long> addition : additions) {
        assertThat(addition.get(30, TimeUnit.SECONDS)).isPositive();
      }
    }
    assertThat(number.getAsync().get(30, TimeUnit.SECONDS)).isEqualTo(1_500);
  }

  @Test
  void shouldBeGuardedByAReentrantLock() throws Exception {
    PolyLong number = polyproc.atomicLong("guarded");
    PolyLock lock = number.lock();
    assertThat(lock.name()).isEqualTo("guarded/lock");
    lock.lock();
    lock.lock();
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      assertThat(other.atomicLong("guarded").lock().tryLock()).isFalse();
      lock.unlock();
      lock.unlock();
      assertThat(other.atomicLong("guarded").lock().tryLock()).isTrue();
    }
  }

  @Test
  void shouldHaveAContentOfAnyType() throws Exception {
    ValueCreateRequest flag =
        ValueCreateRequest.newBuilder()
            .setValue("flag")
            .setType(ElementType.ELEMENT_TYPE_BOOL)
            .build();
    PolyValue<Boolean> value = polyproc.value(flag, Boolean.class);

    assertThat(value.type()).isEqualTo(ElementType.ELEMENT_TYPE_BOOL);
    assertThat(value.exchange(true)).isFalse();
    assertThat(value.replace(false, true)).isFalse();
    assertThat(value.replaceAsync(true, false).get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(value.contentAsync().get(30, TimeUnit.SECONDS)).isFalse();

    PolyList<PolyValue<Boolean>> flags = polyproc.list("flags", polyproc.values(Boolean.class));
    flags.add(value);
    assertThat(flags.get(0).exchange(true)).isFalse();
    assertThat(value.content()).isTrue();
    assertThat(Failure.reasonOf(() -> polyproc.atomicInteger("flag")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }
}
