package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.integration.history.Linearizability;
import dev.polyproc.integration.history.Operation;
import dev.polyproc.integration.history.Specification;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What concurrent clients of a real daemon were told, while they were killed, stopped and cut off,
 * could have been told by one that does one thing after the other; and one answer more or less
 * could not.
 *
 * <p>{@code -Dpolyproc.history.seeds=N} chooses how many histories, {@code
 * -Dpolyproc.history.first=S} the first.
 */
final class HistoryIT {
  private static final long FIRST = Long.getLong("polyproc.history.first", 1);
  private static final long SEEDS = Long.getLong("polyproc.history.seeds", 2);

  /** How many answers are changed, one at a time. */
  private static final int CHANGES = 10;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  /** With more event loops than there are processors, for every other history. */
  @RegisterExtension static final SharedDaemon loops = SharedDaemon.with("--io-threads", "3");

  static LongStream seeds() {
    return LongStream.range(FIRST, FIRST + SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @Timeout(180)
  void shouldAnswerAsIfOneThingHappenedAfterTheOther(long seed) throws Exception {
    String prefix = "history" + seed;
    List<String> lines;
    DaemonProcess judged = (seed % 2 == 0 ? loops : daemon).get();
    try (HistoryStorm storm = new HistoryStorm(judged, prefix, seed)) {
      lines = storm.run();
      System.out.println(storm);
    }
    Map<String, List<Operation>> histories = HistoryRecorder.read(lines);
    List<HistoryLane> lanes = HistoryMember.lanes(prefix);
    Set<String> objects = lanes.stream().map(HistoryLane::object).collect(Collectors.toSet());
    assertThat(histories.keySet()).as("what is judged").isEqualTo(objects);
    for (HistoryLane lane : lanes) {
      judge(lane.object(), lane.specification(), histories.getOrDefault(lane.object(), List.of()));
    }
  }

  private static <S> void judge(
      String object, Specification<S> specification, List<Operation> history) {
    long from = System.nanoTime();
    Operation wrong = contradiction(specification, history);
    assertThat(wrong).as("what fits nowhere in the history of %s", object).isNull();
    List<Integer> telling =
        IntStream.range(0, history.size())
            .filter(i -> history.get(i).certain() && !answer(history, i).isEmpty())
            .boxed()
            .toList();
    int step = Math.max(1, telling.size() / CHANGES);
    int found = 0;
    int changed = 0;
    for (int i = 0; i < telling.size(); i += step) {
      changed++;
      found += isFound(specification, history, telling.get(i)) ? 1 : 0;
    }
    System.out.printf(
        "%s: %d operations, linearizable; of %d single changes of an answer %d are found; %d ms%n",
        object, history.size(), changed, found, (System.nanoTime() - from) / 1_000_000);
    // Some answers say little: what a client that died had asked may have happened, or may not.
    assertThat(found)
        .as("changes of the history of %s that are found", object)
        .isGreaterThan(changed / 2);
  }

  /** Shows the history where it is wrong, or cannot be judged. */
  private static <S> @Nullable Operation contradiction(
      Specification<S> specification, List<Operation> history) {
    try {
      Operation wrong = Linearizability.contradiction(specification, history);
      if (wrong != null) {
        history.forEach(System.err::println);
      }
      return wrong;
    } catch (Linearizability.TooLarge e) {
      history.forEach(System.err::println);
      throw e;
    }
  }

  private static List<Long> answer(List<Operation> history, int which) {
    List<Long> answer = history.get(which).answer();
    return answer == null ? List.of() : answer;
  }

  /** Whether it is found when an answer says one more. */
  private static <S> boolean isFound(
      Specification<S> specification, List<Operation> history, int which) {
    List<Operation> changed = new ArrayList<>(history);
    List<Long> answer = new ArrayList<>(answer(history, which));
    answer.set(answer.size() - 1, answer.get(answer.size() - 1) + 1);
    changed.set(which, changed.get(which).with(answer));
    try {
      return Linearizability.contradiction(specification, changed) != null;
    } catch (Linearizability.TooLarge e) {
      return false;
    }
  }
}
