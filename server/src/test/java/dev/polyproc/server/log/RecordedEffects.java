package dev.polyproc.server.log;

import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.call.ProcessEffects;
import dev.polyproc.server.engine.call.SegmentEffects;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.function.Consumer;

/** Effects that are not made happen, but told. */
record RecordedEffects(Consumer<Effect> told) implements Effects {
  @Override
  public void sessionOpened(String session, long timeToLive) {
    told.accept(new Effect.SessionOpened(session, timeToLive));
  }

  @Override
  public void sessionEnded(String session, Refusal cause) {
    told.accept(new Effect.SessionEnded(session, cause));
  }

  @Override
  public SegmentEffects segments() {
    return new SegmentEffects() {
      @Override
      public void make(long memory, String file, ElementType type, long length, long bytes) {
        told.accept(new Effect.MakeSegment(memory, file, type, length, bytes));
      }

      @Override
      public void mark(long memory, int writersDied) {
        told.accept(new Effect.MarkSegment(memory, writersDied));
      }

      @Override
      public void remove(long memory) {
        told.accept(new Effect.RemoveSegment(memory));
      }
    };
  }

  @Override
  public ProcessEffects processes() {
    return new ProcessEffects() {
      @Override
      public void start(long process, String name, ProcessStartRequest request, String credential) {
        told.accept(new Effect.StartProcess(process, name, request, credential));
      }

      @Override
      public void signal(long process, int signal) {
        told.accept(new Effect.SignalProcess(process, signal));
      }

      @Override
      public void forget(long process) {
        told.accept(new Effect.ForgetProcess(process));
      }
    };
  }
}
