package dev.polyproc.client;

import dev.polyproc.client.internal.call.Waits;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.wire.Libraries;
import io.grpc.ManagedChannel;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The open clients of one {@link Embedded} daemon. For {@code polyproc-embedded}, which must know
 * that what they called has arrived before it lets time pass; of no use to others.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A client is among them from the end of its {@code connect()} until its session ends.
 *   <li>Any number of threads may use it.
 * </ul>
 */
public final class EmbeddedClients {
  /** The end of a client waits for nobody, but for its event loop. */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

  /** Those that have ended, too, as long as somebody knows them. */
  private final Set<Session> known =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** None yet. */
  public EmbeddedClients() {}

  /**
   * Looks at the class path before anything of the contract is used.
   *
   * @throws IllegalStateException when a library on it is too old, in a sentence
   */
  public static void requireLibraries() {
    Libraries.require();
  }

  /** Connects clients that will be among these. */
  public PolyprocBuilder builder(Supplier<? extends ManagedChannel> channels) {
    return Polyproc.builder().channels(channels).among(this);
  }

  /** Whether the calling thread is the event loop of one of these clients, which must not wait. */
  public boolean onLoop() {
    return sessions.stream().anyMatch(session -> session.transport().onLoop());
  }

  /**
   * Ends a client on this side as {@code kill -9} would end its process: it says nothing to the
   * daemon any more. Waits for that. Nothing is done where its session has ended.
   *
   * @return the id of its session, which its daemon is to end
   * @throws IllegalArgumentException when it is none of these
   */
  public String kill(Polyproc client) {
    Session session = client.requestor().session();
    if (!known.contains(session)) {
      throw new IllegalArgumentException(
          "Expected a client of this daemon, but " + client + " is another's");
    }
    if (onLoop()) {
      throw new IllegalStateException(
          "Expected a thread that may wait for the end of a client, but this is a client's event"
              + " loop; go on with thenRunAsync and its like");
    }
    Waits.uninterruptibly(session.kill(), END_NANOS);
    return session.opened().getSession();
  }

  void add(Session session) {
    known.add(session);
    sessions.add(session);
    session.whenEnded(() -> sessions.remove(session));
  }

  /**
   * Completes when the daemon has everything that these clients called before: every call whose
   * method has returned. A client whose session ends is not waited for, nor are calls for which the
   * client has no room yet, because thousands of its calls wait already.
   *
   * @throws IllegalStateException on the event loop of one of these clients, which must not wait
   */
  public CompletableFuture<Void> arrived() {
    if (onLoop()) {
      throw new IllegalStateException(
          "Expected a thread that may wait for what clients have called, but this is a client's"
              + " event loop; go on with thenRunAsync and its like");
    }
    return CompletableFuture.allOf(
        sessions.stream().map(Session::arrived).toArray(CompletableFuture[]::new));
  }
}
