package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Effect;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.v1.ServerInfo;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final Map<String, ServerCallHandler<byte[], Message>> streams = new HashMap<>();
  private final Engine engine;
  private final Node node;
  private final SessionKeeper keeper;
  private final Attachments attachments = new Attachments();
  private final Server server;
  private final ManagedChannel channel;

  InProcess() throws IOException {
    long offset = EngineFixture.STARTED - System.nanoTime();
    engine =
        new Engine(EngineFixture.LIMITS, ServerInfo.getDefaultInstance(), EngineFixture.STARTED);
    MemoryLog log =
        new MemoryLog(engine, () -> offset + System.nanoTime(), thread, this::happen, bugs::add);
    keeper = new SessionKeeper(thread, System::nanoTime, log::submit);
    ProcessWatch watch = new ProcessWatch(thread, keeper);
    Executor loop =
        task -> {
          if (Thread.currentThread() == loopThread) {
            task.run();
          } else {
            thread.execute(task);
          }
        };
    node = new Node(log, keeper, watch, new RequestParser(EngineFixture.LIMITS), loop, thread);
    streams.put(
        "SessionService/Attach",
        (rpc, headers) -> {
          AttachStream stream =
              new AttachStream(node, engine.operations(), attachments, rpc, EngineFixture.LIMITS);
          stream.start();
          return stream;
        });
    streams.put(
        "QueueService/Consume",
        ConsumeStream.handler(node, engine.operations().byName("QueueService/Consume")));
    streams.put("ProcessService/Output", (rpc, headers) -> new ServerCall.Listener<>() {});
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .executor(loop)
            .addTransportFilter(watch)
            .addServices(binding().services())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  private void happen(Effect effect) {
    if (effect instanceof Effect.SessionOpened opened) {
      keeper.opened(opened.session(), opened.timeToLive());
    } else if (effect instanceof Effect.SessionEnded ended) {
      keeper.ended(ended.session());
      attachments.sessionEnded(ended.session(), ended.cause());
    }
  }

  Engine engine() {
    return engine;
  }

  /** The handlers of the streams, by name; a test may remove one. */
  Map<String, ServerCallHandler<byte[], Message>> streams() {
    return streams;
  }

  Binding binding() {
    return new Binding(node, engine.operations(), streams);
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
