package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.SessionEndRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who attacks a daemon: the connections and sessions that are made for one attack, which
 * go when it is over, or has taken too long.
 */
final class Attacker implements AutoCloseable {
  /** What an attacker names starts with this. */
  static final String PREFIX = "attack/";

  /** Whether there is time for the long variants; see scripts/soak. */
  static final boolean LONG = Boolean.getBoolean("polyproc.abuse.long");

  private static final int SECONDS = LONG ? 60 : 3;

  private final DaemonProcess daemon;
  private final Credential credential;
  private final List<AutoCloseable> opened = Collections.synchronizedList(new ArrayList<>());
  private final List<String> sessions = new ArrayList<>();
  private final Bystander bystander;
  private final ScheduledExecutorService clock = DaemonThread.scheduled("attack-deadline");
  private volatile boolean over;

  Attacker(DaemonProcess daemon, Credential credential, Bystander bystander) {
    this.daemon = daemon;
    this.credential = credential;
    this.bystander = bystander;
    var unused = clock.schedule(this::breakOff, SECONDS, TimeUnit.SECONDS);
  }

  /** As many of something as there is time for. */
  static int many(int usually, int inTheLongVariant) {
    return LONG ? inTheLongVariant : usually;
  }

  /** Whether the time for it is over. */
  boolean isOver() {
    return over;
  }

  DaemonProcess daemon() {
    return daemon;
  }

  Credential credential() {
    return credential;
  }

  /** A connection on which nothing was said yet. */
  SocketChannel dial() throws IOException {
    return dial(
        credential == Credential.SOCKET
            ? UnixDomainSocketAddress.of(daemon.socket())
            : loopback(daemon.port()));
  }

  /** The same to the port with TLS. */
  SocketChannel dialTls() throws IOException {
    return dial(loopback(daemon.listenPort()));
  }

  private static SocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private SocketChannel dial(SocketAddress address) throws IOException {
    SocketChannel channel =
        address instanceof InetSocketAddress
            ? SocketChannel.open()
            : SocketChannel.open(StandardProtocolFamily.UNIX);
    keep(channel);
    channel.connect(address);
    return channel;
  }

  /** A connection that has said hello, with settings. */
  RawHttp2 connect(int... settings) throws IOException {
    return new RawHttp2(dial()).hello(settings);
  }

  /** The headers of a call, such as of "polyproc.v1.QueueService/Put". */
  byte[] headers(String method, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                ":method",
                "POST",
                ":scheme",
                "http",
                ":path",
                "/" + method,
                ":authority",
                "x",
                "te",
                "trailers",
                "content-type",
                "application/grpc"));
    if (credential == Credential.TOKEN) {
      all.addAll(List.of("authorization", "Bearer " + daemon.token()));
    }
    all.addAll(List.of(more));
    return RawHttp2.block(all.toArray(String[]::new));
  }

  /** A well-behaved client. */
  Client client() {
    return keep(
        credential == Credential.SOCKET
            ? Client.over(daemon.socket())
            : Client.over(daemon.port(), daemon.token()));
  }

  /** A session that ends with the attack. */
  String session() {
    String session = client().openSession(Durations.fromSeconds(30));
    sessions.add(session);
    return session;
  }

  /** Stays as it is until others have been served for a while. */
  void stay() {
    bystander.awaitRounds(many(15, 300));
  }

  private <T extends AutoCloseable> T keep(T connection) {
    opened.add(connection);
    if (over) {
      breakOff();
    }
    return connection;
  }

  /** Closes all connections; whoever writes to one of them is told so. */
  private void breakOff() {
    over = true;
    synchronized (opened) {
      opened.forEach(Attacker::close);
    }
  }

  private static void close(AutoCloseable connection) {
    try {
      connection.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Does what an attack is, until it is done, or the daemon has had enough, or the time is over.
   */
  void carryOut(Attack attack) {
    try {
      attack.deed().by(this);
    } catch (IOException endedByTheDaemonOrTheClock) {
      // Either is a fair end.
    } catch (StatusRuntimeException e) {
      if (!over) {
        throw e;
      }
    }
    stay();
  }

  /** Goes, and takes along what it left in the daemon. */
  @Override
  public void close() {
    clock.shutdownNow();
    breakOff();
    if (!daemon.isAlive()) {
      return;
    }
    try (Client tidying = Client.over(daemon.socket())) {
      for (String session : sessions) {
        endSession(tidying.with(Envelope.of(session)));
      }
      Tidying.deleteAll(tidying, PREFIX);
    } catch (StatusRuntimeException notServed) {
      // The judge will say so.
    }
  }

  private static void endSession(Client session) {
    try {
      var unused = session.sessions().end(SessionEndRequest.getDefaultInstance());
    } catch (StatusRuntimeException ended) {
      if (ended.getStatus().getCode() == Status.Code.UNAVAILABLE) {
        throw ended;
      }
    }
  }
}
