package dev.polyproc.server.engine.collections;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ListRange;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SliceTest {
  /** SHA-256 of what CPython 3.11 answers; see the test. */
  private static final String PYTHONS =
      "9655c58e0dc85b13b79e140dcb6c1af1ec375cd2861b81ff115f1ad50e71f788";

  private static ListRange range(@Nullable Long start, @Nullable Long stop, @Nullable Long step) {
    ListRange.Builder range = ListRange.newBuilder();
    if (start != null) {
      range.setStart(start);
    }
    if (stop != null) {
      range.setStop(stop);
    }
    if (step != null) {
      range.setStep(step);
    }
    return range.build();
  }

  private static List<Integer> positions(Slice slice) {
    return IntStream.range(0, slice.count()).map(slice::position).boxed().toList();
  }

  @Test
  void shouldFindWhatPythonFinds() {
    assertThat(positions(Slice.of(range(1L, 4L, null), 9))).containsExactly(1, 2, 3);
    assertThat(positions(Slice.of(range(null, -1L, 3L), 9))).containsExactly(0, 3, 6);
    assertThat(positions(Slice.of(range(null, null, -4L), 9))).containsExactly(8, 4, 0);
    assertThat(positions(Slice.of(range(5L, 2L, null), 9))).isEmpty();
    assertThat(positions(Slice.of(range(-100L, 100L, null), 3))).containsExactly(0, 1, 2);
  }

  /**
   * {@code ";".join(",".join(str(i) for i in range(n)[slice(a, b, s)]) for n in range(5) for a in r
   * for b in r for s in (None, -3, -2, -1, 1, 2, 3))} with {@code r = [None, *range(-6, 7)]}.
   */
  @Test
  void shouldFindWhatPythonFindsInAllSmallCases() throws Exception {
    List<@Nullable Long> bounds = new ArrayList<>();
    bounds.add(null);
    for (long bound = -6; bound < 7; bound++) {
      bounds.add(bound);
    }
    List<@Nullable Long> steps = new ArrayList<>();
    steps.add(null);
    steps.addAll(List.of(-3L, -2L, -1L, 1L, 2L, 3L));
    List<String> found = new ArrayList<>();
    for (int size = 0; size < 5; size++) {
      for (Long start : bounds) {
        for (Long stop : bounds) {
          for (Long step : steps) {
            found.add(
                positions(Slice.of(range(start, stop, step), size)).stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(",")));
          }
        }
      }
    }

    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(String.join(";", found).getBytes(UTF_8));

    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(PYTHONS);
  }

  @Test
  void shouldSurviveTheLargestNumbers() {
    for (long step : new long[] {Long.MIN_VALUE, -1, 1, Long.MAX_VALUE}) {
      for (long bound : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThat(positions(Slice.of(range(bound, null, step), 3)).size()).isBetween(0, 3);
        assertThat(positions(Slice.of(range(null, bound, step), 3)).size()).isBetween(0, 3);
      }
    }
  }
}
