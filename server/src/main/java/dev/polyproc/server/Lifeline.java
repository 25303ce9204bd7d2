package dev.polyproc.server;

import dev.polyproc.server.log.SessionKeeper;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;

/**
 * What a daemon that a program started for itself lives by: an input that the program holds open,
 * and does nothing with; and sessions.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>The daemon ends once the input has ended and no session is left, however the program that
 *       held the input came to its end.
 *   <li>A session is either opened before that, and keeps the daemon, or refused: none is opened
 *       and lost.
 *   <li>What comes through the input is read, and means nothing.
 * </ul>
 */
final class Lifeline {
  private static final int BYTES = 512;

  private final InputStream input;
  private final SessionKeeper sessions;
  private final BooleanSupplier drain;
  private final Runnable end;

  /**
   * @param drain has no session open any more, where none is open; answers whether that was so
   * @param end ends the daemon; may wait
   */
  Lifeline(InputStream input, SessionKeeper sessions, BooleanSupplier drain, Runnable end) {
    this.input = input;
    this.sessions = sessions;
    this.drain = drain;
    this.end = end;
  }

  /** Begins to wait, on a thread of its own. */
  void begin() {
    Thread waiting = new Thread(this::await, "polyproc-lifeline");
    waiting.setDaemon(true);
    waiting.start();
  }

  private void await() {
    awaitEndOfInput();
    int left = sessions.count();
    if (left > 0) {
      LoggerFactory.getLogger(Lifeline.class)
          .info("The lifeline has ended; the daemon ends with the last session, of {} now", left);
    }
    try {
      do {
        awaitNoSession();
      } while (!drain.getAsBoolean()); // Whose session was opened meanwhile keeps it.
    } catch (InterruptedException e) {
      return; // Nobody does that, but whoever ends the daemon already.
    }
    end.run();
  }

  private void awaitNoSession() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    sessions.whenNoneIsLeft(ended::countDown);
    ended.await();
  }

  private void awaitEndOfInput() {
    byte[] any = new byte[BYTES];
    try {
      while (input.read(any) >= 0) {
        // It means nothing.
      }
    } catch (IOException e) {
      // Nobody can hold open what cannot be read.
    }
  }
}
