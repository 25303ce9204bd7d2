package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.files.Environment;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ServerInfo;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Polyproc daemon, and the session that everything belongs to which this client
 * holds.
 *
 * <pre>{@code
 * try (Polyproc polyproc = Polyproc.connect()) {
 *   PolyQueue<String> jobs = polyproc.queue("jobs", String.class);
 *   jobs.put("hello");
 *   System.out.println(jobs.take());
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Any number of threads may use it and what it hands out.
 *   <li>A call counts once, also when the connection breaks between the call and its answer.
 *   <li>When the session is lost, every call in flight fails with {@link SessionLostException}, the
 *       callback is told once, and later calls fail at once.
 *   <li>{@link #close} ends the session: what it held is free, calls that still wait fail, and the
 *       client's thread and connection are gone. So they are when the program dies.
 * </ul>
 */
public final class Polyproc extends Toolbox implements AutoCloseable {
  private final Runnable afterwards;

  /**
   * @param afterwards ends what ends with the client
   */
  Polyproc(Session session, Runnable afterwards) {
    super(new Requestor(session, null));
    this.afterwards = afterwards;
  }

  /**
   * Starts a daemon inside this JVM, over no network, and connects to it; closing the client ends
   * it. For tests, and for programs that share nothing with others yet. It starts no processes.
   *
   * @throws IllegalStateException when {@code dev.polyproc:polyproc-embedded} is not on the class
   *     path, which also has what controls such a daemon: its clock, more clients, JUnit
   */
  public static Polyproc embedded() {
    Embedded daemon =
        provider(Polyproc.class.getClassLoader())
            .or(() -> provider(Thread.currentThread().getContextClassLoader()))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "Expected dev.polyproc:polyproc-embedded on the class path, but it is not"
                            + " there"))
            .start();
    try {
      return new Polyproc(builder().channels(daemon::newChannel).open(), daemon::close);
    } catch (RuntimeException e) {
      daemon.close();
      throw e;
    }
  }

  /** The client's own class loader comes first: a thread may have none, or another one. */
  private static Optional<Embedded.Provider> provider(@Nullable ClassLoader classes) {
    return ServiceLoader.load(Embedded.Provider.class, classes).findFirst();
  }

  /**
   * Connects to the daemon that {@code POLYPROC_ADDRESS} names, else to the one of this user on
   * this machine.
   *
   * @throws PolyprocException when there is none, with what to do
   */
  public static Polyproc connect() {
    return builder().connect();
  }

  /**
   * Connects to the daemon at {@code unix:/path}, {@code host:port} or {@code tls://host:port}.
   *
   * @throws PolyprocException when there is none, with what to do
   */
  public static Polyproc connect(String address) {
    return builder().address(address).connect();
  }

  /**
   * Connects with more to say than an address.
   *
   * @throws IllegalStateException when a library of the class path is too old, in a sentence
   */
  public static PolyprocBuilder builder() {
    return new PolyprocBuilder(Environment.ofThisProcess()::get);
  }

  /** The daemon, as it was when the session was opened. */
  public ServerInfo server() {
    return requestor().session().opened().getServer();
  }

  /** The daemon's limits. */
  public Limits limits() {
    return requestor().limits();
  }

  /** The session's number, by which others see it. */
  public long session() {
    return requestor().session().opened().getNumber();
  }

  /** In words, what will not work between this client and the daemon; empty when all will. */
  public String incompatibility() {
    return requestor().session().opened().getIncompatibility();
  }

  /**
   * Closes the session. Calls that the daemon can answer are answered first; calls that still wait
   * fail, and had no effect. Waits for the daemon for a few seconds at most.
   */
  @Override
  public void close() {
    Session session = requestor().session();
    session.close();
    if (session.transport().onLoop()) { // which must not wait for what comes afterwards
      session.whenEnded(() -> session.threads().start("polyproc-close", afterwards));
    } else {
      afterwards.run();
    }
  }

  /** The client, with what this side knows of its session: no call, and no secret. */
  @Override
  public String toString() {
    return "Polyproc " + requestor().session();
  }
}
