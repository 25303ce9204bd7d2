package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createMemory;
import static dev.polyproc.integration.Requests.locate;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What processes in several languages do to one segment at once: no element is ever half of one
 * value and half of another, and what is added counts exactly.
 *
 * <p>{@code -Dpolyproc.hunt.millis=N} chooses for how long each hunts.
 */
@Timeout(1_200)
final class SharedMemoryHuntIT {
  private static final long MILLIS = Long.getLong("polyproc.hunt.millis", 5_000);
  private static final int LENGTH = 1_025;
  private static final int STEPS = 200_000;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @TempDir Path folder;

  private Client client;

  @BeforeEach
  void connect() {
    client = daemon.client();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private SharedMemoryLocateResponse create(String memory) {
    assertThat(
            client.memories().create(createMemory(memory, ELEMENT_TYPE_INT64, LENGTH)).getCreated())
        .isTrue();
    return client.memories().locate(locate(memory));
  }

  /** What this process has read while the others wrote. */
  private static final class Readings {
    private long reads;
    private long torn;
    private long changes;
    private final long[] last = new long[LENGTH];

    void read(Segment segment) {
      for (int i = 1; i < LENGTH; i++) {
        long value = segment.get(i);
        reads++;
        torn += SegmentMain.isTorn(value) ? 1 : 0;
        changes += value != last[i] ? 1 : 0;
        last[i] = value;
      }
    }

    /** Reads for as long as a hunt goes on, and until something has changed. */
    static Readings of(Segment segment, List<Process> others) {
      Readings readings = new Readings();
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
      while (goesOn(until, readings.changes > 0) && areAlive(others)) {
        readings.read(segment);
      }
      return readings;
    }
  }

  /** Whether a hunt is not over yet; it has another minute to find anything that was done. */
  private static boolean goesOn(long until, boolean isFound) {
    long late = System.nanoTime() - until;
    return isFound ? late < 0 : late < TimeUnit.MINUTES.toNanos(1);
  }

  private static boolean areAlive(List<Process> processes) {
    return processes.stream().allMatch(Process::isAlive);
  }

  @Test
  void shouldNeverTearAnElement() throws Exception {
    SharedMemoryLocateResponse where = create("torn");
    Path path = Path.of(where.getPath());
    Segment segment = Segment.at(path);
    try (SegmentHunters hunters = new SegmentHunters(folder, daemon.get())) {
      var first = hunters.java("write", path, where.getLock());
      var second = hunters.java("write", path, where.getLock());
      var reader = hunters.python("read", "torn");
      List<Process> all = List.of(first, second, reader);
      hunters.awaitReady();

      segment.setVolatile(0, SegmentMain.START);
      Readings readings = Readings.of(segment, all);
      hunters.requireAlive(all);
      assertThat(readings.changes).as("changes").isPositive();
      segment.setVolatile(0, SegmentMain.STOP);
      List<String> lines = hunters.join();

      long written = word(lines.get(0), 1) + word(lines.get(1), 1);
      System.out.printf(
          "torn elements: %d of %d that Java read, %d times another than before; %d of %d that"
              + " Python read; two processes wrote %d%n",
          readings.torn,
          readings.reads,
          readings.changes,
          word(lines.get(2), 2),
          word(lines.get(2), 1),
          written);
      assertThat(readings.torn).isZero();
      assertThat(lines.get(2)).matches("read [1-9]\\d* 0");
    }
  }

  /** That a hunt would find something. */
  @Test
  void shouldFindAnElementThatIsTorn() throws Exception {
    SharedMemoryLocateResponse where = create("half");
    Segment segment = Segment.at(Path.of(where.getPath()));
    segment.set(LENGTH - 1, 0xffff_ffff_0000_0000L);
    segment.set(1, 0x0101_0101_0101_0102L);
    Readings readings = new Readings();
    try (SegmentHunters hunters = new SegmentHunters(folder, daemon.get())) {
      var reader = hunters.python("read", "half");
      hunters.awaitReady();
      assertThat(reader.isAlive()).isTrue();

      segment.setVolatile(0, SegmentMain.STOP);
      readings.read(segment);

      assertThat(hunters.join()).containsExactly("read " + (LENGTH - 1) + " 2");
      assertThat(readings.torn).isEqualTo(2);
    }
  }

  @Test
  void shouldCountExactlyInOneStepAndUnderTheLock() throws Exception {
    SharedMemoryLocateResponse where = create("counted");
    Path path = Path.of(where.getPath());
    Segment segment = Segment.at(path);
    try (SegmentHunters hunters = new SegmentHunters(folder, daemon.get())) {
      List<Process> adders = new ArrayList<>();
      adders.add(hunters.java("add", path, where.getLock()));
      adders.add(hunters.java("add", path, where.getLock()));
      adders.add(hunters.python("add", "counted"));
      hunters.awaitReady();

      segment.setVolatile(0, SegmentMain.START);
      int others = addInOtherLanguages(hunters, path);
      long last = 0;
      long reads = 0;
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
      while (goesOn(until, last > 0) && areAlive(adders)) {
        long now = segment.getVolatile(SegmentMain.FREE);
        assertThat(now).as("it only grows").isGreaterThanOrEqualTo(last);
        last = now;
        reads++;
      }
      hunters.requireAlive(adders);
      assertThat(last).as("additions").isPositive();
      segment.setVolatile(0, SegmentMain.STOP);
      List<String> lines = hunters.join().subList(0, adders.size());

      long free = lines.stream().mapToLong(line -> word(line, 1)).sum();
      long locked = lines.stream().mapToLong(line -> word(line, 2)).sum();
      System.out.printf(
          "added in one step: %d by two processes in Java, %d by %d in other languages; read %d"
              + " times; under the lock: %d, of which %d in Python%n",
          free, (long) others * STEPS, others, reads, locked, word(lines.get(2), 2));
      assertThat(segment.getVolatile(SegmentMain.FREE)).isEqualTo(free + (long) others * STEPS);
      assertThat(segment.getVolatile(SegmentMain.LOCKED)).isEqualTo(locked);
      assertThat(lines).noneMatch(line -> word(line, 2) == 0);
    }
  }

  /** Those that this machine has; answers how many. */
  private static int addInOtherLanguages(SegmentHunters hunters, Path path) throws IOException {
    int others = 0;
    for (Participant participant : Participant.values()) {
      if (participant.isThere() && participant.isAtomic()) {
        var unused = hunters.other(participant.command(path, "add", SegmentMain.FREE, 1, STEPS));
        others++;
      }
    }
    return others;
  }

  private static long word(String line, int index) {
    return Long.parseLong(line.split(" ")[index]);
  }
}
