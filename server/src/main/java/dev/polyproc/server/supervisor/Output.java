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
 * What a process wrote: the last bytes of its stdout and of its stderr, as far as there is memory.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Thread-safe: the loop appends, any threads read through their cursors.
 *   <li>A cursor that found nothing is told once when there is more, outside the lock.
 *   <li>A reader is told of every byte that was written and is gone, also when all are.
 * </ul>
 */
final class Output {
  /** The end's number of a process that has not ended. */
  static final long RUNNING = 0;

  private final OutputMemory memory;
  private final Ring stdout;
  private final Ring stderr;
  private final Set<OutputCursor> waiting = new LinkedHashSet<>();
  private long endNumber = RUNNING;
  private boolean ended;
  private boolean dropped;

  /** With up to so many bytes of each stream, out of the memory for all. */
  Output(OutputMemory memory, long limit) {
    this.memory = memory;
    stdout = new Ring(memory.most(limit));
    stderr = new Ring(memory.most(limit));
  }

  /** Keeps these bytes. */
  void append(OutputSource source, ByteBuffer data) {
    List<OutputCursor> told;
    synchronized (memory) {
      if (dropped) {
        return;
      }
      Ring ring = ring(source);
      memory.grow(this, ring, data.remaining());
      ring.append(data);
      told = takeWaiting();
    }
    told.forEach(OutputCursor::tell);
  }

  /** The process has ended. Descendants may still write. */
  void processEnded() {
    synchronized (memory) {
      if (endNumber == RUNNING) {
        endNumber = memory.ended(this);
      }
    }
  }

  /** Nothing more will come. */
  void end() {
    List<OutputCursor> told;
    synchronized (memory) {
      if (!ended) {
        ended = true;
        rings().forEach(ring -> memory.trim(this, ring));
      }
      told = takeWaiting();
    }
    told.forEach(OutputCursor::tell);
  }

  /** Lets go of all bytes, and takes no more; readers are told what they missed, and end. */
  void drop() {
    synchronized (memory) {
      dropped = true;
      memory.drop(this);
    }
    end();
  }

  /** A reader from where the request wants to begin. */
  OutputCursor open(ProcessOutputRequest request, Runnable more) {
    synchronized (memory) {
      return new OutputCursor(
          this,
          more,
          new OutputCursor.Span(OutputSource.OUTPUT_SOURCE_STDOUT, request, stdout.end()),
          new OutputCursor.Span(OutputSource.OUTPUT_SOURCE_STDERR, request, stderr.end()));
    }
  }

  /** The cursor's next piece; null when there is none now, or never again. */
  @Nullable ProcessOutputResponse next(OutputCursor cursor, int maxBytes) {
    synchronized (memory) {
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
  }

  /** Whether the cursor has had everything that it ever will. */
  boolean hasEnded(OutputCursor cursor) {
    synchronized (memory) {
      for (OutputCursor.Span span : cursor.spans()) {
        long end = ended ? Math.min(span.end, ring(span.source).end()) : span.end;
        if (span.position < end) {
          return false;
        }
      }
      return true;
    }
  }

  /** The cursor wants no more. */
  void forget(OutputCursor cursor) {
    synchronized (memory) {
      waiting.remove(cursor);
    }
  }

  /** The last bytes of stderr that are there, so many at most. */
  byte[] lastErrors(int most) {
    synchronized (memory) {
      return stderr.read(Math.max(stderr.start(), stderr.end() - most), most);
    }
  }

  /** Both streams; for the memory. */
  List<Ring> rings() {
    return List.of(stdout, stderr);
  }

  /** Grows from end to end; {@link #RUNNING} before. For the memory. */
  long endNumber() {
    return endNumber;
  }

  private @Nullable ProcessOutputResponse take(OutputCursor.Span span, int maxBytes) {
    Ring ring = ring(span.source);
    if (span.position >= Math.min(span.end, ring.end())) {
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
