package dev.polyproc.integration;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between clients and a daemon's socket, and forwards bytes until it is told to lose them,
 * or to leave them.
 *
 * <p>To the daemon its clients look like threads of this process.
 */
final class CuttingProxy implements AutoCloseable {
  private static final int BUFFER = 16 << 10;

  private final SocketAddress target;
  private final ServerSocketChannel listener;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Semaphore reading = new Semaphore(1);
  private final AtomicInteger connections = new AtomicInteger();
  private volatile int forgotten;
  private volatile int muted;
  private volatile boolean refusing;

  /** Before a Unix socket. */
  CuttingProxy(Path target) {
    this(UnixDomainSocketAddress.of(target), UnixDomainSocketAddress.of(freshPath()));
  }

  /** Before a port on loopback. */
  CuttingProxy(int target) {
    this(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), target),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private CuttingProxy(SocketAddress target, SocketAddress own) {
    this.target = target;
    try {
      listener =
          own instanceof InetSocketAddress
              ? ServerSocketChannel.open()
              : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listener.bind(own);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    start("accept", this::accept);
  }

  private static Path freshPath() {
    try {
      return Files.createTempDirectory("polyproc-proxy-").resolve("s");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where clients connect to: a path. */
  Path socket() {
    return ((UnixDomainSocketAddress) address()).getPath();
  }

  /** Where clients connect to: a port. */
  int port() {
    return ((InetSocketAddress) address()).getPort();
  }

  private SocketAddress address() {
    try {
      return listener.getLocalAddress();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How many connections there have been. */
  int connections() {
    return connections.get();
  }

  /** From now on what the daemon says through the connections that there are is lost. */
  void loseReplies() {
    muted = connections.get();
  }

  /** From now on nobody reads what the daemon says: it stays where it is. */
  void stopReading() {
    reading.acquireUninterruptibly();
  }

  /**
   * From now on nothing passes through the connections that there are, and neither side is told:
   * what it is like when a router on the way forgets them.
   */
  void forgetConnections() {
    forgotten = connections.get();
  }

  /** The same, and nothing passes through new ones: what it is like when a cable is pulled. */
  void pullTheCable() {
    forgotten = Integer.MAX_VALUE;
  }

  /** The next connection is broken before anything has passed through it. */
  void refuseNext() {
    refusing = true;
  }

  /** Reads on, where reading had stopped. */
  void readOn() {
    reading.release();
  }

  /**
   * Breaks the connections that there are, and not those that clients make as soon as they notice.
   */
  void cut() {
    List.copyOf(open).forEach(CuttingProxy::close);
  }

  private void accept() throws IOException {
    while (listener.isOpen()) {
      SocketChannel client = listener.accept();
      if (refusing) {
        refusing = false;
        client.close();
        continue;
      }
      SocketChannel daemon = SocketChannel.open(target);
      open.add(client);
      open.add(daemon);
      int number = connections.incrementAndGet();
      start("requests", () -> forward(client, daemon, number, false));
      start("replies", () -> forward(daemon, client, number, true));
    }
  }

  private void forward(SocketChannel from, SocketChannel to, int number, boolean replies)
      throws IOException {
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
      while (read(from, buffer, replies) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining() && number > forgotten && !(replies && number <= muted)) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } finally {
      close(from);
      open.remove(from);
      if (number > forgotten) {
        close(to);
        open.remove(to);
      }
    }
  }

  private int read(SocketChannel from, ByteBuffer buffer, boolean replies) throws IOException {
    if (replies) {
      reading.acquireUninterruptibly();
      reading.release();
    }
    return from.read(buffer);
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // One of the two ends is gone, which is what this is for.
              }
            },
            "proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      SocketAddress own = address();
      listener.close();
      cut();
      if (own instanceof UnixDomainSocketAddress unix) {
        Files.deleteIfExists(unix.getPath());
        Files.deleteIfExists(unix.getPath().getParent());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
