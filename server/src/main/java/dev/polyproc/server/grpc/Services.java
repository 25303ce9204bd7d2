package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.server.memory.Segments;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.Limits;
import io.grpc.ServerBuilder;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/** The services of the contract before an engine, for a server over whatever transport. */
public final class Services {
  private final Operations operations;
  private final Attachments attachments = new Attachments();
  private final ProcessWatch watch;
  private final Gateway gateway;
  private final Map<EventLoop, Shard> shards = new LinkedHashMap<>();
  private final Map<String, ServerCallHandler<byte[], Message>> streams = new HashMap<>();
  private final Map<String, NodeMethod> methods = new HashMap<>();

  /**
   * Services that run on some event loops.
   *
   * @param clock nanoseconds since 1970, never going back
   * @param loops one or more; what has no socket is served by the first
   */
  public Services(
      Engine engine,
      CommandLog log,
      SessionKeeper keeper,
      LongSupplier clock,
      Later later,
      Limits limits,
      List<? extends EventLoop> loops) {
    this.operations = engine.operations();
    ThisDaemon daemon = new ThisDaemon(engine.boot(), clock);
    Unsent.Total total = new Unsent.Total(limits, later, System::nanoTime);
    for (EventLoop loop : loops) {
      shards.put(
          loop,
          new Shard(
              loop,
              new Unsent(limits, loop, total),
              new Departures(log, engine.boot().getOrigin(), attachments, loop)));
    }
    Shard first = shard(loops.get(0));
    this.watch = new ProcessWatch(later, keeper, () -> new Connection(null, null, null, first));
    this.gateway =
        new Gateway(
            engine.boot(),
            daemon,
            log,
            keeper,
            watch,
            new NodeCalls(methods, limits.getOpenCalls()),
            new RequestParser(limits),
            new Arrivals(limits.getArrivingBytes(), limits.getConnections()),
            attachments);
    streams.put(
        "SessionService/Attach", AttachStream.handler(gateway, operations, attachments, limits));
    streams.put(
        "QueueService/Consume",
        ConsumeStream.handler(gateway, operations.byName("QueueService/Consume")));
    streams.put("ProcessService/Output", OutputStream.none(gateway));
    methods.put("AdminService/ServerInfo", new ServerInfoMethod(daemon));
  }

  /** Says where segments of shared memory are. */
  public void with(Segments segments) {
    methods.put("SharedMemoryService/Locate", new LocateMethod(segments));
  }

  /** Serves the output of a supervisor's processes, and has it watch those of clients. */
  public void with(Supervisor supervisor) {
    watch.through(supervisor);
    streams.put("ProcessService/Output", OutputStream.handler(gateway, operations, supervisor));
  }

  /** The handlers of the streams, by name. */
  Map<String, ServerCallHandler<byte[], Message>> streams() {
    return streams;
  }

  /** The unary methods that the node serves itself, by name. */
  Map<String, NodeMethod> methods() {
    return methods;
  }

  /** The streams of sessions. */
  public Attachments attachments() {
    return attachments;
  }

  /** A session ended: so does its stream, and nobody watches over it any more. */
  public void sessionEnded(String session, Refusal cause) {
    attachments.sessionEnded(session, cause);
    watch.sessionEnded(session);
  }

  /** The sessions that live in the process which has a process id, until it is waited for. */
  public List<String> livingIn(long pid) {
    return watch.livingIn(pid);
  }

  /** What the connections of a loop share. */
  Shard shard(EventLoop loop) {
    return Objects.requireNonNull(shards.get(loop), "a loop of these services");
  }

  Arrivals arrivals() {
    return gateway.arrivals();
  }

  RequestParser parser() {
    return gateway.parser();
  }

  /** What a server tells of its connections, so that dead processes are noticed. */
  public ServerTransportFilter watch() {
    return watch;
  }

  /** Has a server serve them. */
  public <B extends ServerBuilder<B>> B on(B server) {
    return server.addTransportFilter(watch).addServices(definitions());
  }

  /** The services. */
  public List<ServerServiceDefinition> definitions() {
    return new Binding(gateway, operations, streams, methods.keySet()).services();
  }
}
