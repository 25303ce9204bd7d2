package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.Polyproc;
import dev.polyproc.contract.Vectors;
import dev.polyproc.v1.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Java writes is to Python what it says that it is, and comes back equal. */
@Timeout(120)
final class PythonValuesIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private Polyproc polyproc;
  private PythonPackage python;

  @BeforeEach
  void start() {
    python = PythonPackage.start(daemon.get());
    polyproc = Polyproc.connect("unix:" + daemon.get().socket());
  }

  @AfterEach
  void end() {
    if (python != null) {
      python.close();
      polyproc.close();
    }
  }

  private static Stream<Value> vectors() {
    return Stream.of(
            Vectors.values().getEqualitiesList().stream()
                .flatMap(vector -> vector.getGroupsList().stream())
                .flatMap(group -> group.getValuesList().stream()),
            Vectors.values().getOrdersList().stream()
                .flatMap(vector -> vector.getAscendingList().stream())
                .flatMap(group -> group.getValuesList().stream()),
            Vectors.values().getUnorderedList().stream()
                .flatMap(vector -> Stream.of(vector.getA(), vector.getB())),
            Vectors.values().getValiditiesList().stream()
                .filter(vector -> vector.getStorable())
                .map(vector -> vector.getValue()))
        .flatMap(values -> values)
        .distinct();
  }

  /** From a dict by Java to a dict by Python: each value that both have an object of. */
  @Test
  void shouldCopyTheValuesOfTheVectors() {
    PolyDict<String, Object> there = polyproc.dict("there", Codec.STRING, Codec.ANY);
    PolyDict<String, Object> back = polyproc.dict("back", Codec.STRING, Codec.ANY);
    Map<String, Value> written = new LinkedHashMap<>();
    List<Value> notOfJava = new ArrayList<>();
    for (Value value : vectors().toList()) {
      Object object;
      try {
        object = Codec.ANY.decode(value);
      } catch (RuntimeException e) {
        notOfJava.add(value);
        continue;
      }
      String key = "value " + written.size();
      written.put(key, Codec.ANY.encode(object));
      there.put(key, object);
    }

    String notOfPython =
        python.run(
            """
            there, back = client.dict("there"), client.dict("back")
            answer = []
            for key, value in there.items():
                try:
                    back[key] = value
                except (TypeError, ValueError) as refusal:
                    answer.append((key, str(refusal)))
            """);

    assertThat(notOfJava).isEmpty();
    assertThat(notOfPython).isEqualTo("[]");
    assertThat(written).hasSizeGreaterThan(150);
    assertThat(back).hasSameSizeAs(written);
    Map<String, Value> changed = new LinkedHashMap<>();
    back.forEach(
        (key, object) -> {
          Value read = Codec.ANY.encode(object);
          if (!read.equals(written.get(key))) {
            changed.put(key, read);
          }
          assertThat(there.compareAndSet(key, object, object)).as("%s is %s", key, read).isTrue();
        });
    assertThat(changed)
        .as("of two keys of a map that are one in Python, such as 1 and 1.0, the later wins")
        .allSatisfy((key, value) -> assertThat(String.valueOf(written.get(key))).contains("lost"))
        .hasSize(1);
  }

  /** Whether something is done. */
  enum State {
    OPEN,
    DONE
  }

  /** A part of an order. */
  record Line(String what, BigDecimal price) {}

  /** Something with a component of each kind. */
  record Order(
      UUID id,
      State state,
      Instant at,
      Duration within,
      LocalDate day,
      List<Line> lines,
      Set<String> labels,
      Map<String, BigInteger> counts,
      double share,
      @Nullable String note) {}

  private static final String ORDER =
      """
      import dataclasses, datetime, decimal, enum, uuid
      from polyproc import codec_of

      class State(enum.Enum):
          OPEN = 1
          DONE = 2

      @dataclasses.dataclass
      class Line:
          what: str
          price: decimal.Decimal

      @dataclasses.dataclass
      class Order:
          id: uuid.UUID
          state: State
          at: datetime.datetime
          within: datetime.timedelta
          day: datetime.date
          lines: list[Line]
          labels: set[str]
          counts: dict[str, int]
          share: float
          note: str | None = None

      orders = client.dict("orders", codec=codec_of(Order))
      utc = datetime.timezone.utc
      """;

  private static final UUID ID = UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");

  private static Order order(State state, @Nullable String note) {
    return new Order(
        ID,
        state,
        Instant.parse("2026-01-31T23:59:59.500Z"),
        Duration.ofMinutes(90),
        LocalDate.parse("2026-02-28"),
        List.of(new Line("tea", new BigDecimal("12.50")), new Line("ink", new BigDecimal("0.1"))),
        Set.of("a", "ä", "🙂"),
        Map.of("big", BigInteger.ONE.shiftLeft(70), "small", BigInteger.ONE.negate()),
        0.25,
        note);
  }

  @Test
  void shouldReadRecordsAsDataclassesAndBack() {
    PolyDict<String, Order> orders = polyproc.dict("orders", String.class, Order.class);
    orders.put("of Java", order(State.OPEN, null));

    python.run(
        ORDER
            + """
            seen = orders["of Java"]
            assert seen == Order(
                uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
                State.OPEN,
                datetime.datetime(2026, 1, 31, 23, 59, 59, 500000, utc),
                datetime.timedelta(minutes=90),
                datetime.date(2026, 2, 28),
                [Line("tea", decimal.Decimal("12.50")), Line("ink", decimal.Decimal("0.1"))],
                {"a", "ä", "🙂"},
                {"big": 2**70, "small": -1},
                0.25,
            ), seen
            assert str(seen.lines[0].price) == "12.50"
            orders["of Python"] = dataclasses.replace(seen, state=State.DONE, note="seen")
            orders["of Java, again"] = seen
            assert orders.compare_and_set("of Java", seen, seen)
            """);

    assertThat(orders.get("of Python")).isEqualTo(order(State.DONE, "seen"));
    assertThat(orders.get("of Java, again")).isEqualTo(order(State.OPEN, null));
    assertThat(orders.replace("of Python", order(State.DONE, "seen"), order(State.OPEN, "seen")))
        .as("the daemon, too, finds it equal")
        .isTrue();
  }

  /** Keys are found only where both write them letter by letter alike. */
  @Test
  void shouldFindEachOthersKeys() {
    PolyDict<Instant, UUID> instants = polyproc.dict("instants", Instant.class, UUID.class);
    PolyDict<UUID, BigDecimal> prices = polyproc.dict("prices", UUID.class, BigDecimal.class);
    PolyDict<State, Long> states = polyproc.dict("states", State.class, Long.class);
    List<Instant> keys =
        Stream.of(
                "2026-01-31T23:59:59.500Z",
                "2026-01-31T23:59:00Z",
                "1969-12-31T00:00:00.000001Z",
                "0001-01-01T00:00:00Z")
            .map(Instant::parse)
            .toList();
    keys.forEach(key -> instants.put(key, ID));
    prices.put(ID, new BigDecimal("1.00"));
    states.put(State.DONE, 1L);

    String found =
        python.run(
            ORDER
                + """
                instants = client.dict(
                    "instants", key_codec=codec_of(datetime.datetime), codec=codec_of(uuid.UUID))
                prices = client.dict(
                    "prices", key_codec=codec_of(uuid.UUID), codec=codec_of(decimal.Decimal))
                states = client.dict("states", key_codec=codec_of(State), codec=codec_of(int))
                for key in (
                    datetime.datetime(2026, 1, 31, 23, 59, 59, 500000, utc),
                    datetime.datetime(2026, 1, 31, 23, 59, tzinfo=utc),
                    datetime.datetime(1969, 12, 31, 0, 0, 0, 1, utc),
                    datetime.datetime(1, 1, 1, tzinfo=utc),
                ):
                    del instants[key]
                (key,) = prices
                states[State.OPEN] = states[State.DONE] + 1
                later = datetime.datetime(
                    2026, 7, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
                instants[later] = key
                prices[key] += decimal.Decimal("0.10")
                answer = len(instants)
                """);

    assertThat(found).isEqualTo("1");
    assertThat(instants.get(Instant.parse("2026-07-01T00:00:00Z"))).isEqualTo(ID);
    assertThat(prices.get(ID)).isEqualTo(new BigDecimal("1.10"));
    assertThat(states.get(State.OPEN)).isEqualTo(2);
  }
}
