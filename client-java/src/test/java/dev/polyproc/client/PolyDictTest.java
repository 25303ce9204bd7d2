package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
    assertThat(dict.keySet()).containsExactlyElementsOf(items.keySet());
    assertThat(dict.values()).containsExactlyElementsOf(items.values());
    assertThat(dict.entrySet()).containsExactlyElementsOf(items.entrySet());
  }

  @Test
  void shouldChangeAndRemoveThroughViews() {
    for (long i = 0; i < 2500; i++) {
      dict.setAsync("key " + i, i);
    }
    dict.replaceAll((key, value) -> value + 1);
    assertThat(dict.values().removeIf(value -> value % 2 == 0)).isTrue();
    assertThat(dict.keySet().removeAll(List.of("key 0", "key 2", "none", 7))).isTrue();
    assertThat(dict).hasSize(1248).containsEntry("key 4", 5L).doesNotContainKey("key 1");

    Iterator<Map.Entry<String, Long>> entries = dict.entrySet().iterator();
    assertThat(entries.next().setValue(50L)).isEqualTo(5);
    entries.next();
    entries.remove();
    assertThat(dict.get("key 4")).isEqualTo(50);
    assertThat(dict.containsKey("key 6")).isFalse();

    assertThat(dict.keySet().retainAll(List.of("key 4", "key 8"))).isTrue();
    assertThat(dict).containsExactly(Map.entry("key 4", 50L), Map.entry("key 8", 9L));
  }

  @Test
  void shouldChangeValueThatTheCodecReadsInPart() {
    polyproc.dict(dict.name()).put("n", true); // equal to 1, and nothing that LONG writes
    PolyDict<String, Long> lenient =
        polyproc.dict(
            dict.name(),
            Codec.STRING,
            new Codec<Long>() {
              @Override
              public Value encode(Long number) {
                return Codec.LONG.encode(number);
              }

              @Override
              public Long decode(Value value) {
                return value.hasBool() ? 100L : value.getInt();
              }
            });
    assertThat(lenient.compute("n", (key, value) -> value == null ? 0L : value + 1)).isEqualTo(101);
    assertThat(lenient.merge("n", 1L, Long::sum)).isEqualTo(102);
  }

  @Test
  void shouldLoseNoMergeOfManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(10);
    try {
      List<Future<?>> merges = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        merges.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 50; round++) {
                    dict.merge("n", 1L, Long::sum);
                    dict.compute("m", (key, value) -> value == null ? 1L : value + 1);
                  }
                }));
      }
      for (Future<?> merge : merges) {
        merge.get();
      }
      assertThat(dict).isEqualTo(Map.of("n", 500L, "m", 500L));
    } finally {
      threads.shutdown();
    }
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without such a checker can do.
  void shouldFindNothingOfAnotherClass() {
    dict.put("7", 7L);
    assertThat(dict.get((Object) 7)).isNull();
    assertThat(dict.containsKey(new Object())).isFalse();
    assertThat(dict.remove((Object) "7", "7")).isFalse();
    assertThat(polyproc.dict(dict.name()).get(new Object())).isNull();
    assertThatNullPointerException()
        .isThrownBy(() -> dict.get(null))
        .withMessage("Expected an object to look for, but it is null");
    assertThatNullPointerException()
        .isThrownBy(() -> dict.put("8", null))
        .withMessage("Expected a value, but it is null");
  }

  @Test
  void shouldHaveTwins() throws Exception {
    List<CompletableFuture<?>> calls = new ArrayList<>();
    calls.add(dict.setAsync("a", 1L));
    calls.add(dict.putAsync("b", 2L));
    calls.add(dict.putIfAbsentAsync("c", 3L));
    calls.add(dict.compareAndSetAsync("a", 1L, 4L));
    calls.add(dict.replaceAsync("c", 5L));
    calls.add(dict.setAsync("d", 6L));
    CompletableFuture<Boolean> deleted = dict.deleteAsync("d");
    CompletableFuture<Boolean> contained = dict.containsKeyAsync("d");
    CompletableFuture<Integer> size = dict.sizeAsync();
    CompletableFuture<Long> removed = dict.removeAsync("b");
    CompletableFuture<Long> got = dict.getAsync("a");
    assertThat(got.get(5, TimeUnit.SECONDS)).isEqualTo(4);
    assertThat(removed).isCompletedWithValue(2L);
    assertThat(deleted).isCompletedWithValue(true);
    assertThat(contained).isCompletedWithValue(false);
    assertThat(size).isCompletedWithValue(3);
    assertThat(calls).allMatch(CompletableFuture::isDone);
    assertThat(dict.keySet()).containsExactly("a", "c");
    assertThat(dict.clearAsync().thenCompose(cleared -> dict.sizeAsync()).get()).isZero();
  }

  @Test
  void shouldPollFromBothEndsOfTheOrder() throws Exception {
    Map<String, Long> items = new LinkedHashMap<>();
    List.of("a", "b", "c", "d", "e").forEach(key -> items.put(key, 1L));
    dict.putAllAsync(items).get(5, TimeUnit.SECONDS);
    dict.put("b", 2L);
    assertThat(dict.pollLastEntry()).isEqualTo(Map.entry("e", 1L));
    assertThat(dict.pollFirstEntry()).isEqualTo(Map.entry("a", 1L));
    assertThat(dict.pollFirstEntryAsync().get()).isEqualTo(Map.entry("b", 2L));
    assertThat(dict.pollLastEntryAsync().get()).isEqualTo(Map.entry("d", 1L));
    assertThat(dict.pollLastEntry()).isEqualTo(Map.entry("c", 1L));
    assertThat(dict.pollFirstEntry()).isNull();
    assertThat(dict.pollLastEntryAsync().get()).isNull();
  }

  @Test
  void shouldKeepTypesOfKeys() {
    PolyDict<Object, Object> any = polyproc.dict("any");
    any.set(1L, "int");
    any.set("1", "text");
    any.set(0.25, Codec.NULL);
    any.set(Tuple.of(1L, "x"), List.of());
    any.set(1.0, "the same key");
    assertThat(any.keySet()).containsExactly(1L, "1", 0.25, Tuple.of(1L, "x"));
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
