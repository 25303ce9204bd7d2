package dev.polyproc.server.grpc;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.supervisor.ProcessTable;
import dev.polyproc.v1.Limits;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.RecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The sockets: a Unix socket, loopback TCP, and TLS for other machines. */
public final class GrpcServer {
  /** gRPC's own bound lies above ours, so that our answer is the one that is seen. */
  private static final int ABOVE_OUR_BOUND = 1 << 20;

  private static final int METADATA_BYTES = 64 << 10;

  /**
   * As much as a frame is read at once. What has arrived of a request keeps the buffers that it was
   * read into, and with Netty's 64 KiB these were measured to be seven times as much.
   */
  private static final RecvByteBufAllocator READS =
      new AdaptiveRecvByteBufAllocator(64, 2 << 10, 16 << 10);

  private static final int CALLS_PER_CONNECTION = 8_192;

  /**
   * How much a client may send on a call, and on a connection, before it is taken, in bytes. gRPC
   * would let it grow to 8 MiB for a network that is far, and would ask for the distance all the
   * time.
   */
  static final int FLOW_CONTROL_WINDOW = 1 << 20;

  /** How many of its calls a client may reset in some seconds before its connection is ended. */
  private static final int RESETS = 20_000;

  private static final int RESETS_SECONDS = 10;
  private static final long GRACE_SECONDS = 2;
  private static final long HANDSHAKE_SECONDS = 10;

  /**
   * How long another machine may be silent until it is asked for a word: the least that gRPC
   * allows. A session that falls silent ends with its time to live; this is for calls without one.
   */
  private static final long KEEP_ALIVE_SECONDS = 10;

  private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  static {
    // The first event that Netty would record makes the JDK's flight recorder ready: a quarter of
    // the time to the first answer. Whoever records can turn them on.
    preset("jfr.enabled", "false");
    // Netty would follow one buffer in 128 and note where each was touched: a fiftieth of a call.
    preset("leakDetection.level", "disabled");
    // What gRPC logs with as well; Netty would take SLF4J, whose start takes a while.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    // HTTP/2 forbids to agree on TLS 1.2 anew; the JDK would, as often as a client without a
    // credential likes. It reads this once, before the first connection.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
  }

  private final Sockets sockets = Sockets.here();
  private final HealthStatusManager health = new HealthStatusManager();
  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final ScheduledExecutorService timer;
  private final ServerLoops loops;
  private final Services contract;
  private final int largestRequest;
  private final int callsPerConnection;
  private final Connections connections;
  private final Admission admission;
  private final ByteBufAllocator buffers;
  private final UnknownMethods unknown;
  private final SymbolReflection symbols;

  /**
   * Servers that do not listen yet.
   *
   * @param loops see {@link #newLoops}
   * @param contract what they serve, on these loops
   * @param operations of the engine behind it
   * @param token what callers through TCP must show
   * @param uid the user who may call through the Unix socket
   * @param fatal is told what the daemon must not survive
   */
  public GrpcServer(
      ServerLoops loops,
      Services contract,
      Operations operations,
      ScheduledExecutorService timer,
      Limits limits,
      String token,
      long uid,
      Fatal fatal) {
    this.loops = loops;
    this.contract = contract;
    this.timer = timer;
    this.largestRequest = Math.toIntExact(limits.getRequestBytes());
    this.callsPerConnection =
        Math.max(1, Math.min(CALLS_PER_CONNECTION, limits.getOpenCalls() / 2));
    this.buffers = new Buffers(fatal::outOfMemory);
    this.connections = new Connections(limits, channel -> contract.shard(loops.of(channel)), uid);
    this.admission =
        new Admission(new Authentication(token, uid), connections, contract.arrivals(), limits);
    this.unknown = new UnknownMethods(operations.services());
    this.symbols =
        new SymbolReflection(
            operations.services().stream().map(ServiceDescriptor::getFile).toList());
    services.addAll(contract.definitions());
  }

  /** So many event loops for a server: its services run on them too. */
  public static ServerLoops newLoops(int count, Fatal fatal) {
    return new ServerLoops(Sockets.here(), count, fatal);
  }

  /** Sets one of Netty's properties, unless whoever started the daemon has. */
  private static void preset(String name, String value) {
    String property = "io.grpc.netty.shaded.io.netty." + name;
    System.setProperty(property, System.getProperty(property, value));
  }

  /**
   * Loads what a server needs, on a thread of its own: with two cores the engine's own classes are
   * loaded meanwhile, which saves a fifth of the daemon's start.
   */
  public static void loadAhead() {
    Thread loading =
        new Thread(
            () -> {
              var unusedTable = ProcessTable.namespace();
              var unusedLoop =
                  Sockets.here().newLoops(1).shutdownGracefully(0, 0, TimeUnit.SECONDS);
              var unusedServer =
                  NettyServerBuilder.forPort(0)
                      .addService(ProtoReflectionServiceV1.newInstance())
                      .build();
            },
            "polyproc-load");
    loading.setDaemon(true);
    loading.start();
  }

  /** Serves a further service, beside those of the contract; before anybody listens. */
  public void add(ServerServiceDefinition service) {
    services.add(service);
  }

  /**
   * Listens on a Unix socket; its folder and its file are the caller's care.
   *
   * @return ends the listening, and no connection
   */
  public Closeable listen(Path socket) throws IOException {
    ServerChannel channel = sockets.newUnix();
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(sockets.address(socket))
            .channelFactory(() -> channel)
            // A Unix socket has none, and says so in the log at every connection.
            .withChildOption(ChannelOption.SO_KEEPALIVE, null);
    start(onThisMachine(builder));
    return () -> {
      var unused = channel.close();
    };
  }

  /**
   * Listens on TCP, which nobody beyond this machine must reach.
   *
   * @param address with port 0 for any
   * @return the port
   */
  public int listen(InetSocketAddress address) throws IOException {
    return start(onThisMachine(overTcp(address))).getPort();
  }

  /**
   * The system tells when a client on this machine is gone. By itself gRPC would ask for a word
   * every two hours, and look at the clock three times a frame for that.
   */
  private NettyServerBuilder onThisMachine(NettyServerBuilder builder) {
    return builder
        .protocolNegotiator(ConnectionNegotiator.plaintext(connections, admission))
        .keepAliveTime(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  /**
   * Listens on TCP with TLS.
   *
   * @param address with port 0 for any
   * @return the port
   * @throws IllegalArgumentException with a sentence, when the files make no sense
   */
  public int listen(InetSocketAddress address, TlsFiles files) throws IOException {
    ReloadedTls tls = new ReloadedTls(files);
    NettyServerBuilder builder =
        overTcp(address)
            .protocolNegotiator(ConnectionNegotiator.tls(tls, connections, admission))
            .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .addTransportFilter(new ClientCertificate());
    int port = start(builder).getPort();
    tls.lookOn(timer);
    return port;
  }

  private NettyServerBuilder overTcp(InetSocketAddress address) {
    return NettyServerBuilder.forAddress(address)
        .channelType(sockets.tcp())
        .withChildOption(ChannelOption.TCP_NODELAY, true);
  }

  private Server start(NettyServerBuilder builder) throws IOException {
    builder
        .bossEventLoopGroup(loops.group())
        .workerEventLoopGroup(loops.group())
        .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
        .withChildOption(ChannelOption.ALLOCATOR, buffers)
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .maxRstFramesPerWindow(RESETS, RESETS_SECONDS)
        .decompressorRegistry(Compression.REGISTRY)
        .directExecutor()
        .maxInboundMessageSize(largestRequest + ABOVE_OUR_BOUND)
        .maxInboundMetadataSize(METADATA_BYTES)
        .maxConcurrentCallsPerConnection(callsPerConnection)
        .permitKeepAliveTime(1, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .addTransportFilter(contract.watch())
        .addStreamTracerFactory(admission)
        .intercept(admission)
        .fallbackHandlerRegistry(unknown)
        .addService(foreign(health.getHealthService().bindService()))
        .addService(reflection(ProtoReflectionServiceV1.newInstance()))
        .addService(reflection(reflectionV1Alpha()));
    services.forEach(
        service -> {
          builder.addService(service);
          health.setStatus(service.getServiceDescriptor().getName(), serving());
        });
    Server server = builder.build().start();
    servers.add(server);
    return server;
  }

  private ServerServiceDefinition reflection(io.grpc.BindableService service) {
    return foreign(ServerInterceptors.intercept(service, symbols, new CommentReflection()));
  }

  private ServerServiceDefinition foreign(ServerServiceDefinition service) {
    return Foreign.service(contract.parser(), service);
  }

  private static io.grpc.health.v1.HealthCheckResponse.ServingStatus serving() {
    return io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING;
  }

  @SuppressWarnings("deprecation") // older tools ask for v1alpha only
  private static io.grpc.BindableService reflectionV1Alpha() {
    return ProtoReflectionService.newInstance();
  }

  /** Says NOT_SERVING to whoever asks; calls are still answered. */
  public void announceEnd() {
    health.enterTerminalState();
  }

  /** What ends a daemon. */
  public interface Fatal {
    /** There is no memory left outside of the heap. */
    void outOfMemory(Throwable why);

    /** A thread that serves connections has ended. */
    void dead(Throwable why);
  }

  /** Stops: what was answered is sent, streams are told why they end, new calls are refused. */
  public void stop() throws InterruptedException {
    loops.stopping();
    servers.forEach(Server::shutdown);
    contract.attachments().endAll(Refusal.shuttingDown());
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
    for (Server server : servers) {
      long left = until - System.nanoTime();
      if (!server.awaitTermination(Math.max(0, left), TimeUnit.NANOSECONDS)) {
        server.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
      }
    }
    loops.stop();
  }
}
