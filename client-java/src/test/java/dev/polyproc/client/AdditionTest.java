package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.session.Settings;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sums that are larger than Java's numbers: refused before anything is changed. */
class AdditionTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final BigInteger BEYOND = BigInteger.TWO.pow(63);

  private final Polyproc polyproc = DAEMON.connect();

  private static void assertTooLarge(Runnable addition) {
    assertThat(Failure.reasonOf(addition::run)).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
  }

  @Test
  void shouldKeepTheValueOfADict() throws Exception {
    PolyDict<String, Long> longs = polyproc.dict("d", String.class, Long.class);
    longs.set("k", Long.MAX_VALUE);
    assertTooLarge(() -> longs.add("k", 1L, null));
    assertThat(Failure.reasonOf(longs.addAsync("k", 1L, null)))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertTooLarge(() -> longs.add("new", 1L, Long.MAX_VALUE));
    assertThat(longs).containsOnlyKeys("k").containsEntry("k", Long.MAX_VALUE);

    PolyDict<String, Integer> ints = polyproc.dict("i", String.class, Integer.class);
    ints.set("k", Integer.MIN_VALUE);
    assertTooLarge(() -> ints.add("k", -1, null));
    assertThat(ints.get("k")).isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void shouldKeepTheElementOfAList() {
    PolyList<Long> list = polyproc.list("l", Long.class);
    list.add(Long.MIN_VALUE);
    assertTooLarge(() -> list.addAndGet(0, -1L));
    assertThat(list.get(0)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void shouldKeepTheAttributeOfANamespace() {
    PolyNamespace namespace = polyproc.namespace("n");
    namespace.set("x", Long.MAX_VALUE);
    assertTooLarge(() -> namespace.add("x", 1, null));
    assertThat(namespace.get("x")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldNotOverflowWhereTheTypeHasNoBound() {
    PolyDict<String, BigInteger> dict = polyproc.dict("b", String.class, BigInteger.class);
    assertThat(dict.add("k", BigInteger.ONE, BigInteger.valueOf(Long.MAX_VALUE))).isEqualTo(BEYOND);
    PolyDict<Object, Object> any = polyproc.dict("b");
    assertThat(any.add("k", 1L, null)).isEqualTo(BEYOND.add(BigInteger.ONE));
  }

  private static void assertNoSums(ThrowingCallable addition, String advice) {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(addition)
        .withMessageStartingWith("Expected whole numbers or Double to add, but ")
        .withMessageContaining(advice);
  }

  @Test
  void shouldMakeNoSumThatAFloatDoesNotHold() {
    PolyDict<String, Float> dict = polyproc.dict("sums", String.class, Float.class);
    dict.put("a", 0.1f);
    assertNoSums(() -> dict.add("a", 0.2f, null), "merge(key, amount, Float::sum)");
    assertNoSums(() -> dict.addAsync("a", 0.2f, null), "Float::sum");
    assertThat(dict.get("a")).isEqualTo(0.1f);
    assertThat(dict.merge("a", 0.2f, Float::sum)).isEqualTo(0.1f + 0.2f);

    PolyDict<String, Optional<Float>> maybe =
        polyproc.dict("sums", Codec.STRING, Codec.nullable(Codec.of(Float.class)));
    assertNoSums(() -> maybe.add("a", Optional.of(0.2f), null), "Float::sum");
    PolyList<Float> list = polyproc.list("float-list", Float.class);
    list.add(0.1f);
    assertNoSums(() -> list.addAndGet(0, 0.2f), "compareAndSet");
    assertNoSums(() -> list.addAndGetAsync(0, 0.2f), "compareAndSet");
    assertThat(list.get(0)).isEqualTo(0.1f);
    PolyNamespace namespace = polyproc.namespace("floats");
    Codec<Float> floats = Codec.of(Float.class);
    assertNoSums(() -> namespace.add("a", 0.1f, 0f, floats), "compareAndSet");
    assertNoSums(() -> namespace.addAsync("a", 0.1f, 0f, floats), "compareAndSet");
    assertThat(namespace.get("a")).isNull();
  }

  @Test
  void shouldSayWhoAddsDecimals() {
    PolyDict<String, BigDecimal> dict = polyproc.dict("prices", String.class, BigDecimal.class);
    dict.put("a", new BigDecimal("0.10"));
    assertNoSums(() -> dict.add("a", BigDecimal.ONE, null), "merge(key, amount, BigDecimal::add)");
    assertThat(dict.merge("a", BigDecimal.ONE, BigDecimal::add)).isEqualTo("1.10");
  }

  @Test
  void shouldBoundTheSumOfWhatMayBeNull() {
    PolyDict<String, Optional<Long>> dict =
        polyproc.dict("maybe", Codec.STRING, Codec.nullable(Codec.LONG));
    dict.set("k", Optional.of(Long.MAX_VALUE));
    assertTooLarge(() -> dict.add("k", Optional.of(1L), null));
    assertThat(dict.get("k")).contains(Long.MAX_VALUE);
  }

  @Test
  void shouldNotMakeAFloatOfAWholeNumber() {
    PolyDict<String, Object> any = polyproc.dict("f", Codec.STRING, Codec.ANY);
    any.set("k", 0.5);
    PolyDict<String, Long> longs = polyproc.dict("f", String.class, Long.class);
    assertThat(Failure.reasonOf(() -> longs.add("k", 1L, null)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(any.get("k")).isEqualTo(0.5);
  }

  /** A daemon that knows nothing of it would store a sum that nobody of that type can read. */
  @Test
  void shouldNotAddWithinBitsWhereTheDaemonIsOlder() throws Exception {
    Address address = Address.parse(DAEMON.address());
    Transport transport = new Transport(address, null, null, null);
    ManagedChannel channel = transport.newChannel();
    SessionOpenResponse.Builder opened =
        SessionServiceGrpc.newBlockingStub(channel)
            .open(SessionOpenRequest.getDefaultInstance())
            .toBuilder();
    opened.getServerBuilder().setContractRevision(1);
    Settings settings = new Settings(address, null, null, null, "java", null, null, lost -> {});
    Session session = new Session(transport, settings, opened.build());
    session.start(channel).get(30, TimeUnit.SECONDS);

    try (Polyproc older = new Polyproc(session, () -> {})) {
      PolyDict<String, Long> longs = older.dict("old", String.class, Long.class);
      longs.set("k", Long.MAX_VALUE);
      PolyList<Integer> ints = older.list("old/list", Integer.class);
      ints.add(1);

      assertThat(Failure.reasonOf(() -> longs.add("k", 1L, null)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(Failure.reasonOf(() -> longs.addAsync("k", 1L, null)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(Failure.reasonOf(() -> ints.addAndGet(0, 1)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(Failure.reasonOf(() -> older.namespace("old/names").add("x", 1, 1L)))
          .isEqualTo(ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
      assertThat(longs.get("k")).isEqualTo(Long.MAX_VALUE);
      assertThat(older.dict("old").add("k", 1L, null)).isEqualTo(BEYOND);
    }
  }
}
