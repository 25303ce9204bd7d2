package dev.polyproc.server.engine.call;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ProcessFailed;
import dev.polyproc.internal.v1.SegmentFailed;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ProcessStartRequest;
import org.jspecify.annotations.Nullable;

/**
 * Something the node should make happen, outside the engine's lock and idempotently. What comes of
 * it is reported as a new entry. The engine records it; who makes it happen is {@link Effects}.
 */
public sealed interface Effect {
  /** Has it made happen. */
  void happen(Effects effects);

  /**
   * The entry by which the engine hears that the effect failed; null where nobody waits for it.
   *
   * @param origin the daemon on which it failed
   * @param why of whatever
   */
  default @Nullable NodeEvent failure(Origin origin, Throwable why) {
    return null;
  }

  /** See {@link Effects#sessionOpened}. */
  record SessionOpened(String session, long timeToLive) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.sessionOpened(session, timeToLive);
    }
  }

  /** See {@link Effects#sessionEnded}. */
  record SessionEnded(String session, Refusal cause) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.sessionEnded(session, cause);
    }
  }

  /** See {@link ProcessEffects#start}. */
  record StartProcess(long process, String name, ProcessStartRequest request, String credential)
      implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.processes().start(process, name, request, credential);
    }

    @Override
    public NodeEvent failure(Origin origin, Throwable why) {
      return NodeEvent.newBuilder()
          .setProcessFailed(
              ProcessFailed.newBuilder()
                  .setProcess(process)
                  .setOrigin(origin)
                  .setReason("Expected to start a process, but " + why))
          .build();
    }
  }

  /** See {@link SegmentEffects#make}. */
  record MakeSegment(long memory, String file, ElementType type, long length, long bytes)
      implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.segments().make(memory, file, type, length, bytes);
    }

    @Override
    public NodeEvent failure(Origin origin, Throwable why) {
      return NodeEvent.newBuilder()
          .setSegmentFailed(
              SegmentFailed.newBuilder()
                  .setMemory(memory)
                  .setOrigin(origin)
                  .setReason("Expected to make a segment of shared memory, but " + why))
          .build();
    }
  }

  /** See {@link SegmentEffects#mark}. */
  record MarkSegment(long memory, int writersDied) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.segments().mark(memory, writersDied);
    }
  }

  /** See {@link SegmentEffects#remove}. */
  record RemoveSegment(long memory) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.segments().remove(memory);
    }
  }

  /** See {@link ProcessEffects#signal}. */
  record SignalProcess(long process, int signal) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.processes().signal(process, signal);
    }
  }

  /** See {@link ProcessEffects#forget}. */
  record ForgetProcess(long process) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.processes().forget(process);
    }
  }
}
