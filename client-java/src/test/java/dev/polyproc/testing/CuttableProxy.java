package dev.polyproc.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Forwards bytes between clients and a daemon on loopback TCP, and can lose what comes back and cut
 * all connections. New connections are forwarded again.
 */
public final class CuttableProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int daemonPort;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Object passing = new Object();
  private volatile boolean refusing;
  private volatile boolean holding;

  private final class Link {
    private final Socket client;
    private final Socket daemon;
    private volatile boolean deaf;

    Link(Socket client, Socket daemon) {
      this.client = client;
      this.daemon = daemon;
    }

    void start() {
      startThread(() -> forward(client, daemon, false));
      startThread(() -> forward(daemon, client, true));
    }

    private void forward(Socket from, Socket to, boolean replies) {
      byte[] buffer = new byte[64 << 10];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (replies && holding) {
            awaitPassing();
            while (in.available() > 0 && read < buffer.length) {
              read += in.read(buffer, read, buffer.length - read);
            }
          }
          if (!(replies && deaf)) {
            out.write(buffer, 0, read);
          }
        }
      } catch (IOException e) {
        // Cut, by either side or by us: cutting the other half is all there is to do.
      } finally {
        cut();
      }
    }

    void cut() {
      links.remove(this);
      try {
        client.close();
        daemon.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Forwards to a daemon's port, from a port of its own. */
  public CuttableProxy(int daemonPort) throws IOException {
    this.daemonPort = daemonPort;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    startThread(this::accept);
  }

  /** The address for clients. */
  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** From now on what the daemon says is lost, on the connections that there are. */
  public void loseReplies() {
    links.forEach(link -> link.deaf = true);
  }

  /** Holds back what the daemon says, until {@link #passReplies} lets it through in one piece. */
  public void holdReplies() {
    holding = true;
  }

  /** Lets through what was held back, and what comes. */
  public void passReplies() {
    synchronized (passing) {
      holding = false;
      passing.notifyAll();
    }
  }

  private void awaitPassing() throws InterruptedIOException {
    synchronized (passing) {
      while (holding) {
        try {
          passing.wait();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
      }
    }
  }

  /** Cuts the connections that there are, and not those that are made as soon as it is noticed. */
  public void cut() {
    List.copyOf(links).forEach(Link::cut);
  }

  /** Whether new connections are cut at once, as if no daemon were there. */
  public void refuse(boolean refuse) {
    refusing = refuse;
  }

  /** How many connections were forwarded so far. */
  public int connections() {
    return made.get();
  }

  /** How many connections were cut at once so far. */
  public int refused() {
    return refused.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        if (refusing) {
          client.close();
          refused.incrementAndGet();
          continue;
        }
        client.setTcpNoDelay(true);
        Socket daemon = new Socket(InetAddress.getLoopbackAddress(), daemonPort);
        daemon.setTcpNoDelay(true);
        Link link = new Link(client, daemon);
        links.add(link);
        made.incrementAndGet();
        link.start();
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void startThread(Runnable task) {
    Thread thread = new Thread(task, "cuttable-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    passReplies();
    cut();
  }
}
