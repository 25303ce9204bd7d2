package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of a socket, made anew when its files have changed.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every connection begins with what all files held at one moment, at which none of them was
 *       being written: two looks found the same.
 *   <li>Files that make no sense, or a certificate that is not valid, leave everything as it is,
 *       and are told in one line.
 *   <li>A connection that there is goes on.
 *   <li>No connection resumes another: each has a context, and so sessions and ticket keys, of its
 *       own. A resumed one would not be asked for its certificate, which may have expired, or be of
 *       a CA that does not count any more.
 * </ul>
 */
final class ReloadedTls extends SslContext {
  /** A change is seen at one look and taken at the next one. */
  private static final long LOOK_SECONDS = 1;

  private final TlsFiles files;
  private volatile ConnectionTls current;
  private volatile SslContext shown;

  // Below is the timer's own.
  private TlsContent seen;
  private TlsContent tried;
  private String told = "";

  /**
   * With what the files hold now. A certificate that is not valid now is used all the same, as
   * there is no other.
   *
   * @throws IllegalArgumentException with a sentence, when they make no sense
   */
  ReloadedTls(TlsFiles files) {
    this.files = files;
    this.seen = files.read();
    this.tried = seen;
    this.current = seen.forConnections();
    this.shown = current.newContext();
    try {
      seen.requireValid();
    } catch (IllegalArgumentException e) {
      logger().warn("{}; clients will refuse it", e.getMessage());
    }
  }

  /** Looks at the files from now on. */
  void lookOn(ScheduledExecutorService timer) {
    timer.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    try {
      TlsContent now = files.read();
      if (!now.equals(seen)) {
        seen = now;
      } else if (!now.equals(tried)) {
        tried = now;
        now.requireValid();
        take(now.forConnections());
        told = "";
        logger().info("New connections are served with what {} holds now", files.certificate());
      }
    } catch (IllegalArgumentException e) {
      tell(String.valueOf(e.getMessage()));
    }
  }

  private void take(ConnectionTls latest) {
    current = latest;
    shown = latest.newContext();
  }

  private void tell(String why) {
    if (!why.equals(told)) {
      told = why;
      logger().warn("{}; connections are served as before", why);
    }
  }

  /** Made when there is something to say, as that takes a while. */
  private static Logger logger() {
    return LoggerFactory.getLogger(ReloadedTls.class);
  }

  @Override
  public boolean isClient() {
    return false;
  }

  @Override
  public List<String> cipherSuites() {
    return shown.cipherSuites();
  }

  @Override
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return shown.applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current.newContext().newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return current.newContext().newEngine(allocator, peerHost, peerPort);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return shown.sessionContext();
  }
}
