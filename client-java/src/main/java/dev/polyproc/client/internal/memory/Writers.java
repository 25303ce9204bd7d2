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
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
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

  /** How often each was begun and not ended. */
  private final Map<Ref, Integer> writing = new HashMap<>();

  private final Set<Ref> updating = ConcurrentHashMap.newKeySet();

  /** The client is a writer once this returns; each is to be followed by one {@link #end}. */
  public void begin(Requestor requestor, Ref segment) {
    requestor.mayWait(Operations.ADD);
    synchronized (writing) {
      if (!writing.containsKey(segment)) {
        requestor.call(
            Operations.ADD,
            SharedMemoryAddWriterRequest.newBuilder().setMemory(segment.getName()).build());
      }
      writing.merge(segment, 1, Integer::sum);
    }
  }

  /** Refuses where {@link #end} would. */
  public void mayEnd(Requestor requestor) {
    requestor.mayWait(Operations.REMOVE);
  }

  /** One of them is over; after the last the client is no writer. */
  public void end(Requestor requestor, Ref segment) {
    mayEnd(requestor);
    synchronized (writing) {
      if (writing.merge(segment, -1, Integer::sum) == 0) {
        writing.remove(segment);
        remove(new Requestor(requestor.session(), null).meaning(segment), segment);
      }
    }
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

  /**
   * The thread that holds the segment's lock updates from now on; answers false where it does
   * already.
   */
  public boolean beginUpdate(Ref segment) {
    return updating.add(segment);
  }

  /** Whether the thread that holds the segment's lock updates. */
  public boolean isUpdating(Ref segment) {
    return updating.contains(segment);
  }

  public void endUpdate(Ref segment) {
    updating.remove(segment);
  }
}
