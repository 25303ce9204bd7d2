package dev.polyproc.integration;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Stands between clients and a Unix socket, and forwards bytes until it is told to lose them, or to
 * leave them.
 *
 * <p>To the daemon its clients look like threads of this process.
 */
final class CuttingProxy implements AutoCloseable {
  private static final int BUFFER = 16 << 10;

  private final Path folder;
  private final Path target;
  private final ServerSocketChannel listener;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Semaphore reading = new Semaphore(1);
  private volatile boolean muted;

  CuttingProxy(Path target) {
    this.target = target;
    try {
      folder = Files.createTempDirectory("polyproc-proxy-");
      listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listener.bind(UnixDomainSocketAddress.of(socket()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    start("accept", this::accept);
  }

  /** Where clients connect to. */
  Path socket() {
    return folder.resolve("s");
  }

  /** From now on, until the cut, what the daemon says is lost. */
  void loseReplies() {
    muted = true;
  }

  /** From now on nobody reads what the daemon says: it stays where it is. */
  void stopReading() {
    reading.acquireUninterruptibly();
  }

  /** Reads on, where reading had stopped. */
  void readOn() {
    reading.release();
  }

  /** Breaks all connections; new ones are whole again. */
  void cut() {
    open.forEach(CuttingProxy::close);
    open.clear();
    muted = false;
  }

  private void accept() throws IOException {
    while (listener.isOpen()) {
      SocketChannel client = listener.accept();
      SocketChannel daemon = SocketChannel.open(UnixDomainSocketAddress.of(target));
      open.add(client);
      open.add(daemon);
      start("requests", () -> forward(client, daemon, false));
      start("replies", () -> forward(daemon, client, true));
    }
  }

  private void forward(SocketChannel from, SocketChannel to, boolean replies) throws IOException {
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
      while (read(from, buffer, replies) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining() && !(replies && muted)) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } finally {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
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
      listener.close();
      cut();
      Files.deleteIfExists(socket());
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
