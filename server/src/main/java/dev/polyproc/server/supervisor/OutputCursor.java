package dev.polyproc.server.supervisor;

import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reader's place in what a process writes, to be pulled while the reader's stream is ready:
 *
 * <pre>{@code
 * void pump() { // when the stream becomes ready, and when the cursor tells that there is more
 *   while (stream.isReady()) {
 *     ProcessOutputResponse piece = cursor.next(32 << 10);
 *     if (piece == null) {
 *       if (cursor.hasEnded()) { stream.onCompleted(); }
 *       return;
 *     }
 *     stream.onNext(piece);
 *   }
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Reading never waits, and takes nothing away from other readers.
 *   <li>After {@link #next} answered null, unless the end was reached then, the cursor tells once
 *       as soon as there is more or the end is reached, on another thread, and then not again
 *       before the next null. Telling may overlap with a pull, so the stream's own executor should
 *       pull.
 *   <li>A follower's end comes when nobody holds the process's stdout and stderr open any more. A
 *       descendant that inherited them can keep them open long after the process ended.
 *   <li>Within stdout and within stderr, bytes come in order; between the two no order is kept.
 * </ul>
 */
public final class OutputCursor implements AutoCloseable {
  private final Output output;
  private final Runnable more;
  private final Deque<Span> spans;
  private volatile boolean closed;

  OutputCursor(Output output, Runnable more, Span stdout, Span stderr) {
    this.output = output;
    this.more = more;
    this.spans = new ArrayDeque<>(List.of(stdout, stderr));
  }

  /**
   * The next piece, with so many bytes at most; null when there is none now. How many bytes were
   * overwritten before these could be read comes with them; when all that was asked for was
   * overwritten, with no bytes.
   */
  public @Nullable ProcessOutputResponse next(int maxBytes) {
    return closed ? null : output.next(this, maxBytes);
  }

  /** Whether everything was handed out and nothing more will come. */
  public boolean hasEnded() {
    return closed || output.hasEnded(this);
  }

  /** The reader wants no more. */
  @Override
  public void close() {
    closed = true;
    output.forget(this);
  }

  /** The two sources, first the one to be asked first; under the output's lock. */
  Iterable<Span> spans() {
    return spans;
  }

  /** Has the other source asked first next time; under the output's lock. */
  void took(Span span) {
    spans.remove(span);
    spans.addLast(span);
  }

  void tell() {
    if (!closed) {
      more.run();
    }
  }

  /** What is still to be read of one source: from a position to an end. */
  static final class Span {
    final OutputSource source;
    final long end;
    long position;

    Span(OutputSource source, ProcessOutputRequest request, long written) {
      this.source = source;
      this.end = request.getFollow() ? Long.MAX_VALUE : written;
      // The tail is unsigned: one that looks negative is larger than anything written.
      boolean all =
          !request.hasTailBytes() || Long.compareUnsigned(request.getTailBytes(), written) >= 0;
      this.position = all ? 0 : written - request.getTailBytes();
    }
  }
}
