package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Stepping;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What a function returns of each of some inputs, one after the other. For one thread at a time.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #next} throws what came of a call that failed, and goes on with the next one after
 *       that.
 *   <li>{@link #close} cancels what is on its way; so does the end of the stream's {@code close}.
 *       What is left open ends with the client.
 *   <li>Inputs are asked for by the thread that asks for results.
 * </ul>
 *
 * @param <R> what the function returns
 */
public final class MapResults<R> implements Iterator<R>, AutoCloseable {
  private final Stepping<R> stepping;

  MapResults(Stepping<R> stepping) {
    this.stepping = stepping;
  }

  /** Whether there is another one; asks for an input where none is on its way. */
  @Override
  public boolean hasNext() {
    return stepping.hasNext();
  }

  /**
   * The next one; waits for it.
   *
   * @throws TaskFailedException when that call failed
   * @throws NoSuchElementException when there is none any more
   * @throws CancellationException when the thread is interrupted, which it stays; nothing is lost
   */
  @Override
  public R next() {
    try {
      return stepping.next().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException interrupted =
          new CancellationException("Expected to wait for a result, but was interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** The rest as a stream, whose {@code close} closes this; a call that failed ends it. */
  public Stream<R> stream() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(this::close);
  }

  /** Cancels what is on its way. */
  @Override
  public void close() {
    stepping.close();
  }
}
