package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Value;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Equal objects that others have written as other values are found, and are swapped. */
@Timeout(30)
class EqualityTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  record Event(Instant at, Set<String> tags, Optional<String> note) {}

  private static final Instant MIDNIGHT = Instant.parse("2026-01-31T00:00:00Z");
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  private final Polyproc polyproc = DAEMON.connect();

  /** An object, its value in the words of others, and another object. */
  static Stream<Arguments> spellings() {
    Map<String, Object> event =
        Map.of("at", "2026-01-31T00:00:00+00:00", "tags", List.of("b", "a"), "more", 1L);
    return Stream.of(
        Arguments.of(Codec.of(Instant.class), MIDNIGHT, "2026-01-31T00:00:00+00:00", NOON),
        Arguments.of(Codec.of(Duration.class), Duration.ofMinutes(90), "PT90M", Duration.ZERO),
        Arguments.of(
            Codec.of(BigDecimal.class), new BigDecimal("12.50"), "12.50e0", BigDecimal.ONE),
        Arguments.of(
            Codec.of(UUID.class),
            new UUID(0xA, 0xB),
            "00000000-0000-000A-0000-00000000000B",
            new UUID(1, 2)),
        Arguments.of(Codec.set(Codec.STRING), Set.of("a", "b"), List.of("b", "a"), Set.of()),
        Arguments.of(
            Codec.list(Codec.of(Instant.class)),
            List.of(MIDNIGHT),
            List.of("2026-01-31T00:00:00+00:00"),
            List.of()),
        Arguments.of(
            Codec.nullable(Codec.of(Instant.class)),
            Optional.of(MIDNIGHT),
            "2026-01-31T00:00:00+00:00",
            Optional.empty()),
        Arguments.of(
            Codec.of(Event.class),
            new Event(MIDNIGHT, Set.of("a", "b"), Optional.empty()),
            event,
            new Event(NOON, Set.of(), Optional.of("later"))));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void shouldSwapInADictWhatIsEqual(
      Codec<Object> codec, Object object, Object others, Object another) throws Exception {
    Value value = Codec.ANY.encode(others);
    PolyDict<String, Value> raw =
        polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.STRING, Codec.of(Value.class));
    PolyDict<String, Object> dict = polyproc.dict(raw.name(), Codec.STRING, codec);

    raw.set("k", value);
    assertThat(dict.replace("k", another, object)).isFalse();
    assertThat(dict.replace("k", object, another)).isTrue();
    assertThat(dict.get("k")).isEqualTo(another);
    raw.set("k", value);
    assertThat(dict.remove("k", another)).isFalse();
    assertThat(dict.remove("k", object)).isTrue();
    raw.set("k", value);
    assertThat(dict.entrySet().remove(Map.entry("k", object))).isTrue();
    raw.set("k", value);
    assertThat(dict.values().remove(object)).isTrue();
    raw.set("k", value);
    assertThat(dict.compareAndSet("k", object, another)).isTrue();
    raw.set("k", value);
    assertThat(dict.compareAndSetAsync("k", another, object).get(10, TimeUnit.SECONDS)).isFalse();
    assertThat(dict.compareAndSetAsync("k", object, null).get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(dict).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void shouldFindInAListWhatIsEqual(
      Codec<Object> codec, Object object, Object others, Object another) throws Exception {
    Value value = Codec.ANY.encode(others);
    PolyList<Value> raw =
        polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.of(Value.class));
    PolyList<Object> list = polyproc.list(raw.name(), codec);
    list.add(another);
    raw.add(value);
    raw.add(value);

    assertThat(list.indexOf(object)).isEqualTo(1);
    assertThat(list.lastIndexOf(object)).isEqualTo(2);
    assertThat(list.contains(object)).isTrue();
    assertThat(list.containsAll(List.of(object, another))).isTrue();
    assertThat(list.subList(0, 1).contains(object)).isFalse();
    assertThat(list.subList(1, 2).indexOf(object)).isZero();
    assertThat(list.subList(2, 3).remove(object)).isTrue();
    assertThat(list.remove(object)).isTrue();
    assertThat(list.remove(object)).isFalse();
    assertThat(list.contains(object)).isFalse();
    assertThat(list).containsExactly(another);

    raw.set(0, value);
    assertThat(list.compareAndSet(0, another, object)).isFalse();
    assertThat(list.compareAndSet(0, object, another)).isTrue();
    raw.set(0, value);
    assertThat(list.compareAndSetAsync(0, object, another).get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(list).containsExactly(another);
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void shouldFindInAQueueWhatIsEqual(
      Codec<Object> codec, Object object, Object others, Object another) throws Exception {
    PolyQueue<Value> raw =
        polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.of(Value.class));
    PolyQueue<Object> queue = polyproc.queue(raw.name(), codec);
    queue.put(another);
    raw.put(Codec.ANY.encode(others));

    assertThat(queue.contains(object)).isTrue();
    assertThat(queue.remove(object)).isTrue();
    assertThat(queue.contains(object)).isFalse();
    assertThat(queue.remove(object)).isFalse();
    assertThat(queue).containsExactly(another);
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void shouldSwapInANamespaceWhatIsEqual(
      Codec<Object> codec, Object object, Object others, Object another) throws Exception {
    PolyNamespace namespace = polyproc.namespace("config");
    namespace.set("x", others);
    assertThat(namespace.compareAndSet("x", another, object, codec)).isFalse();
    assertThat(namespace.compareAndSet("x", object, another, codec)).isTrue();
    namespace.set("x", others);
    assertThat(namespace.compareAndSetAsync("x", object, null, codec).get(10, TimeUnit.SECONDS))
        .isTrue();
    assertThat(namespace.get("x")).isNull();
  }

  @Test
  void shouldFindNothingInWhatTheCodecCannotRead() throws Exception {
    PolyDict<String, Object> any = polyproc.dict("mixed", String.class, Object.class);
    PolyDict<String, Instant> dates = polyproc.dict("mixed", String.class, Instant.class);
    any.set("k", "soon");
    assertThat(dates.replace("k", NOON, MIDNIGHT)).isFalse();
    assertThat(dates.containsValue(NOON)).isFalse();
    PolyQueue<Object> items = polyproc.queue("mixed-items");
    items.put("soon");
    assertThat(polyproc.queue("mixed-items", Instant.class).contains(NOON)).isFalse();
  }
}
