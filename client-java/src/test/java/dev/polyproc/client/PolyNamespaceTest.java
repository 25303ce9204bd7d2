package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.NamespaceCreateRequest;
import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PolyNamespaceTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  record Range(long from, long to) {}

  private static final Codec<Range> RANGE = Codec.of(Range.class);

  private Polyproc polyproc;
  private PolyNamespace namespace;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    namespace = polyproc.namespace(NamespaceCreateRequest.getDefaultInstance());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldKeepValuesOfManyTypesUnderNames() {
    namespace.set("text", "hello");
    namespace.set("count", 3);
    namespace.set("range", new Range(1, 5), RANGE);

    assertThat(namespace.get("text")).isEqualTo("hello");
    assertThat(namespace.get("count", Integer.class)).isEqualTo(3);
    assertThat(namespace.get("range", RANGE)).isEqualTo(new Range(1, 5));
    assertThat(namespace.get("none")).isNull();
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> namespace.get("text", Long.class))
        .withMessage("Expected a whole number of 64 bits, but the value is text 'hello'");
    assertThat(namespace.attributes()).containsOnlyKeys("text", "count", "range");
    assertThat(namespace.delete("text")).isTrue();
    assertThat(namespace.delete("text")).isFalse();
  }

  @Test
  void shouldChangeInOneStep() {
    assertThat(namespace.compareAndSet("n", null, 1L)).isTrue();
    assertThat(namespace.compareAndSet("n", 2L, 3L)).isFalse();
    assertThat(namespace.add("n", 4, null)).isEqualTo(5);
    assertThat(namespace.add("m", 4, 10L)).isEqualTo(14);
    assertThat(namespace.add("n", BigInteger.TWO.pow(64), null, Codec.BIG_INTEGER))
        .isEqualTo(BigInteger.TWO.pow(64).add(BigInteger.valueOf(5)));
    assertThat(namespace.compareAndSet("m", 14L, null)).isTrue();
    assertThat(namespace.get("m")).isNull();
    assertThat(Failure.reasonOf(() -> namespace.add("m", 1, null)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldListMoreThanAPage() {
    for (long i = 0; i < 1500; i++) {
      var unused = namespace.setAsync("attribute " + i, i, Codec.LONG);
    }
    assertThat(namespace.attributes()).hasSize(1500).containsEntry("attribute 1499", 1499L);
    assertThat(List.copyOf(namespace.attributes().keySet()).get(1024)).isEqualTo("attribute 1024");
  }

  @Test
  void shouldHaveTwins() throws Exception {
    CompletableFuture<Void> set = namespace.setAsync("n", 1L, Codec.LONG);
    CompletableFuture<Long> sum = namespace.addAsync("n", 2L, null, Codec.LONG);
    CompletableFuture<Boolean> swapped = namespace.compareAndSetAsync("n", 3L, 4L, Codec.LONG);
    CompletableFuture<Long> got = namespace.getAsync("n", Codec.LONG);
    assertThat(namespace.deleteAsync("n").get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(set).isCompleted();
    assertThat(sum).isCompletedWithValue(3L);
    assertThat(swapped).isCompletedWithValue(true);
    assertThat(got).isCompletedWithValue(4L);
  }
}
