package dev.polyproc.server.grpc;

import io.grpc.Attributes;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.socket.DuplexChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: who is at its other end, and what it makes the daemon keep.
 *
 * <p>But for who that is, whether it broke, and {@link #close}, used on its event loop only.
 */
final class Connection {
  /** Set on every transport. */
  static final Attributes.Key<Connection> KEY = Attributes.Key.create("polyproc-connection");

  private static final long SECONDS_TO_READ = 5;
  private static final long SECONDS_TO_LEAVE = 1;

  private final @Nullable Peer peer;
  private final dev.polyproc.v1.@Nullable Peer shown;
  private final @Nullable Channel channel;
  private final @Nullable Http2Connection http2;
  private final Shard shard;
  private final Backlog backlog;
  private volatile boolean broken;
  private boolean surplus;
  private boolean authenticated;
  private int unauthenticatedCalls;
  private int refusals;
  private long arriving;
  private boolean gone;
  private boolean leaving;
  private int calls;
  private final Set<Object> unreadRefusals = new LinkedHashSet<>();
  private boolean awaitsReading;
  private long flushes;
  private long changes;
  private long written;
  private @Nullable Http2Stream entering;
  private final Set<Http2Stream> serializing = new HashSet<>();

  /**
   * A connection.
   *
   * @param peer null where it is not by a Unix socket
   * @param channel its socket; null inside of a process
   * @param http2 its streams; null inside of a process
   * @param shard of its loop
   */
  Connection(
      @Nullable Peer peer,
      @Nullable Channel channel,
      @Nullable Http2Connection http2,
      Shard shard) {
    this.peer = peer;
    this.shown = peer != null ? peer.shown() : channel == null ? null : address(channel);
    this.channel = channel;
    this.http2 = http2;
    this.shard = shard;
    this.backlog = new Backlog(this, shard.unsent());
  }

  /** The connection of a call's transport. */
  static Connection of(Attributes attributes) {
    return Objects.requireNonNull(attributes.get(KEY), "a transport that became ready");
  }

  /** Whether it came in by the Unix socket, and so from this machine. */
  boolean isByUnixSocket() {
    return peer != null;
  }

  /** The process at the other end of a Unix socket; null for other connections. */
  @Nullable Peer peer() {
    return peer;
  }

  private static dev.polyproc.v1.Peer address(Channel channel) {
    String address =
        channel.remoteAddress() instanceof InetSocketAddress from
            ? NetUtil.toSocketAddressString(from)
            : "unknown";
    return dev.polyproc.v1.Peer.newBuilder().setAddress(address).build();
  }

  /** What callers without a session are shown as; null inside of a process. */
  dev.polyproc.v1.@Nullable Peer shown() {
    return shown;
  }

  Backlog backlog() {
    return backlog;
  }

  /** Whether both ends are in this process. */
  boolean isInProcess() {
    return channel == null;
  }

  boolean isBroken() {
    return broken;
  }

  void broke() {
    broken = true;
  }

  /** Whether it has shown a credential. */
  boolean isAuthenticated() {
    return authenticated;
  }

  void authenticated() {
    authenticated = true;
  }

  /** Whether there were too many others when it was made. */
  boolean isSurplus() {
    return surplus;
  }

  void surplus(boolean is) {
    surplus = is;
  }

  /** Its calls that are open and show a credential. */
  int calls() {
    return calls;
  }

  void calls(int more) {
    calls += more;
  }

  int unauthenticatedCalls() {
    return unauthenticatedCalls;
  }

  void unauthenticatedCalls(int more) {
    unauthenticatedCalls += more;
  }

  /** One more call without a credential was refused; answers how many were. */
  int refused() {
    return ++refusals;
  }

  /** What has arrived on it and was not applied, in bytes. */
  long arriving() {
    return arriving;
  }

  void arriving(long more) {
    arriving += more;
  }

  /** Whether its socket is closed, and nothing of it counts any more. */
  boolean isGone() {
    return gone;
  }

  void gone() {
    gone = true;
  }

  /** The stream whose call is being created; null when none is, or inside of a process. */
  @Nullable Http2Stream entering() {
    return entering;
  }

  void entering(@Nullable Http2Stream stream) {
    entering = stream;
  }

  /** How often what gRPC was given has been written. */
  long flushes() {
    return flushes;
  }

  void flushed() {
    flushes++;
    changes++;
  }

  /** The client, or its socket, takes more: what waited for that may have left. */
  void takesMore() {
    changes++;
    backlog.goOn();
  }

  /** Bytes were written to the socket, as the client reads. */
  void wrote(long bytes) {
    written += bytes;
  }

  /** How many bytes were. */
  long written() {
    return written;
  }

  /** Another number whenever something may have left. */
  long changes() {
    return changes;
  }

  /** Whether all that a stream sent before {@link #flushes} was at a number has left. */
  boolean hasSent(@Nullable Http2Stream stream, long mark) {
    if (http2 == null || stream == null) {
      return true;
    }
    Http2RemoteFlowController flow = http2.remote().flowController();
    return flushes > mark && !serializing.contains(stream) && !flow.hasFlowControlled(stream);
  }

  /** A message of a stream is serialized by another thread from now on; it has not left. */
  void serializes(@Nullable Http2Stream stream) {
    if (stream != null) {
      serializing.add(stream);
    }
  }

  /** It is serialized, and leaves by what the loop does next. */
  void serialized(@Nullable Http2Stream stream) {
    if (stream != null && channel != null) {
      loop()
          .afterwards(
              () -> {
                channel.flush(); // gRPC's own may have come before.
                serializing.remove(stream);
                takesMore();
              });
    }
  }

  /** The loop that it is served by. */
  EventLoop loop() {
    return shard.loop();
  }

  /** Its calls that nobody waits for any more, among those of its loop. */
  Departures departures() {
    return shard.departures();
  }

  /**
   * A call was refused while its request arrived: what has arrived is kept until the client reads
   * that, which it must do in some seconds.
   */
  void refusedWhileArriving(Object call) {
    unreadRefusals.add(call);
    if (channel != null && !awaitsReading) {
      awaitsReading = true;
      Object oldest = unreadRefusals.iterator().next();
      var unused =
          channel
              .eventLoop()
              .schedule(() -> lookWhetherRead(oldest), SECONDS_TO_READ, TimeUnit.SECONDS);
    }
  }

  private void lookWhetherRead(Object oldest) {
    awaitsReading = false;
    if (unreadRefusals.contains(oldest)) {
      close("it did not read that a call was refused");
    } else if (!unreadRefusals.isEmpty()) {
      refusedWhileArriving(unreadRefusals.iterator().next());
    }
  }

  /** A call is over, however it ended. */
  void refusalWasRead(Object call) {
    if (!unreadRefusals.isEmpty()) {
      unreadRefusals.remove(call);
    }
  }

  boolean isOpen() {
    return channel == null || channel.isOpen();
  }

  /** Ends it, for a reason that the log is told; on any loop. */
  void close(String why) {
    if (channel != null && channel.isOpen()) {
      logger().warn("A connection was closed, as {}: {}", why, name());
      loop().execute(this::closeNow);
    }
  }

  /** Ends it, past gRPC, which would wait for the client to end its calls. */
  void closeNow() {
    if (channel != null && channel.isOpen()) {
      channel.unsafe().close(channel.voidPromise());
    }
  }

  /**
   * Ends it, once the client had a moment to read what it was answered: a socket that is closed
   * with bytes unread is reset, which takes the answers away too.
   */
  void closeAfterAnswers(String why) {
    if (leaving || channel == null || !channel.isOpen()) {
      return;
    }
    leaving = true;
    logger().warn("A connection is closed, as {}: {}", why, name());
    loop()
        .afterwards(
            () -> {
              channel.flush();
              if (channel instanceof DuplexChannel socket) {
                socket.shutdownOutput();
              }
            });
    var unused = channel.eventLoop().schedule(this::closeNow, SECONDS_TO_LEAVE, TimeUnit.SECONDS);
  }

  /** Whether nothing that still comes is read. */
  boolean isLeaving() {
    return leaving;
  }

  private String name() {
    if (peer != null) {
      return "process " + (peer.process() == null ? "unknown" : peer.process().pid());
    }
    return channel == null ? "" : String.valueOf(channel.remoteAddress());
  }

  /** Made when there is something to say, as that takes a while. */
  private static Logger logger() {
    return LoggerFactory.getLogger(Connection.class);
  }
}
