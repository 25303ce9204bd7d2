package dev.polyproc.server;

import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.grpc.EventLoop;
import dev.polyproc.server.grpc.Services;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.server.memory.Segments;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * All that is behind a transport, wired: the same for a daemon, for one inside a JVM and for those
 * of tests, but for what is handed in.
 *
 * <pre>
 *   Services ──▶ CommandLog ──▶ Engine
 *      ▲  │                       │ effects
 *      │  └──▶ SessionKeeper ◀────┤
 *      └──────────────────────────┤
 *   CommandLog ◀── Processes ◀────┤
 *   CommandLog ◀── Segments ◀─────┘
 * </pre>
 */
public final class Assembly {
  private final Boot boot;
  private final Engine engine;
  private final CommandLog log;
  private final SessionKeeper keeper;
  private final Services services;
  private final Processes processes;
  private final Segments segments;

  /**
   * What is around an engine.
   *
   * @param clock nanoseconds since 1970, never going back
   * @param later runs what is due
   * @param loops the threads of all calls, one or more
   * @param speaks whether a session's client is known to speak, though nothing is heard of it
   * @param bug is told when the engine threw: it must not be used any more
   */
  public record Surroundings(
      LongSupplier clock,
      Later later,
      List<? extends EventLoop> loops,
      Predicate<String> speaks,
      Consumer<Throwable> bug) {}

  /**
   * An assembly that nobody can reach yet: a transport serves its {@link #services}.
   *
   * @param boot the daemon that it is
   * @param logs makes its log
   * @param processes makes what runs its processes
   * @param segments makes what has its shared memory
   */
  public Assembly(
      Boot boot,
      Surroundings around,
      CommandLog.Factory logs,
      Processes.Factory processes,
      Segments.Factory segments) {
    this.boot = boot;
    this.engine = new Engine(boot);
    this.log = logs.open(engine, around.clock(), around.later(), new Happening(), around.bug());
    this.keeper = new SessionKeeper(around.later(), around.clock(), log::submit, around.speaks());
    this.services =
        new Services(
            engine, log, keeper, around.clock(), around.later(), boot.getLimits(), around.loops());
    this.processes =
        processes.make(new ProcessReports(boot.getOrigin(), services::livingIn, log::submit));
    this.processes.supervisor().ifPresent(services::with);
    this.segments = segments.make(new SegmentReports(boot.getOrigin(), log::submit));
    services.with(this.segments);
  }

  /** Its first engine: the log may go on with another one. */
  public Engine engine() {
    return engine;
  }

  /** The one way into the engine. */
  public CommandLog log() {
    return log;
  }

  /** Knows which sessions are silent. */
  public SessionKeeper keeper() {
    return keeper;
  }

  /** What a transport serves. */
  public Services services() {
    return services;
  }

  /** What runs its processes. */
  public Processes processes() {
    return processes;
  }

  /** What has its shared memory. */
  public Segments segments() {
    return segments;
  }

  /** From now on no call waits and no session opens; calls that wait are answered. */
  public void drain() {
    log.submit(drainEvent());
  }

  /** The same, where no session is open; whether that was so. */
  boolean drainWhereNoSessionIs() {
    return log.submitWhereNoSessionIs(drainEvent());
  }

  private NodeEvent drainEvent() {
    return NodeEvent.newBuilder().setDrain(Drain.newBuilder().setOrigin(boot.getOrigin())).build();
  }

  /** Hands every effect to the part that makes it happen. */
  private final class Happening implements Effects {
    @Override
    public void sessionOpened(String session, long timeToLive) {
      keeper.opened(session, timeToLive);
    }

    @Override
    public void sessionEnded(String session, Refusal cause) {
      keeper.ended(session);
      services.sessionEnded(session, cause);
    }

    @Override
    public Processes processes() {
      return processes;
    }

    @Override
    public Segments segments() {
      return segments;
    }
  }
}
