package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.EventClearRequest;
import dev.polyproc.v1.EventClearResponse;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventCreateResponse;
import dev.polyproc.v1.EventIsSetRequest;
import dev.polyproc.v1.EventIsSetResponse;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventSetRequest;
import dev.polyproc.v1.EventSetResponse;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.EventWaitResponse;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A flag that any number of threads and programs can wait for: Python's {@code Event}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #set} wakes all that wait, the longest first; a {@link #clear} right after it takes
 *       that back from nobody.
 * </ul>
 */
public final class PolyEvent extends Handle {
  private static final Operation<EventCreateRequest, EventCreateResponse> CREATE =
      Operation.of(EventServiceGrpc.getCreateMethod());
  private static final Operation<EventSetRequest, EventSetResponse> SET =
      Operation.of(EventServiceGrpc.getSetMethod());
  private static final Operation<EventClearRequest, EventClearResponse> CLEAR =
      Operation.of(EventServiceGrpc.getClearMethod());
  private static final Operation<EventIsSetRequest, EventIsSetResponse> IS_SET =
      Operation.of(EventServiceGrpc.getIsSetMethod());
  private static final Operation<EventWaitRequest, EventWaitResponse> WAIT =
      Operation.of(EventServiceGrpc.getWaitMethod());

  private PolyEvent(Requestor requestor, Ref ref) {
    super(requestor, ref);
  }

  static PolyEvent create(Requestor requestor, EventCreateRequest shape) {
    return of(requestor, requestor.call(CREATE, shape).getRef());
  }

  static PolyEvent of(Requestor requestor, Ref ref) {
    return new PolyEvent(requestor.meaning(ref), ref);
  }

  /** Sets the flag and wakes all that wait. */
  public void set() {
    requestor.call(SET, EventSetRequest.newBuilder().setEvent(name()).build());
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync() {
    return requestor.async(
        SET, EventSetRequest.newBuilder().setEvent(name()).build(), response -> null);
  }

  /** Clears the flag. */
  public void clear() {
    requestor.call(CLEAR, EventClearRequest.newBuilder().setEvent(name()).build());
  }

  /** The twin of {@link #clear}. */
  public CompletableFuture<@Nullable Void> clearAsync() {
    return requestor.async(
        CLEAR, EventClearRequest.newBuilder().setEvent(name()).build(), response -> null);
  }

  /** Whether the flag is set. */
  public boolean isSet() {
    return requestor.call(IS_SET, EventIsSetRequest.newBuilder().setEvent(name()).build()).getSet();
  }

  /** The twin of {@link #isSet}. */
  public CompletableFuture<Boolean> isSetAsync() {
    return requestor.async(
        IS_SET,
        EventIsSetRequest.newBuilder().setEvent(name()).build(),
        EventIsSetResponse::getSet);
  }

  /** Waits until the flag is set. */
  public void await() throws InterruptedException {
    requestor.await(WAIT, wait(null));
  }

  /** Waits until the flag is set, or the time is up; answers whether it is set. */
  public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
    return requestor.await(WAIT, wait(requestor.timeout(timeout, unit)), timeout, unit).getSet();
  }

  /** The twin of {@link #await()}. */
  public CompletableFuture<@Nullable Void> awaitAsync() {
    return requestor.async(WAIT, wait(null), response -> null);
  }

  /** The twin of {@link #await(long, TimeUnit)}. */
  public CompletableFuture<Boolean> awaitAsync(long timeout, TimeUnit unit) {
    return requestor.async(WAIT, wait(requestor.timeout(timeout, unit)), EventWaitResponse::getSet);
  }

  private EventWaitRequest wait(@Nullable Duration timeout) {
    EventWaitRequest.Builder request = EventWaitRequest.newBuilder().setEvent(name());
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }
}
