package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import java.math.BigInteger;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sums that are larger than Java's numbers: refused before anything is changed. */
class AdditionTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final BigInteger BEYOND = BigInteger.TWO.pow(63);

  private Polyproc polyproc;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

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
