package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Effect;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.log.SessionKeeper;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The real engine, log and binding over gRPC's in-process transport, with one thread as its loop.
 */
final class InProcess implements AutoCloseable {
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread loop = new Thread(task, "in-process");
            loop.setDaemon(true);
            this.loopThread = loop;
            return loop;
          });
  private volatile @Nullable Thread loopThread;
  private final List<Throwable> bugs = new CopyOnWriteArrayList<>();
  private final Engine engine;
  private final CommandLog log;
  private final Services services;
  private final SessionKeeper keeper;
  private final Server server;
  private final ManagedChannel channel;

  InProcess() throws IOException {
    this(MemoryLog::new);
  }

  /** On another log. */
  InProcess(CommandLog.Factory logs) throws IOException {
    long offset = EngineFixture.STARTED - System.nanoTime();
    engine = new Engine(EngineFixture.boot(EngineFixture.LIMITS));
    log =
        logs.open(
            engine, () -> offset + System.nanoTime(), Later.on(thread), this::happen, bugs::add);
    keeper = new SessionKeeper(Later.on(thread), System::nanoTime, log::submit);
    Executor loop =
        task -> {
          if (Thread.currentThread() == loopThread) {
            task.run();
          } else {
            thread.execute(task);
          }
        };
    services =
        new Services(engine, log, keeper, Later.on(thread), EngineFixture.LIMITS, loop, thread);
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .executor(loop)
            .addTransportFilter(services.watch())
            .addServices(services.definitions())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  private void happen(Effect effect) {
    if (effect instanceof Effect.SessionOpened opened) {
      keeper.opened(opened.session(), opened.timeToLive());
    } else if (effect instanceof Effect.SessionEnded ended) {
      keeper.ended(ended.session());
      services.sessionEnded(ended.session(), ended.cause());
    }
  }

  CommandLog log() {
    return log;
  }

  Engine engine() {
    return engine;
  }

  Services services() {
    return services;
  }

  ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    thread.shutdownNow();
    if (!bugs.isEmpty()) {
      throw new AssertionError(bugs.get(0));
    }
  }
}
