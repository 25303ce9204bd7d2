package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Somebody who asks for the size of a queue again and again, all the while that others do what may
 * hold it up, and how long the slowest of these calls took.
 */
final class Bystanding implements AutoCloseable {
  private final Client caller;
  private final long mostMillis;
  private final Stalls stalls = new Stalls();
  private final AtomicLong slowest = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private final Thread thread = new Thread(this::run, "bystander");
  private volatile boolean ended;

  /**
   * Over a connection of its own, whose thread gets no other replies.
   *
   * @param mostMillis what a call may take
   */
  Bystanding(Client caller, long mostMillis) {
    this.caller = caller;
    this.mostMillis = mostMillis;
    caller.queues().create(createQueue("bystander"));
    thread.start();
  }

  private void run() {
    while (!ended) {
      long began = System.nanoTime();
      caller.queues().size(size("bystander"));
      slowest.accumulateAndGet(System.nanoTime() - began, Math::max);
      calls.incrementAndGet();
    }
  }

  void begin() {
    slowest.set(0);
    calls.set(0);
    var unused = stalls.worstMillis();
  }

  /** Says how long the slowest call has taken since it began, and that this is not too long. */
  void report(String what, long nanos) {
    report(what, nanos, 0);
  }

  /**
   * The same, where a call may wait for a collector of the daemon too. Nobody can be served faster
   * than the machine lets a process run: the daemon, and this one.
   */
  void report(String what, long nanos, long pauseMillis) {
    long millis = TimeUnit.NANOSECONDS.toMillis(slowest.get());
    long stall = stalls.worstMillis();
    System.out.printf(
        "%s took %d ms; of %d calls of a bystander the slowest took %d ms, this process was held up"
            + " for %d ms%s%n",
        what,
        TimeUnit.NANOSECONDS.toMillis(nanos),
        calls.get(),
        millis,
        stall,
        pauseMillis == 0 ? "" : ", and the daemon for " + pauseMillis + " ms by its collector");
    assertThat(thread.isAlive()).as("the bystander calls all the while").isTrue();
    assertThat(calls.get()).as("calls of the bystander").isPositive();
    assertThat(millis).as("the slowest call").isLessThan(mostMillis + pauseMillis + 2 * stall);
  }

  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stalls.close();
    caller.close();
  }
}
