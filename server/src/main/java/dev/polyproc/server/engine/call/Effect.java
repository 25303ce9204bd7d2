package dev.polyproc.server.engine.call;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ProcessStartRequest;

/**
 * Something the node should make happen, outside the engine's lock and idempotently. What comes of
 * it is reported as a new entry. The engine records it; who makes it happen is {@link Effects}.
 */
public sealed interface Effect {
  /** Has it made happen. */
  void happen(Effects effects);

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

  /** See {@link Effects#startProcess}. */
  record StartProcess(long process, String name, ProcessStartRequest request, String credential)
      implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.startProcess(process, name, request, credential);
    }
  }

  /** See {@link Effects#signalProcess}. */
  record SignalProcess(long process, int signal) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.signalProcess(process, signal);
    }
  }

  /** See {@link Effects#forgetProcess}. */
  record ForgetProcess(long process) implements Effect {
    @Override
    public void happen(Effects effects) {
      effects.forgetProcess(process);
    }
  }
}
