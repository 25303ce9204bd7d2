package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreReleaseResponse;
import dev.polyproc.v1.SemaphoreServiceGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What one acquisition has of a {@link PolySemaphore}. Closing it releases it; any thread may. */
public final class Permits implements AutoCloseable {
  private static final Operation<SemaphoreReleaseRequest, SemaphoreReleaseResponse> RELEASE =
      Operation.of(SemaphoreServiceGrpc.getReleaseMethod());

  private final Requestor requestor;
  private final String semaphore;
  private final int permits;
  private final long token;
  private final boolean previousOwnerDied;
  private final AtomicBoolean closed = new AtomicBoolean();

  Permits(
      Requestor requestor, String semaphore, int permits, long token, boolean previousOwnerDied) {
    this.requestor = requestor;
    this.semaphore = semaphore;
    this.permits = permits;
    this.token = token;
    this.previousOwnerDied = previousOwnerDied;
  }

  /** How many were acquired. */
  public int count() {
    return permits;
  }

  /** The token: higher than those of all acquisitions of all semaphores and locks before. */
  public long token() {
    return token;
  }

  /**
   * Whether permits came back without a word since the acquisition before, because a program ended
   * or a lease ran out: what they stood for may be half done.
   */
  public boolean previousOwnerDied() {
    return previousOwnerDied;
  }

  /**
   * Releases the permits; once, however often it is called. Waits for the daemon's word.
   *
   * @throws PolyprocException when they are not held any more: their lease ran out, or another
   *     release took them off
   * @throws IllegalStateException on the client's event loop, where nothing waits; they are still
   *     held, and {@link #closeAsync} releases them
   */
  @Override
  public void close() {
    requestor.mayWait(RELEASE);
    if (closed.compareAndSet(false, true)) {
      requestor.call(RELEASE, releasing());
    }
  }

  /** The twin of {@link #close}. */
  public CompletableFuture<@Nullable Void> closeAsync() {
    return closed.compareAndSet(false, true)
        ? requestor.async(RELEASE, releasing(), response -> null)
        : CompletableFuture.completedFuture(null);
  }

  private SemaphoreReleaseRequest releasing() {
    return SemaphoreReleaseRequest.newBuilder()
        .setSemaphore(semaphore)
        .setPermits(permits)
        .setToken(token)
        .build();
  }

  @Override
  public String toString() {
    return permits
        + " permits of PolySemaphore '"
        + semaphore
        + "', "
        + (closed.get() ? "released" : "held");
  }
}
