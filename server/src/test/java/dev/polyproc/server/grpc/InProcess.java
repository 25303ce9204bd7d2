package dev.polyproc.server.grpc;

import dev.polyproc.server.Assembly;
import dev.polyproc.server.Processes;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.memory.Segments;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final Assembly assembly;
  private final Server server;
  private final ManagedChannel channel;

  InProcess() throws IOException {
    this(MemoryLog::new);
  }

  /** On another log. */
  InProcess(CommandLog.Factory logs) throws IOException {
    this(logs, Processes.none("Expected a server that starts processes, but this one has none"));
  }

  /** On another log, with processes of its own. */
  InProcess(CommandLog.Factory logs, Processes.Factory processes) throws IOException {
    this(
        logs,
        processes,
        Segments.none("Expected a server with shared memory, but this one has none"));
  }

  /** The same, with segments of its own. */
  InProcess(CommandLog.Factory logs, Processes.Factory processes, Segments.Factory segments)
      throws IOException {
    long offset = EngineFixture.STARTED - System.nanoTime();
    EventLoop loop =
        new EventLoop() {
          @Override
          public void execute(Runnable task) {
            if (Thread.currentThread() == loopThread) {
              task.run();
            } else {
              thread.execute(task);
            }
          }

          @Override
          public void afterwards(Runnable task) {
            thread.execute(task);
          }
        };
    assembly =
        new Assembly(
            EngineFixture.boot(EngineFixture.LIMITS),
            new Assembly.Surroundings(
                () -> offset + System.nanoTime(),
                Later.on(thread),
                List.of(loop),
                session -> false,
                bugs::add),
            logs,
            processes,
            segments);
    String name = InProcessServerBuilder.generateName();
    server = services().on(InProcessServerBuilder.forName(name)).executor(loop).build().start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  CommandLog log() {
    return assembly.log();
  }

  Engine engine() {
    return assembly.engine();
  }

  Services services() {
    return assembly.services();
  }

  ManagedChannel channel() {
    return channel;
  }

  /** Runs something on the loop. */
  void onLoop(Runnable task) {
    thread.execute(task);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    assembly.processes().close();
    assembly.segments().close();
    thread.shutdownNow();
    if (!bugs.isEmpty()) {
      throw new AssertionError(bugs.get(0));
    }
  }
}
