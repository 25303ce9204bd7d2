package dev.polyproc.client;

import io.grpc.ManagedChannel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

  /** None yet. */
  public EmbeddedClients() {}

  /** Connects clients that will be among these. */
  public PolyprocBuilder builder(Supplier<? extends ManagedChannel> channels) {
    return Polyproc.builder().channels(channels).among(this);
  }

  /** Whether the calling thread is the event loop of one of these clients, which must not wait. */
  public boolean onLoop() {
    return sessions.stream().anyMatch(session -> session.transport().onLoop());
  }

  void add(Session session) {
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
