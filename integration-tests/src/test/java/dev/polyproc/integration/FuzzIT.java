package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random bytes and absurd messages in every method, at once and in any order: each is answered with
 * a reason, and the daemon outlives it with nothing in its log.
 */
final class FuzzIT {
  private static final long SEED = Long.getLong("polyproc.fuzz.seed", System.nanoTime());
  private static final int SECONDS = Integer.getInteger("polyproc.fuzz.seconds", 10);
  private static final int FUZZERS = 3;
  private static final int HEAP_MIB = 160;
  private static final long SLOWEST_NANOS = 10_000_000_000L;
  private static final long MOST_RESIDENT = 640L << 20;

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(Launch.inPrivateFolder().javaOptions("-Xmx" + HEAP_MIB + "m"));

  @Test
  @Timeout(1_200)
  void shouldAnswerWhateverComesWithAReason() throws Exception {
    System.out.println("Fuzzing for " + SECONDS + " s; again: -Dpolyproc.fuzz.seed=" + SEED);
    Findings findings = new Findings();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < FUZZERS; i++) {
      Fuzzer fuzzer = new Fuzzer(daemon.client(), SEED + i, until, findings);
      threads.add(new Thread(fuzzer, "fuzzer-" + i));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(SECONDS + 60));
    }

    System.out.printf(
        "%s; %d MiB resident at most; slowest answer after %d ms%n",
        findings.counts(),
        daemon.get().peakResidentBytes() >> 20,
        findings.slowestNanos() / 1_000_000);
    assertThat(findings.found()).isEmpty();
    assertThat(findings.slowestNanos())
        .as("nobody waits for a request of another")
        .isLessThan(SLOWEST_NANOS);
    assertThat(threads).noneMatch(Thread::isAlive);
    assertThat(daemon.get().peakResidentBytes()).isLessThan(MOST_RESIDENT);
    try (Client client = daemon.client()) {
      client.queues().create(createQueue("after/all"));
      client.queues().put(put("after/all", text("alive")));
      assertThat(client.queues().get(getNow("after/all")).getItem()).isEqualTo(text("alive"));
    }
  }
}
