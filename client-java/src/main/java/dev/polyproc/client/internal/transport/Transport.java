package dev.polyproc.client.internal.transport;

import dev.polyproc.files.SystemPath;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.FastThreadLocal;
import io.grpc.netty.shaded.io.netty.util.concurrent.FastThreadLocalThread;
import io.grpc.stub.MetadataUtils;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The client's event loop and the way to the daemon. */
public final class Transport {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** gRPC's own 8 KiB are too few for a status that names much. */
  private static final int METADATA_BYTES = 64 << 10;

  /**
   * The least that gRPC allows. The session's own {@code Pulse} notices a cut network sooner,
   * unless its time to live is long.
   */
  private static final long KEEP_ALIVE_SECONDS = 10;

  private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  /**
   * Whether Netty is there as long as the JVM. Where it is not, but in a class loader that goes, as
   * that of a web application, no thread of others may keep what Netty stores in it: it would keep
   * that class loader, too.
   */
  private static final boolean NETTY_STAYS = staysAsLongAsTheJvm(FastThreadLocal.class);

  static {
    // Netty would follow one buffer in 128 and note where each was touched: a fiftieth of a call.
    String leaks = "io.grpc.netty.shaded.io.netty.leakDetection.level";
    System.setProperty(leaks, System.getProperty(leaks, "disabled"));
  }

  private final Address address;
  private final @Nullable String token;
  private final @Nullable RenewedTls tls;
  private final @Nullable Supplier<? extends ManagedChannel> channels;
  private final EventLoopGroup group;
  private final SharedLoop loop;

  /**
   * @param token what a daemon on TCP asks for; null when the client has none
   * @param tls null when the address is without TLS
   * @param channels makes the ways to the daemon; null where the address says how
   */
  public Transport(
      Address address,
      @Nullable String token,
      @Nullable Tls tls,
      @Nullable Supplier<? extends ManagedChannel> channels) {
    this.address = address;
    this.channels = channels;
    this.token = token;
    this.tls = tls == null ? null : new RenewedTls(tls);
    ThreadFactory threads = new DefaultThreadFactory("polyproc-client", true);
    this.group =
        Epoll.isAvailable()
            ? SharedLoop.group(
                threads, EpollIoHandler.newFactory(), channels == null && NETTY_STAYS)
            : SharedLoop.group(threads, NioIoHandler.newFactory(), false);
    this.loop = (SharedLoop) group.iterator().next();
  }

  Address address() {
    return address;
  }

  /** What everything of the session's state belongs to. */
  public SharedLoop loop() {
    return loop;
  }

  /** Whether the calling thread is the event loop, which never waits. */
  public boolean onLoop() {
    return loop.inEventLoop();
  }

  /** Refuses to wait on the event loop for what only the event loop can bring. */
  public void mayWait(String what) {
    if (onLoop()) {
      throw new IllegalStateException(
          "Expected a thread that may wait for "
              + what
              + ", but this is the client's event loop; go on with thenApplyAsync and its like");
    }
  }

  /** Completes when the event loop has done what it was told before. Any thread. */
  public CompletableFuture<Boolean> turn() {
    CompletableFuture<Boolean> turn = new CompletableFuture<>();
    execute(() -> turn.complete(true));
    return turn;
  }

  /** Runs {@code task} on the event loop; nobody misses it once the client is closed. */
  public void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The loop has ended, and with it all calls.
    }
  }

  /** Runs {@code task} on the event loop after a while, unless the client is closed by then. */
  public void executeLater(long nanos, Runnable task) {
    try {
      var unused = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The loop has ended, and with it all that was to come.
    }
  }

  /**
   * A way to the daemon, not connected yet. Each attachment has its own: gRPC's channels wait a
   * second and more before they connect again.
   */
  public ManagedChannel newChannel() {
    return channels == null ? toAddress() : channels.get();
  }

  private ManagedChannel toAddress() {
    NettyChannelBuilder builder =
        address.socket() != null
            ? overUnixSocket(address.socket(), address.usual()).overrideAuthority("localhost")
            : NettyChannelBuilder.forAddress(address.host(), address.port())
                .channelType(
                    Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class);
    if (token != null) {
      Metadata metadata = new Metadata();
      metadata.put(AUTHORIZATION, "Bearer " + token);
      builder.intercept(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }
    if (tls == null) {
      builder.usePlaintext();
    } else {
      builder
          .sslContext(tls.context())
          .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
          .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
    return builder
        .eventLoopGroup(group)
        .withOption(ChannelOption.SO_KEEPALIVE, null) // a Unix socket warns of it
        .directExecutor()
        .disableRetry() // the session repeats its calls itself
        .maxInboundMessageSize(Integer.MAX_VALUE) // the daemon has limits, and we have its word
        .maxInboundMetadataSize(METADATA_BYTES)
        .build();
  }

  /**
   * gRPC reads the text of an address as a URI, and so takes few paths. It is told another one, in
   * whose place {@link SocketOwner} puts the socket's.
   */
  private static NettyChannelBuilder overUnixSocket(Path socket, boolean usual) {
    SocketAddress address =
        Epoll.isAvailable()
            ? new DomainSocketAddress(SystemPath.text(socket))
            : UnixDomainSocketAddress.of(socket);
    return NettyChannelBuilder.forAddress(new DomainSocketAddress("the-daemon"))
        .channelFactory(
            () -> {
              Channel channel =
                  Epoll.isAvailable()
                      ? new EpollDomainSocketChannel()
                      : new NioDomainSocketChannel();
              channel
                  .pipeline()
                  .addFirst(new JoinedWrites(), new SocketOwner(socket, address, usual));
              return channel;
            });
  }

  private static boolean staysAsLongAsTheJvm(Class<?> type) {
    ClassLoader its = type.getClassLoader();
    ClassLoader staying = ClassLoader.getSystemClassLoader();
    while (staying != null && staying != its) {
      staying = staying.getParent();
    }
    return staying == its;
  }

  /**
   * Forgets what Netty has stored in the calling thread, which is not the client's own, and has
   * used a channel.
   */
  public static void leaveThread() {
    if (!NETTY_STAYS && !(Thread.currentThread() instanceof FastThreadLocalThread)) {
      FastThreadLocal.removeAll();
    }
  }

  /** Ends the thread; waits for it unless called by it. */
  public void close() {
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    if (!onLoop()) {
      group.terminationFuture().awaitUninterruptibly(2, TimeUnit.SECONDS);
      leaveThread();
    }
  }
}
