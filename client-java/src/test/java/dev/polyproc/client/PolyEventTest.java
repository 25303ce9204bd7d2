package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventCreateRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PolyEventTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyEvent event;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    event = polyproc.event(EventCreateRequest.getDefaultInstance());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldWakeAllThatWait() throws Exception {
    CompletableFuture<Void> first = event.awaitAsync();
    CompletableFuture<Boolean> second = event.awaitAsync(1, TimeUnit.HOURS);
    assertThat(event.isSet()).isFalse();
    assertThat(event.await(1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(first).isNotDone();

    event.set();
    event.clear();

    first.get(5, TimeUnit.SECONDS);
    assertThat(second.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(event.isSet()).isFalse();
  }

  @Test
  void shouldHaveTwins() throws Exception {
    CompletableFuture<Void> set = event.setAsync();
    CompletableFuture<Boolean> isSet = event.isSetAsync();
    event.clearAsync().get(5, TimeUnit.SECONDS);
    assertThat(set).isCompleted();
    assertThat(isSet).isCompletedWithValue(true);
    assertThat(event.isSet()).isFalse();
  }

  @Test
  void shouldNotWaitWhenSet() throws Exception {
    event.set();
    event.await();
    assertThat(event.await(0, TimeUnit.SECONDS)).isTrue();
    assertThat(polyproc.event(event.name()).isSet()).isTrue();
  }

  @Test
  void shouldTellWaitersThatEventWasDeleted() {
    CompletableFuture<Void> waiting = event.awaitAsync();
    polyproc.delete(event.name());
    assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
