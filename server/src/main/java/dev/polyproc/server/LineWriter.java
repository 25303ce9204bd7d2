package dev.polyproc.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lines on their way to a stream that may not take them: a pipe that nobody reads.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #write} never waits: a thread of its own writes, which the first line starts.
 *   <li>At most a hundred lines at once and ten a second go through, of 16,384 characters each, and
 *       262,144 characters wait. What was left out is counted, and the number told in a line before
 *       the next one that goes through, or within about a second.
 *   <li>Lines stay in their order. What cannot be written is lost.
 * </ul>
 */
final class LineWriter {
  static final int AT_ONCE = 100;
  static final int A_SECOND = 10;
  static final int LONGEST = 16_384;
  static final int MOST_WAITING = 262_144;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final OutputStream out;
  private final LongSupplier nanoTime;

  // All below is guarded by this.
  private final Deque<String> waiting = new ArrayDeque<>();
  private long waitingCharacters;
  private long leftOut;
  private long leftOutSince;
  private double allowed = AT_ONCE;
  private long allowedAt;
  private boolean writing;
  private int flushing;
  private @Nullable Thread thread;

  LineWriter(OutputStream out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.allowedAt = nanoTime.getAsLong();
  }

  /** Has a line written, which may be several if they belong together; the last ends with one. */
  synchronized void write(String line) {
    begin();
    if (mayPass() && waitingCharacters + Math.min(line.length(), LONGEST) <= MOST_WAITING) {
      tellLeftOut();
      add(line.length() <= LONGEST ? line : line.substring(0, LONGEST - 2) + "…\n");
      notifyAll();
      return;
    }
    leftOut++;
    if (leftOut == 1) {
      leftOutSince = System.nanoTime();
      notifyAll();
    }
  }

  /** Starts the thread, unless there is one. Where there is none to be had, the next line tries. */
  synchronized void begin() {
    if (thread == null) {
      try {
        Thread started = new Thread(this::run, "polyproc-log");
        started.setDaemon(true);
        started.start();
        thread = started;
      } catch (OutOfMemoryError e) {
        // No thread is left to this user; the lines wait.
        return;
      }
    }
  }

  /** Waits until everything is written, but no longer than this. */
  synchronized void flush(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    flushing++;
    notifyAll();
    try {
      while (!waiting.isEmpty() || writing || leftOut > 0) {
        begin();
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      flushing--;
    }
  }

  private boolean mayPass() {
    long now = nanoTime.getAsLong();
    allowed = Math.min(AT_ONCE, allowed + (double) A_SECOND * (now - allowedAt) / SECOND);
    allowedAt = now;
    if (allowed < 1) {
      return false;
    }
    allowed--;
    return true;
  }

  private void tellLeftOut() {
    if (leftOut > 0) {
      add(leftOut == 1 ? "… 1 line was left out\n" : "… " + leftOut + " lines were left out\n");
      leftOut = 0;
    }
  }

  private void add(String line) {
    waiting.add(line);
    waitingCharacters += line.length();
  }

  private void run() {
    while (true) {
      try {
        out.write(next().getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (IOException | RuntimeException | Error e) {
        // Nobody will ever read it. There is no place to say so, and the next line may go through.
        continue;
      } catch (InterruptedException e) {
        // Nobody does that; and without this thread there would be no log.
        continue;
      }
    }
  }

  private synchronized String next() throws InterruptedException {
    writing = false;
    notifyAll();
    while (waiting.isEmpty()) {
      long since = System.nanoTime() - leftOutSince;
      if (leftOut > 0 && (flushing > 0 || since >= SECOND)) {
        tellLeftOut();
      } else {
        wait(leftOut > 0 ? TimeUnit.NANOSECONDS.toMillis(SECOND - since) + 1 : 0);
      }
    }
    String line = waiting.remove();
    waitingCharacters -= line.length();
    writing = true;
    return line;
  }
}
