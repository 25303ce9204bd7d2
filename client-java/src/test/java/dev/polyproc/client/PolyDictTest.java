package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PolyDictTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyDict<String, Long> dict;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    dict = polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.STRING, Codec.LONG);
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldDoAsConcurrentMapDoes() {
    assertThat(dict.put("a", 1L)).isNull();
    assertThat(dict.put("a", 2L)).isEqualTo(1);
    dict.set("b", 3L);
    assertThat(dict.putIfAbsent("b", 4L)).isEqualTo(3);
    assertThat(dict.putIfAbsent("c", 5L)).isNull();
    assertThat(dict.get("c")).isEqualTo(5);
    assertThat(dict.get("d")).isNull();
    assertThat(dict.getOrDefault("d", 6L)).isEqualTo(6);
    assertThat(dict.containsKey("a")).isTrue();
    assertThat(dict.remove("a")).isEqualTo(2);
    assertThat(dict.remove("a")).isNull();
    assertThat(dict.delete("b")).isTrue();
    assertThat(dict.delete("b")).isFalse();
    assertThat(dict.size()).isEqualTo(1);
    dict.clear();
    assertThat(dict.isEmpty()).isTrue();
  }

  @Test
  void shouldSwapOnlyWhatIsExpected() {
    assertThat(dict.compareAndSet("x", null, 1L)).isTrue();
    assertThat(dict.compareAndSet("x", null, 2L)).isFalse();
    assertThat(dict.compareAndSet("x", 2L, 3L)).isFalse();
    assertThat(dict.compareAndSet("x", 1L, 3L)).isTrue();
    assertThat(dict.compareAndSet("x", 3L, null)).isTrue();
    assertThat(dict.containsKey("x")).isFalse();
  }

  @Test
  void shouldAddInOneStep() throws Exception {
    assertThat(dict.add("n", 5L, 0L)).isEqualTo(5);
    assertThat(dict.add("n", -2L, null)).isEqualTo(3);
    assertThat(Failure.reasonOf(() -> dict.add("m", 1L, null)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    PolyDict<String, BigInteger> same = polyproc.dict(dict.name(), Codec.STRING, Codec.BIG_INTEGER);
    BigInteger large = BigInteger.TWO.pow(64);
    assertThat(same.addAsync("n", large, null).get()).isEqualTo(large.add(BigInteger.valueOf(3)));
  }

  @Test
  void shouldGoThroughMoreThanAPageInOrder() {
    Map<String, Long> items = new LinkedHashMap<>();
    for (long i = 2500; i > 0; i--) {
      items.put("key " + i, i);
    }
    dict.putAll(items);
    assertThat(dict.size()).isEqualTo(2500);
    assertThat(dict.keys()).containsExactlyElementsOf(items.keySet());
    assertThat(dict.values()).containsExactlyElementsOf(items.values());
    assertThat(dict.items()).containsExactlyElementsOf(items.entrySet());
  }

  @Test
  void shouldHaveTwins() throws Exception {
    List<CompletableFuture<?>> calls = new ArrayList<>();
    calls.add(dict.setAsync("a", 1L));
    calls.add(dict.putAsync("b", 2L));
    calls.add(dict.putIfAbsentAsync("c", 3L));
    calls.add(dict.compareAndSetAsync("a", 1L, 4L));
    CompletableFuture<Long> removed = dict.removeAsync("b");
    CompletableFuture<Long> got = dict.getAsync("a");
    assertThat(got.get(5, TimeUnit.SECONDS)).isEqualTo(4);
    assertThat(removed).isCompletedWithValue(2L);
    assertThat(calls).allMatch(CompletableFuture::isDone);
    assertThat(dict.keys()).containsExactly("a", "c");
  }

  @Test
  void shouldKeepTypesOfKeys() {
    PolyDict<Object, Object> any = polyproc.dict("any");
    any.set(1L, "int");
    any.set("1", "text");
    any.set(0.25, Codec.NULL);
    any.set(Tuple.of(1L, "x"), List.of());
    any.set(1.0, "the same key");
    assertThat(any.keys()).containsExactly(1L, "1", 0.25, Tuple.of(1L, "x"));
    assertThat(any.get(true)).isEqualTo("the same key");
    assertThat(any.get(0.25)).isSameAs(Codec.NULL);
    assertThat(Failure.reasonOf(() -> any.set(List.of(), 1L)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
  }

  @Test
  void shouldRefuseAnotherKindOfTheSameName() {
    assertThat(Failure.reasonOf(() -> polyproc.event(dict.name())))
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(Failure.reasonOf(() -> polyproc.dict("no//path")))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_NAME);
  }
}
