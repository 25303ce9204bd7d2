package dev.polyproc.server.supervisor;

import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a process wrote: the last bytes of its stdout and of its stderr.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Thread-safe: the loop appends, any threads read through their cursors.
 *   <li>A cursor that found nothing is told once when there is more, outside the lock.
 * </ul>
 */
final class Output {
  private final Ring stdout;
  private final Ring stderr;
  private final Set<OutputCursor> waiting = new LinkedHashSet<>();
  private boolean ended;
  private boolean dropped;

  /** Room for so many bytes of each stream. */
  Output(long limit) {
    stdout = new Ring(limit);
    stderr = new Ring(limit);
  }

  /** Keeps these bytes. */
  void append(OutputSource source, ByteBuffer data) {
    List<OutputCursor> told;
    synchronized (this) {
      if (dropped) {
        return;
      }
      ring(source).append(data);
      told = takeWaiting();
    }
    told.forEach(OutputCursor::tell);
  }

  /** Nothing more will come. */
  void end() {
    List<OutputCursor> told;
    synchronized (this) {
      ended = true;
      told = takeWaiting();
    }
    told.forEach(OutputCursor::tell);
  }

  /** Lets go of all bytes, and takes no more; readers come to their end. */
  void drop() {
    synchronized (this) {
      dropped = true;
      stdout.clear();
      stderr.clear();
    }
    end();
  }

  /** A reader from where the request wants to begin. */
  synchronized OutputCursor open(ProcessOutputRequest request, Runnable more) {
    return new OutputCursor(
        this,
        more,
        new OutputCursor.Span(OutputSource.OUTPUT_SOURCE_STDOUT, request, stdout.end()),
        new OutputCursor.Span(OutputSource.OUTPUT_SOURCE_STDERR, request, stderr.end()));
  }

  /** The cursor's next piece; null when there is none now, or never again. */
  synchronized @Nullable ProcessOutputResponse next(OutputCursor cursor, int maxBytes) {
    for (OutputCursor.Span span : cursor.spans()) {
      ProcessOutputResponse piece = take(span, maxBytes);
      if (piece != null) {
        cursor.took(span);
        return piece;
      }
    }
    if (!hasEnded(cursor)) {
      waiting.add(cursor);
    }
    return null;
  }

  /** Whether the cursor has had everything that it ever will. */
  synchronized boolean hasEnded(OutputCursor cursor) {
    for (OutputCursor.Span span : cursor.spans()) {
      long end = ended ? Math.min(span.end, ring(span.source).end()) : span.end;
      if (!dropped && span.position < end) {
        return false;
      }
    }
    return true;
  }

  /** The cursor wants no more. */
  synchronized void forget(OutputCursor cursor) {
    waiting.remove(cursor);
  }

  private @Nullable ProcessOutputResponse take(OutputCursor.Span span, int maxBytes) {
    Ring ring = ring(span.source);
    if (dropped || span.position >= Math.min(span.end, ring.end())) {
      return null;
    }
    long from = Math.min(Math.max(span.position, ring.start()), span.end);
    // Empty when all that the span wanted has been overwritten: then the number alone is told.
    byte[] data =
        from < span.end ? ring.read(from, (int) Math.min(maxBytes, span.end - from)) : new byte[0];
    long missed = from - span.position;
    span.position = from + data.length;
    return ProcessOutputResponse.newBuilder()
        .setSource(span.source)
        .setData(UnsafeByteOperations.unsafeWrap(data))
        .setMissedBytes(missed)
        .build();
  }

  private List<OutputCursor> takeWaiting() {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<OutputCursor> told = List.copyOf(waiting);
    waiting.clear();
    return told;
  }

  private Ring ring(OutputSource source) {
    return source == OutputSource.OUTPUT_SOURCE_STDERR ? stderr : stdout;
  }
}
