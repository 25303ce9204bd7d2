package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreCreateResponse;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreGetResponse;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreReleaseResponse;
import dev.polyproc.v1.SemaphoreServiceGrpc;
import dev.polyproc.v1.Waiter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits that programs of all languages share, in two ways: with the methods of {@link
 * java.util.concurrent.Semaphore}, and by {@link #hold}, whose {@link Permits} are closed.
 *
 * <pre>{@code
 * PolySemaphore licences = polyproc.semaphore("licences", 5);
 * try (Permits permit = licences.hold(1)) {
 *   // at most five programs are here
 * }
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Who waits is served in the order of arrival; one that wants many permits is not overtaken
 *       by one that wants few.
 *   <li>What was acquired is held by this client. When its program dies, the semaphore does what it
 *       was created to; by default the permits are given back, and {@link
 *       Permits#previousOwnerDied} says so.
 *   <li>A plain one is released by anyone, also what nobody acquired; an owned one, {@code
 *       SEMAPHORE_KIND_OWNED}, by the client that acquired it.
 *   <li>Whoever is interrupted while it waits has acquired nothing.
 *   <li>Permits that stand for work, which one program adds and another consumes, are to stay
 *       consumed when that one ends: create such a semaphore with {@code ON_OWNER_END_KEEP}.
 * </ul>
 *
 * <p><b>Otherwise than {@code java.util.concurrent.Semaphore}</b>
 *
 * <ul>
 *   <li>It is always fair: {@link #tryAcquire()} and {@link #drainPermits} do not pass those that
 *       wait.
 *   <li>It may be bounded, as it was created: a {@link #release} that would exceed that throws a
 *       {@link PolyprocException} of {@code ERROR_REASON_OVER_RELEASED}, where {@code Semaphore}
 *       throws an {@code Error} above 2147483647; an {@code acquire} of more fails at once.
 *   <li>It begins with no fewer than 0 permits.
 * </ul>
 */
public final class PolySemaphore extends Handle {
  private static final Operation<SemaphoreCreateRequest, SemaphoreCreateResponse> CREATE =
      Operation.of(SemaphoreServiceGrpc.getCreateMethod());
  private static final Operation<SemaphoreAcquireRequest, SemaphoreAcquireResponse> ACQUIRE =
      Operation.of(SemaphoreServiceGrpc.getAcquireMethod());
  private static final Operation<SemaphoreReleaseRequest, SemaphoreReleaseResponse> RELEASE =
      Operation.of(SemaphoreServiceGrpc.getReleaseMethod());
  private static final Operation<SemaphoreDrainRequest, SemaphoreDrainResponse> DRAIN =
      Operation.of(SemaphoreServiceGrpc.getDrainMethod());
  private static final Operation<SemaphoreGetRequest, SemaphoreGetResponse> GET =
      Operation.of(SemaphoreServiceGrpc.getGetMethod());

  private final @Nullable Duration lease;

  private PolySemaphore(Requestor requestor, Ref ref, @Nullable Duration lease) {
    super(requestor, ref);
    this.lease = lease;
  }

  static PolySemaphore create(Requestor requestor, SemaphoreCreateRequest shape) {
    return of(requestor, requestor.call(CREATE, shape).getRef());
  }

  static PolySemaphore of(Requestor requestor, Ref ref) {
    return new PolySemaphore(requestor.meaning(ref), ref, null);
  }

  /**
   * The same semaphore, but what {@link #hold} acquires is given back by itself after so long,
   * whatever else happens; the next to acquire is told that the previous owner died. Its methods
   * without a token throw an IllegalStateException: a {@link #release} that came after the time
   * would give back what somebody else has.
   */
  public PolySemaphore leased(Duration longestHold) {
    return new PolySemaphore(requestor, ref, longestHold);
  }

  // As java.util.concurrent.Semaphore.

  /** Acquires a permit, and waits for it. */
  public void acquire() throws InterruptedException {
    acquire(1);
  }

  /** Acquires so many permits, all at once, and waits for them. */
  public void acquire(int permits) throws InterruptedException {
    if (isSome(permits)) {
      requireAcquired(requestor.await(ACQUIRE, acquiring(permits).build()));
    } else if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Acquires a permit, and waits for it, whoever interrupts. */
  public void acquireUninterruptibly() {
    acquireUninterruptibly(1);
  }

  /** Acquires so many permits, all at once, and waits for them, whoever interrupts. */
  public void acquireUninterruptibly(int permits) {
    if (isSome(permits)) {
      requireAcquired(requestor.call(ACQUIRE, acquiring(permits).build()));
    }
  }

  /** Acquires a permit if one is there and nobody waits before; answers whether it did. */
  public boolean tryAcquire() {
    return tryAcquire(1);
  }

  /** Acquires so many permits if they are there and nobody waits before; answers whether it did. */
  public boolean tryAcquire(int permits) {
    return !isSome(permits)
        || requestor.call(ACQUIRE, within(acquiring(permits), 0, TimeUnit.SECONDS)).getAcquired();
  }

  /** Acquires a permit, and waits for it until the time is up; answers whether it did. */
  public boolean tryAcquire(long timeout, TimeUnit unit) throws InterruptedException {
    return tryAcquire(1, timeout, unit);
  }

  /**
   * Acquires so many permits, all at once, and waits for them until the time is up; answers whether
   * it did.
   */
  public boolean tryAcquire(int permits, long timeout, TimeUnit unit) throws InterruptedException {
    if (isSome(permits)) {
      SemaphoreAcquireRequest request = within(acquiring(permits), timeout, unit);
      return requestor.await(ACQUIRE, request, timeout, unit).getAcquired();
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return true;
  }

  /** Releases a permit; see {@link #release(int)}. */
  public void release() {
    release(1);
  }

  /**
   * Releases so many permits: off what this client acquired, the oldest first; of a plain semaphore
   * then off what others did, and what nobody acquired is added. What {@link #hold} acquired is
   * closed, and no release takes it off.
   *
   * @throws PolyprocException when there would be more than there may be ({@code
   *     ERROR_REASON_OVER_RELEASED}), or this client holds fewer of an owned one ({@code
   *     ERROR_REASON_NOT_HELD}); nothing has changed then
   */
  public void release(int permits) {
    if (isSome(permits)) {
      requestor.call(RELEASE, releasing(permits));
    }
  }

  /** The twin of {@link #release(int)}. */
  public CompletableFuture<@Nullable Void> releaseAsync(int permits) {
    return isSome(permits)
        ? requestor.async(RELEASE, releasing(permits), response -> null)
        : CompletableFuture.completedFuture(null);
  }

  /** How many permits are there now. */
  public int availablePermits() {
    return get().getPermits();
  }

  /** Acquires all permits that are there, unless somebody waits; answers how many. */
  public int drainPermits() {
    return requestor.call(DRAIN, draining()).getPermits();
  }

  /** The twin of {@link #drainPermits}. */
  public CompletableFuture<Integer> drainPermitsAsync() {
    return requestor.async(
        DRAIN, draining(), SemaphoreDrainResponse::getPermits, Requestor.owner());
  }

  private SemaphoreDrainRequest draining() {
    requireNoLease();
    return SemaphoreDrainRequest.newBuilder().setSemaphore(name()).build();
  }

  /** It always is. */
  public boolean isFair() {
    return true;
  }

  /** Whether anybody waits for permits, in any program. */
  public boolean hasQueuedThreads() {
    return getQueueLength() > 0;
  }

  /** How many wait for permits, in all programs. */
  public int getQueueLength() {
    return get().getWaiting();
  }

  // With tokens.

  /** Acquires so many permits, at least one, and waits for them. Close them to release them. */
  public Permits hold(int permits) throws InterruptedException {
    return held(requestor.await(ACQUIRE, holding(some(permits)).build()), permits);
  }

  /**
   * Acquires so many permits, at least one, and waits for them until the time is up; null when it
   * did not get them.
   */
  public @Nullable Permits hold(int permits, long timeout, TimeUnit unit)
      throws InterruptedException {
    SemaphoreAcquireRequest request = within(holding(some(permits)), timeout, unit);
    return permits(requestor.await(ACQUIRE, request, timeout, unit), permits);
  }

  /** The twin of {@link #hold(int)}. */
  public CompletableFuture<Permits> holdAsync(int permits) {
    return requestor.async(
        ACQUIRE,
        holding(some(permits)).build(),
        response -> held(response, permits),
        Requestor.owner());
  }

  /** The twin of {@link #hold(int, long, TimeUnit)}; empty when it did not get them. */
  public CompletableFuture<Optional<Permits>> holdAsync(int permits, long timeout, TimeUnit unit) {
    return requestor.async(
        ACQUIRE,
        within(holding(some(permits)), timeout, unit),
        response -> Optional.ofNullable(permits(response, permits)),
        Requestor.owner());
  }

  /** Who holds permits, the oldest first; the first of them where they are many. */
  public List<Holder> holders() {
    return get().getHoldersList();
  }

  /** Who waits for permits, in line; the first of them where they are many. */
  public List<Waiter> waiters() {
    return get().getWaitersList();
  }

  private SemaphoreGetResponse get() {
    return requestor.call(GET, SemaphoreGetRequest.newBuilder().setSemaphore(name()).build());
  }

  private SemaphoreAcquireRequest.Builder acquiring(int permits) {
    requireNoLease();
    return SemaphoreAcquireRequest.newBuilder().setSemaphore(name()).setPermits(permits);
  }

  /** What is acquired so is given back under its token alone. */
  private SemaphoreAcquireRequest.Builder holding(int permits) {
    SemaphoreAcquireRequest.Builder acquire =
        SemaphoreAcquireRequest.newBuilder()
            .setSemaphore(name())
            .setPermits(permits)
            .setByToken(true);
    return lease == null ? acquire : acquire.setLease(Durations.of(lease));
  }

  private void requireNoLease() {
    if (lease != null) {
      throw new IllegalStateException(
          "Expected permits of '"
              + name()
              + "' that have a lease to be acquired by hold(), whose Permits are closed, but this"
              + " is a method without a token: it would not know when they are gone");
    }
  }

  private SemaphoreAcquireRequest within(
      SemaphoreAcquireRequest.Builder request, long timeout, TimeUnit unit) {
    return request.setTimeout(requestor.timeout(timeout, unit)).build();
  }

  private SemaphoreReleaseRequest releasing(int permits) {
    requireNoLease();
    return SemaphoreReleaseRequest.newBuilder().setSemaphore(name()).setPermits(permits).build();
  }

  /** Whether there is something to do for so many permits. */
  private static boolean isSome(int permits) {
    if (permits < 0) {
      throw new IllegalArgumentException(
          "Expected a number of permits from 0 up, but it is " + permits);
    }
    return permits > 0;
  }

  private static int some(int permits) {
    if (permits < 1) {
      throw new IllegalArgumentException(
          "Expected a number of permits from 1 up, but it is " + permits);
    }
    return permits;
  }

  private @Nullable Permits permits(SemaphoreAcquireResponse response, int permits) {
    return response.getAcquired()
        ? new Permits(
            requestor, name(), permits, response.getToken(), response.getPreviousOwnerDied())
        : null;
  }

  private Permits held(SemaphoreAcquireResponse response, int permits) {
    requireAcquired(response);
    return new Permits(
        requestor, name(), permits, response.getToken(), response.getPreviousOwnerDied());
  }

  private void requireAcquired(SemaphoreAcquireResponse response) {
    if (!response.getAcquired()) {
      throw Errors.of(
          ErrorReason.ERROR_REASON_INTERNAL,
          "Expected to wait for semaphore '" + name() + "' for ever, but the time was up");
    }
  }
}
