package dev.polyproc.client.internal.memory;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryAddWriterResponse;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import dev.polyproc.v1.SharedMemoryRemoveWriterResponse;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which segments a client writes to. It is the client's, whose session is one writer of a segment
 * however many of its threads write to it, by whichever handles.
 */
public final class Writers {
  /** Made with the first call, as those of the toolbox. */
  private static final class Operations {
    static final Operation<SharedMemoryAddWriterRequest, SharedMemoryAddWriterResponse> ADD =
        Operation.of(SharedMemoryServiceGrpc.getAddWriterMethod());
    static final Operation<SharedMemoryRemoveWriterRequest, SharedMemoryRemoveWriterResponse>
        REMOVE = Operation.of(SharedMemoryServiceGrpc.getRemoveWriterMethod());

    private Operations() {}
  }

  /** Each is there from its first {@link #begin} until its last {@link #end}. */
  private final Map<Ref, Writer> writers = new ConcurrentHashMap<>();

  /**
   * One segment's. Its monitor is held over the calls to the daemon, so that these come in order;
   * those of other segments do not wait for it.
   */
  private static final class Writer {
    /** How many writings are begun, or about to be, and not ended; under the map's guard. */
    private int users;

    /** How many of them the daemon knows to be begun; under this monitor. */
    private int begun;
  }

  /** The client is a writer once this returns; each is to be followed by one {@link #end}. */
  public void begin(Requestor requestor, Ref segment) {
    requestor.mayWait(Operations.ADD);
    Writer writer = enter(segment);
    boolean begun = false;
    try {
      synchronized (writer) {
        if (writer.begun == 0) {
          requestor.call(
              Operations.ADD,
              SharedMemoryAddWriterRequest.newBuilder().setMemory(segment.getName()).build());
        }
        writer.begun++;
        begun = true;
      }
    } finally {
      if (!begun) {
        leave(segment);
      }
    }
  }

  private Writer enter(Ref segment) {
    return Objects.requireNonNull(
        writers.compute(
            segment,
            (ref, before) -> {
              Writer writer = before == null ? new Writer() : before;
              writer.users++;
              return writer;
            }));
  }

  private void leave(Ref segment) {
    writers.computeIfPresent(segment, (ref, writer) -> --writer.users == 0 ? null : writer);
  }

  /** Refuses where {@link #end} would. */
  public void mayEnd(Requestor requestor) {
    requestor.mayWait(Operations.REMOVE);
  }

  /** One of them is over, unless this throws; after the last the client is no writer. */
  public void end(Requestor requestor, Ref segment) {
    mayEnd(requestor);
    Writer writer = Objects.requireNonNull(writers.get(segment), "one that was begun");
    synchronized (writer) {
      if (writer.begun == 1) {
        remove(new Requestor(requestor.session(), null).meaning(segment), segment);
      }
      writer.begun--;
    }
    leave(segment);
  }

  /** Under no guard: it is over, whoever holds what by now. */
  private static void remove(Requestor requestor, Ref segment) {
    try {
      requestor.call(
          Operations.REMOVE,
          SharedMemoryRemoveWriterRequest.newBuilder().setMemory(segment.getName()).build());
    } catch (PolyprocException e) {
      boolean isOver =
          Errors.isEndOfSession(e) || e.reason() == ErrorReason.ERROR_REASON_OBJECT_DELETED;
      if (!isOver) { // with which nobody writes any more
        throw e;
      }
    }
  }
}
