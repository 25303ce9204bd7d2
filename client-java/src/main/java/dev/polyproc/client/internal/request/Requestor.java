package dev.polyproc.client.internal.request;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import com.google.rpc.Code;
import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.call.AsyncCall;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.Entrance;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.call.Waits;
import dev.polyproc.client.internal.session.Revision;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the objects of a client make their calls: in three ways, which differ in who waits, and under
 * a guard if there is one, for one incarnation of an object if that is known.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #await} throws {@code InterruptedException} only when the call had no effect, or
 *       will have none once the daemon, which is silent, takes it back. Otherwise it answers the
 *       result, or says that it is not known, and the thread stays interrupted.
 *   <li>A timeout and an interrupt end a wait whatever the daemon does.
 *   <li>Nothing waits on the event loop: the two ways that wait refuse to.
 * </ul>
 */
public final class Requestor {
  /** How much longer than its timeout, or than an interrupt, a call waits for the daemon's word. */
  public static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final AtomicLong ASYNC_OWNERS = new AtomicLong();

  private final Session session;
  private final @Nullable Guard guard;
  private final byte[] fixed;

  /** What the futures of these calls have an order with; see {@code Callbacks}. */
  private final Object object;

  /** Of the thread that called last, which nearly always is the next one, too. */
  private @Nullable Trailer latest;

  /** What calls of a thread end with; safe to publish, as its fields are final. */
  private record Trailer(long thread, byte[] bytes) {}

  public Requestor(Session session, @Nullable Guard guard) {
    this(session, guard, 0, session);
  }

  private Requestor(Session session, @Nullable Guard guard, long incarnation, Object object) {
    this.session = session;
    this.guard = guard;
    this.object = object;
    Call.Builder fields = Call.newBuilder().setIncarnation(incarnation);
    if (guard != null) {
      fields.setGuard(guard);
    }
    this.fixed = fields.build().toByteArray();
  }

  public Session session() {
    return session;
  }

  private Calls calls() {
    return session.calls();
  }

  private Entrance entrance() {
    return session.calls().entrance();
  }

  public Limits limits() {
    return session.opened().getLimits();
  }

  /** How many elements a call may be about at most. */
  public int pageSize() {
    return Math.max(1, limits().getPageSize());
  }

  /** How many bits a sum may have that {@code codec} is to read; see {@link Revision#bits}. */
  public int bits(Codec<?> codec) {
    return Revision.bits(codec, session.opened().getServer());
  }

  /** A timeout as a request carries it. */
  public Duration timeout(long timeout, TimeUnit unit) {
    return Durations.timeout(timeout, unit, limits().getDuration());
  }

  /** The same calls under a guard. */
  public Requestor guardedBy(Guard other) {
    return new Requestor(session, other);
  }

  /** The same calls, which mean this very object and no later one of its name. */
  public Requestor meaning(Ref ref) {
    return new Requestor(session, guard, ref.getIncarnation(), ref);
  }

  /** The same calls, which mean whatever object has the name that they give. */
  public Requestor meaningAny() {
    return new Requestor(session, guard, 0, session);
  }

  public @Nullable Guard guard() {
    return guard;
  }

  /** Makes a call that the daemon answers at once, and waits for it, whoever interrupts. */
  public <Q extends MessageLite, S extends MessageLite> S call(
      Operation<Q, S> operation, Q request) {
    return call(operation, request, trailer());
  }

  /** {@link #call(Operation, MessageLite)} for an owner. */
  public <Q extends MessageLite, S extends MessageLite> S call(
      Operation<Q, S> operation, Q request, String owner) {
    return call(operation, request, trailer(owner));
  }

  private <Q extends MessageLite, S extends MessageLite> S call(
      Operation<Q, S> operation, Q request, byte[] trailer) {
    mayWait(operation);
    PendingCall<S> call = entrance().prepare(operation.body(request, trailer), operation::response);
    entrance().enterUninterruptibly(call);
    calls().sendAndLead(call);
    return join(call);
  }

  /**
   * Makes calls that the daemon answers at once, all of them before it waits for the first reply: a
   * round trip for many. When one fails, the others may have taken effect.
   */
  public <Q extends MessageLite, S extends MessageLite> List<S> callAll(
      Operation<Q, S> operation, List<Q> requests) {
    mayWait(operation);
    byte[] trailer = trailer();
    List<PendingCall<S>> pending = new ArrayList<>(requests.size());
    for (Q request : requests) {
      PendingCall<S> call =
          entrance().prepare(operation.body(request, trailer), operation::response);
      entrance().enterUninterruptibly(call);
      calls().send(call);
      pending.add(call);
    }
    List<S> responses = new ArrayList<>(pending.size());
    pending.forEach(call -> responses.add(join(call)));
    return responses;
  }

  /** Makes a call that may wait at the daemon, and waits for it unless interrupted. */
  public <Q extends MessageLite, S extends MessageLite> S await(
      Operation<Q, S> operation, Q request) throws InterruptedException {
    return await(operation, request, trailer(), Long.MAX_VALUE);
  }

  /** {@link #await(Operation, MessageLite)} for an owner. */
  public <Q extends MessageLite, S extends MessageLite> S await(
      Operation<Q, S> operation, Q request, String owner) throws InterruptedException {
    return await(operation, request, trailer(owner), Long.MAX_VALUE);
  }

  /**
   * {@link #await(Operation, MessageLite)} that ends by itself a {@link #GRACE_NANOS} after the
   * timeout that the request has: the daemon, which should have said so, is silent.
   */
  public <Q extends MessageLite, S extends MessageLite> S await(
      Operation<Q, S> operation, Q request, long timeout, TimeUnit unit)
      throws InterruptedException {
    long nanos = Math.max(0, unit.toNanos(timeout));
    return await(
        operation, request, trailer(), nanos + Math.min(GRACE_NANOS, Long.MAX_VALUE - nanos));
  }

  private <Q extends MessageLite, S extends MessageLite> S await(
      Operation<Q, S> operation, Q request, byte[] trailer, long nanos)
      throws InterruptedException {
    mayWait(operation);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    PendingCall<S> call = entrance().prepare(operation.body(request, trailer), operation::response);
    long deadline = System.nanoTime() + nanos;
    if (nanos == Long.MAX_VALUE) {
      entrance().enter(call);
    } else if (!entrance().enter(call, nanos)) {
      return operation.nothing(); // It has not been sent, and never will be.
    }
    calls().sendAndLead(call);
    try {
      return get(call, nanos == Long.MAX_VALUE ? nanos : deadline - System.nanoTime());
    } catch (TimeoutException e) {
      S result = giveUp(operation, call, 0);
      return result == null ? operation.nothing() : result;
    } catch (InterruptedException e) {
      return interrupted(operation, call, e);
    }
  }

  private <S extends MessageLite> S interrupted(
      Operation<?, S> operation, PendingCall<S> call, InterruptedException interrupt)
      throws InterruptedException {
    S result;
    try {
      result = giveUp(operation, call, GRACE_NANOS);
    } catch (RuntimeException e) {
      Thread.currentThread().interrupt();
      throw e;
    }
    if (result == null) {
      throw interrupt;
    }
    Thread.currentThread().interrupt();
    return result;
  }

  /**
   * What a call comes to that its thread waits for no longer: its result, if that came first, or
   * null when it has no effect, or will have none once the daemon takes it back. Which of both it
   * is, the event loop decides: whatever comes after that is not confirmed.
   *
   * @param patience how long to wait for the daemon's word, in nanoseconds
   * @throws PolyprocException when what it may have done stands, and the daemon does not say
   */
  private <S extends MessageLite> @Nullable S giveUp(
      Operation<?, S> operation, PendingCall<S> call, long patience) {
    call.cancel(true);
    CompletableFuture<?> decided = CompletableFuture.anyOf(call, session.transport().turn());
    if (!Waits.uninterruptibly(call, patience)) {
      var unused = decided.handle((word, failure) -> true).join();
    }
    if (call.isDone()) {
      return call.isCancelled() ? null : join(call);
    }
    if (operation.stands()) {
      throw unknownOutcome(operation);
    }
    return null;
  }

  private static <S> S get(PendingCall<S> call, long nanos)
      throws InterruptedException, TimeoutException {
    try {
      return nanos == Long.MAX_VALUE ? call.get() : call.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw Errors.thrown(e.getCause());
    }
  }

  private PolyprocException unknownOutcome(Operation<?, ?> operation) {
    return new PolyprocException(
        ErrorReason.ERROR_REASON_UNSPECIFIED,
        Code.UNAVAILABLE,
        "Expected the daemon to answer "
            + operation.name()
            + " in time, but it is silent; whether this call took effect is not known",
        Map.of(),
        null);
  }

  /**
   * Makes a call without waiting for its reply; waits for room while the client has too many calls
   * in flight, unless on the event loop.
   */
  public <Q extends MessageLite, S extends MessageLite, R extends @Nullable Object>
      CompletableFuture<R> async(Operation<Q, S> operation, Q request, Function<S, R> result) {
    return async(operation, request, result, null);
  }

  /** {@link #async(Operation, MessageLite, Function)} for an owner. */
  public <Q extends MessageLite, S extends MessageLite, R extends @Nullable Object>
      CompletableFuture<R> async(
          Operation<Q, S> operation, Q request, Function<S, R> result, @Nullable String owner) {
    byte[] body = operation.body(request, owner == null ? fixed : trailer(owner));
    AsyncCall<R> call =
        entrance()
            .prepareAsync(
                body,
                object,
                operation.grants(),
                bytes -> {
                  S response = operation.response(bytes);
                  return () -> result.apply(response);
                });
    if (session.transport().onLoop()) {
      entrance().enterAtOnce(call);
    } else {
      try {
        entrance().enter(call);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        CompletableFuture<R> cancelled = new CompletableFuture<>();
        cancelled.cancel(false);
        return cancelled;
      }
    }
    calls().send(call);
    return call;
  }

  /**
   * Makes a call of the client's own, without waiting for anything: neither its reply nor room.
   * There are few, those of a {@code Consumption}. What depends on its future runs on the event
   * loop.
   */
  public <Q extends MessageLite, S extends MessageLite, R> CompletableFuture<R> internal(
      Operation<Q, S> operation, Q request, Function<S, R> result) {
    PendingCall<R> call =
        entrance()
            .prepare(
                operation.body(request, fixed),
                response -> result.apply(operation.response(response)));
    entrance().enterAnyway(call);
    calls().send(call);
    return call;
  }

  /** The calling thread, as the daemon knows it. */
  public static String owner() {
    return "thread-" + Thread.currentThread().getId();
  }

  /** An owner that nobody else is, as of a call whose thread goes on. */
  public static String newOwner() {
    return "async-" + ASYNC_OWNERS.incrementAndGet();
  }

  /** What calls of the calling thread end with. */
  private byte[] trailer() {
    long thread = Thread.currentThread().getId();
    Trailer known = latest;
    if (known == null || known.thread != thread) {
      known = new Trailer(thread, trailer(owner()));
      latest = known;
    }
    return known.bytes;
  }

  private byte[] trailer(String owner) {
    byte[] named = Call.newBuilder().setOwner(owner).build().toByteArray();
    return fixed.length == 0
        ? named
        : ByteString.copyFrom(named).concat(ByteString.copyFrom(fixed)).toByteArray();
  }

  /** Refuses to wait on the event loop. */
  public void mayWait(Operation<?, ?> operation) {
    mayWait(operation.name());
  }

  /** Refuses to wait on the event loop for something. */
  public void mayWait(String what) {
    session.transport().mayWait(what);
  }

  private static <S> S join(PendingCall<S> call) {
    try {
      return call.join();
    } catch (CompletionException e) {
      throw Errors.thrown(e.getCause());
    }
  }

  /** Whether the calls are the same: of one client, to one object, under one guard. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Requestor requestor
        && session == requestor.session
        && object.equals(requestor.object)
        && Objects.equals(guard, requestor.guard);
  }

  @Override
  public int hashCode() {
    return Objects.hash(System.identityHashCode(session), object, guard);
  }
}
