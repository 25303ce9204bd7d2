package dev.polyproc.client;

import dev.polyproc.client.internal.memory.Writers;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Ref;

/**
 * That this program writes to a {@link PolySharedArray}, until it is closed: see {@link
 * PolySharedArray#beginWriting}. Any thread may close it.
 */
public final class Writing implements AutoCloseable {
  private final Writers writers;
  private final Requestor requestor;
  private final Ref array;
  private final Object closing = new Object();
  private volatile boolean closed;

  Writing(Writers writers, Requestor requestor, Ref array) {
    this.writers = writers;
    this.requestor = requestor;
    this.array = array;
  }

  /**
   * Says that this program has written what it had to; once, however often it is called. Where that
   * could not be said, it is open still, and may be closed again.
   *
   * @throws IllegalStateException on the client's event loop, where nothing waits; the program is
   *     still a writer
   */
  @Override
  public void close() {
    writers.mayEnd(requestor);
    synchronized (closing) {
      if (!closed) {
        writers.end(requestor, array);
        closed = true;
      }
    }
  }

  @Override
  public String toString() {
    return "Writing of PolySharedArray '" + array.getName() + "', " + (closed ? "closed" : "open");
  }
}
