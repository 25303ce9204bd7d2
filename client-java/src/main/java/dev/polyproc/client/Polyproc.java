package dev.polyproc.client;

import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ServerInfo;

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
  Polyproc(Session session) {
    super(new Caller(session, null));
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

  /** Connects with more to say than an address. */
  public static PolyprocBuilder builder() {
    return new PolyprocBuilder(System::getenv);
  }

  /** The daemon, as it was when the session was opened. */
  public ServerInfo server() {
    return caller().session().opened().getServer();
  }

  /** The daemon's limits. */
  public Limits limits() {
    return caller().limits();
  }

  /** The session's number, by which others see it. */
  public long session() {
    return caller().session().opened().getNumber();
  }

  /** In words, what will not work between this client and the daemon; empty when all will. */
  public String incompatibility() {
    return caller().session().opened().getIncompatibility();
  }

  /**
   * Closes the session. Calls that the daemon can answer are answered first; calls that still wait
   * fail, and had no effect. Waits for the daemon for a few seconds at most.
   */
  @Override
  public void close() {
    caller().session().close();
  }
}
