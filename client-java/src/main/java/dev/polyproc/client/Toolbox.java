package dev.polyproc.client;

import dev.polyproc.client.internal.memory.Updates;
import dev.polyproc.client.internal.memory.Writers;
import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.ElementTypes;
import dev.polyproc.client.internal.value.RefCodec;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionRetainResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueCreateRequest;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the shared objects by name. A name is created when it is first asked for; asked for
 * again with the same shape it is the same object, with another shape it is refused. What has more
 * shape than a name is given as the contract's own request, such as {@code QueueCreateRequest}; one
 * without a name gets a generated one.
 */
public sealed class Toolbox permits Polyproc {
  /** Made with the first call, so that a class path that does not fit can be told of before. */
  private static final class Operations {
    static final Operation<AdminDeleteRequest, AdminDeleteResponse> DELETE =
        Operation.of(AdminServiceGrpc.getDeleteMethod());
    static final Operation<SessionRetainRequest, SessionRetainResponse> RETAIN =
        Operation.of(SessionServiceGrpc.getRetainMethod());
    static final Operation<SessionDropRequest, SessionDropResponse> DROP =
        Operation.of(SessionServiceGrpc.getDropMethod());

    private Operations() {}
  }

  private final Requestor requestor;
  private final Holds<Hold> holds;
  private final Holds<Hold> reads;
  private final Writers writers;
  private final Updates updates;

  Toolbox(Requestor requestor) {
    this(requestor, new Holds<>(), new Holds<>(), new Writers(), new Updates());
  }

  private Toolbox(
      Requestor requestor, Holds<Hold> holds, Holds<Hold> reads, Writers writers, Updates updates) {
    this.requestor = requestor;
    this.holds = holds;
    this.reads = reads;
    this.writers = writers;
    this.updates = updates;
  }

  /** A queue of any length, of items of one of Java's own types; see {@link Codec}. */
  public PolyQueue<Object> queue(String name) {
    return queue(name, Codec.ANY);
  }

  /** A queue of any length, of items of one of Java's own types; see {@link Codec#of}. */
  public <E> PolyQueue<E> queue(String name, Class<E> type) {
    return queue(name, Codec.of(type));
  }

  /** A queue of any length, of items of one type. */
  public <E> PolyQueue<E> queue(String name, Codec<E> codec) {
    return queue(QueueCreateRequest.newBuilder().setQueue(created("a queue", name)).build(), codec);
  }

  /** A queue of another shape, such as {@code QueueOptions.DEFAULTS.lifo()}. */
  public <E> PolyQueue<E> queue(String name, Codec<E> codec, QueueOptions options) {
    return queue(options.named(created("a queue", name)), codec);
  }

  /**
   * The queue of that name, which is there, whatever its shape; of items of any of Java's own
   * types, see {@link Codec}. One of lifetime {@code LIFETIME_REFERENCED} this client now holds,
   * too; see {@link #drop}.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyQueue<Object> existingQueue(String name) {
    return existingQueue(name, Codec.ANY);
  }

  /** {@link #existingQueue(String)}, of items of one of Java's own types; see {@link Codec#of}. */
  public <E> PolyQueue<E> existingQueue(String name, Class<E> type) {
    return existingQueue(name, Codec.of(type));
  }

  /** {@link #existingQueue(String)}, of items of one type. */
  public <E> PolyQueue<E> existingQueue(String name, Codec<E> codec) {
    return PolyQueue.of(
        requestor, retain(named("a queue", name, ObjectKind.OBJECT_KIND_QUEUE)), codec);
  }

  /** A queue of any shape. */
  public <E> PolyQueue<E> queue(QueueCreateRequest shape, Codec<E> codec) {
    return PolyQueue.create(requestor, shape, codec);
  }

  /** A plain lock: not reentrant, and the next in line has it when its holder dies. */
  public PolyLock lock(String name) {
    return lock(name, LockKind.LOCK_KIND_PLAIN, OnOwnerEnd.ON_OWNER_END_RELEASE);
  }

  /** A lock. */
  public PolyLock lock(String name, LockKind kind, OnOwnerEnd onOwnerEnd) {
    return lock(
        LockCreateRequest.newBuilder()
            .setLock(created("a lock", name))
            .setKind(kind)
            .setOnOwnerEnd(onOwnerEnd)
            .build());
  }

  /**
   * A plain lock for a key, such as {@code "order-" + id}: it is there only while somebody holds or
   * waits for it, so that there may be one for each of any number of keys. Asking for it costs no
   * call.
   *
   * <pre>{@code
   * try (Hold hold = polyproc.keyLock("order-" + id).acquire()) {
   *   // nobody else works on this order
   * }
   * }</pre>
   *
   * <p>Another shape of such a lock is a {@code LockCreateRequest} with {@code
   * LIFETIME_WHILE_USED}.
   */
  public PolyLock keyLock(String name) {
    return lock(PolyLock.keyShape(created("a lock", name)));
  }

  /** A lock of any shape. */
  public PolyLock lock(LockCreateRequest shape) {
    return PolyLock.create(requestor, holds, shape);
  }

  /**
   * Acquires several locks at once, all or none, and waits for them. Calls of this kind do not wait
   * for each other for ever, whatever the order of the locks. The locks are of this client, and all
   * leased for the same time or none; either none is a lock per key, or all are, of one shape.
   *
   * <pre>{@code
   * try (HeldLocks both = polyproc.lockAll(List.of(from, to))) {
   *   // nobody else works on either account
   * }
   * }</pre>
   */
  public HeldLocks lockAll(List<PolyLock> locks) throws InterruptedException {
    return HeldLocks.acquire(requestor, locks);
  }

  /** The same, until the time is up; null when it did not get all: it has none then. */
  public @Nullable HeldLocks lockAll(List<PolyLock> locks, long timeout, TimeUnit unit)
      throws InterruptedException {
    return HeldLocks.acquire(requestor, locks, timeout, unit);
  }

  /** Acquires several locks if all are free, and nobody waits for one; null where not. */
  public @Nullable HeldLocks tryLockAll(List<PolyLock> locks) {
    return HeldLocks.tryAcquire(requestor, locks);
  }

  /** The twin of {@link #lockAll(List)}. Its holds have an owner of their own. */
  public CompletableFuture<HeldLocks> lockAllAsync(List<PolyLock> locks) {
    return HeldLocks.acquireAsync(requestor, locks);
  }

  /** The twin of {@link #lockAll(List, long, TimeUnit)}; empty when it did not get all. */
  public CompletableFuture<Optional<HeldLocks>> lockAllAsync(
      List<PolyLock> locks, long timeout, TimeUnit unit) {
    return HeldLocks.acquireAsync(requestor, locks, timeout, unit);
  }

  /** A read-write lock, which the next in line has when its writer dies. */
  public PolyReadWriteLock readWriteLock(String name) {
    return readWriteLock(
        ReadWriteLockCreateRequest.newBuilder()
            .setLock(created("a read-write lock", name))
            .build());
  }

  /** A read-write lock of any shape. */
  public PolyReadWriteLock readWriteLock(ReadWriteLockCreateRequest shape) {
    return PolyReadWriteLock.create(requestor, holds, reads, shape);
  }

  /** A condition of any shape; see also {@link PolyLock#newCondition()}. */
  public PolyCondition condition(ConditionCreateRequest shape) {
    return PolyCondition.create(requestor, holds, shape, null);
  }

  /** An event. */
  public PolyEvent event(String name) {
    return event(EventCreateRequest.newBuilder().setEvent(created("an event", name)).build());
  }

  /** An event of any shape. */
  public PolyEvent event(EventCreateRequest shape) {
    return PolyEvent.create(requestor, shape);
  }

  /**
   * The barrier of that name, which is there.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyBarrier barrier(String name) {
    return PolyBarrier.of(
        requestor, retain(named("a barrier", name, ObjectKind.OBJECT_KIND_BARRIER)));
  }

  /**
   * A barrier of so many parties, which stays until it is deleted, with its round and whether it is
   * broken: one that is for one run has a name of that run, or is of lifetime {@code
   * LIFETIME_REFERENCED}.
   */
  public PolyBarrier barrier(String name, int parties) {
    return barrier(
        BarrierCreateRequest.newBuilder()
            .setBarrier(created("a barrier", name))
            .setParties(positive(parties))
            .build());
  }

  /**
   * A barrier of so many parties, of which the last that comes runs an action before all go on.
   *
   * @param action what this client runs when one of its threads is the last
   */
  public PolyBarrier barrier(String name, int parties, Runnable action) {
    Runnable known = PolyBarrier.required(action);
    return barrier(
            BarrierCreateRequest.newBuilder()
                .setBarrier(created("a barrier", name))
                .setParties(positive(parties))
                .setAction(true)
                .build())
        .withAction(known);
  }

  /** A barrier of any shape. */
  public PolyBarrier barrier(BarrierCreateRequest shape) {
    return PolyBarrier.create(requestor, shape);
  }

  private static int positive(int parties) {
    if (parties <= 0) {
      throw new IllegalArgumentException(
          "Expected a barrier to have at least one party, but it is to have " + parties);
    }
    return parties;
  }

  /**
   * The semaphore of that name, which is there.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolySemaphore semaphore(String name) {
    return PolySemaphore.of(
        requestor, retain(named("a semaphore", name, ObjectKind.OBJECT_KIND_SEMAPHORE)));
  }

  /** A semaphore of so many permits, which come back when the program dies that holds them. */
  public PolySemaphore semaphore(String name, int permits) {
    return semaphore(counted(name, permits, 0).build());
  }

  /** The same, which never has more permits than at first. */
  public PolySemaphore boundedSemaphore(String name, int permits) {
    return semaphore(counted(name, permits, 1).setMaxPermits(permits).build());
  }

  private static SemaphoreCreateRequest.Builder counted(String name, int permits, int least) {
    if (permits < least) {
      throw new IllegalArgumentException(
          "Expected a number of permits from " + least + " up, but it is " + permits);
    }
    return SemaphoreCreateRequest.newBuilder()
        .setSemaphore(created("a semaphore", name))
        .setPermits(permits);
  }

  /** A semaphore of any shape. */
  public PolySemaphore semaphore(SemaphoreCreateRequest shape) {
    return PolySemaphore.create(requestor, shape);
  }

  /**
   * The latch of that name, which is there.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyLatch latch(String name) {
    return PolyLatch.of(requestor, retain(named("a latch", name, ObjectKind.OBJECT_KIND_LATCH)));
  }

  /**
   * A latch that counts down from a number, once: it stays until it is deleted, and who asks for it
   * by the same name later finds it as it is, open where an earlier run has opened it. One that is
   * for one run has a name of that run, or is of lifetime {@code LIFETIME_REFERENCED}, so that it
   * goes with the last program that uses it, or is deleted when the run begins.
   */
  public PolyLatch latch(String name, long count) {
    if (count < 0) {
      throw new IllegalArgumentException("Expected a count from 0 up, but it is " + count);
    }
    return latch(
        LatchCreateRequest.newBuilder().setLatch(created("a latch", name)).setCount(count).build());
  }

  /** A latch of any shape. */
  public PolyLatch latch(LatchCreateRequest shape) {
    return PolyLatch.create(requestor, shape);
  }

  /** A number to count with, from 0 where it is new; of INT64. */
  public PolyLong atomicLong(String name) {
    return new PolyLong(requestor, value(name, ElementType.ELEMENT_TYPE_INT64, 0), this::guard);
  }

  /** A number to count with, from another number where it is new; of INT64. */
  public PolyLong atomicLong(String name, long initial) {
    return new PolyLong(
        requestor, value(name, ElementType.ELEMENT_TYPE_INT64, initial), this::guard);
  }

  /** A number to count with, from 0 where it is new; of INT32. */
  public PolyInteger atomicInteger(String name) {
    return atomicInteger(name, 0);
  }

  /** A number to count with, from another number where it is new; of INT32. */
  public PolyInteger atomicInteger(String name, int initial) {
    return new PolyInteger(
        requestor, value(name, ElementType.ELEMENT_TYPE_INT32, initial), this::guard);
  }

  /** A number to calculate with, from 0 where it is new; of FLOAT64. */
  public PolyDouble atomicDouble(String name) {
    return atomicDouble(name, 0);
  }

  /** A number to calculate with, from another number where it is new; of FLOAT64. */
  public PolyDouble atomicDouble(String name, double initial) {
    ValueCreateRequest shape =
        ValueCreateRequest.newBuilder()
            .setValue(created("a value", name))
            .setType(ElementType.ELEMENT_TYPE_FLOAT64)
            .setContent(Value.newBuilder().setFloat(initial))
            .build();
    return new PolyDouble(requestor, PolyValue.create(requestor, shape), this::guard);
  }

  /** A truth value to share, false where it is new; of BOOL. */
  public PolyBoolean atomicBoolean(String name) {
    return atomicBoolean(name, false);
  }

  /** A truth value to share, and what it is where it is new; of BOOL. */
  public PolyBoolean atomicBoolean(String name, boolean initial) {
    return new PolyBoolean(
        requestor, value(name, ElementType.ELEMENT_TYPE_BOOL, initial ? 1 : 0), this::guard);
  }

  private Ref value(String name, ElementType type, long initial) {
    return PolyValue.create(
        requestor,
        ValueCreateRequest.newBuilder()
            .setValue(created("a value", name))
            .setType(type)
            .setContent(Value.newBuilder().setInt(initial))
            .build());
  }

  /**
   * The value of that name, which is there, whatever its type; its content as any of Java's own
   * types, see {@link Codec}.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyValue<Object> value(String name) {
    return existingValue(name, Codec.ANY);
  }

  /**
   * {@link #value(String)}, its content as one of Java's own types; see {@link Codec#of}.
   *
   * @throws IllegalArgumentException when the content is never read as that type
   */
  public <E> PolyValue<E> value(String name, Class<E> type) {
    PolyValue<E> value = existingValue(name, Codec.of(type));
    ElementTypes.requireReadable(value.type(), type);
    return value;
  }

  private <E> PolyValue<E> existingValue(String name, Codec<E> codec) {
    Ref ref = retain(named("a value", name, ObjectKind.OBJECT_KIND_VALUE));
    return new PolyValue<>(requestor, ref, codec, this::guard);
  }

  /**
   * One number or character of any shape, as one of Java's own types; see {@link Codec#of}.
   *
   * @throws IllegalArgumentException when the content is never read as that type
   */
  public <E> PolyValue<E> value(ValueCreateRequest shape, Class<E> type) {
    ElementTypes.requireReadable(shape.getType(), type);
    return new PolyValue<>(
        requestor, PolyValue.create(requestor, shape), Codec.of(type), this::guard);
  }

  /**
   * The array of that name, which is there, whatever its type and length; its elements as any of
   * Java's own types, see {@link Codec}.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyArray<Object> array(String name) {
    return existingArray(name, Codec.ANY);
  }

  /**
   * {@link #array(String)}, its elements as one of Java's own types; see {@link Codec#of}.
   *
   * @throws IllegalArgumentException when the elements are never read as that type
   */
  public <E> PolyArray<E> array(String name, Class<E> elements) {
    PolyArray<E> array = existingArray(name, Codec.of(elements));
    ElementTypes.requireReadable(array.known(), elements);
    return array;
  }

  private <E> PolyArray<E> existingArray(String name, Codec<E> codec) {
    Ref ref = retain(named("an array", name, ObjectKind.OBJECT_KIND_ARRAY));
    return PolyArray.find(requestor, ref, codec, this::guard);
  }

  /**
   * So many elements of a type, each as one of Java's own types; see {@link Codec#of}.
   *
   * @throws IllegalArgumentException when the elements are never read as that type
   */
  public <E> PolyArray<E> array(String name, ElementType type, int length, Class<E> elements) {
    ArrayCreateRequest.Builder shape =
        ArrayCreateRequest.newBuilder().setArray(created("an array", name)).setType(type);
    return array(shape.setLength(fromZero(length)).build(), elements);
  }

  /**
   * An array of any shape.
   *
   * @throws IllegalArgumentException when the elements are never read as that type
   */
  public <E> PolyArray<E> array(ArrayCreateRequest shape, Class<E> elements) {
    ElementTypes.requireReadable(shape.getType(), elements);
    return new PolyArray<>(
        requestor,
        PolyArray.create(requestor, shape),
        shape.getType(),
        Codec.of(elements),
        this::guard);
  }

  /**
   * The array in shared memory of that name, which is there, whatever its type and length. One of
   * lifetime {@code LIFETIME_REFERENCED} this client now holds, too.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND};
   *     where the client is not on the daemon's Unix socket, with {@code ERROR_REASON_NOT_LOCAL};
   *     where its file is not what the daemon says, with {@code ERROR_REASON_SEGMENT_LOST}
   */
  public PolySharedArray sharedArray(String name) {
    Ref named = named("a shared array", name, ObjectKind.OBJECT_KIND_SHARED_MEMORY);
    return PolySharedArray.of(requestor, retain(named), writers, updates, this::guard)
        .mapped(this::dropOnce);
  }

  /**
   * So many elements of a type in shared memory, each 0 where it is new. An embedded daemon has
   * none. What is made here and cannot be mapped here is deleted again.
   *
   * @throws PolyprocException as {@link #sharedArray(String)}; where the daemon's folder of shared
   *     memory is full, with {@code ERROR_REASON_NO_SPACE}
   */
  public PolySharedArray sharedArray(String name, ElementType type, int length) {
    SharedMemoryCreateRequest.Builder shape =
        SharedMemoryCreateRequest.newBuilder()
            .setMemory(created("a shared array", name))
            .setType(type);
    return sharedArray(shape.setLength(fromZero(length)).build());
  }

  /** An array in shared memory of any shape; see {@link #sharedArray(String, ElementType, int)}. */
  public PolySharedArray sharedArray(SharedMemoryCreateRequest shape) {
    return PolySharedArray.create(requestor, shape, this::dropOnce, writers, updates, this::guard);
  }

  private static int fromZero(int length) {
    if (length < 0) {
      throw new IllegalArgumentException("Expected a length from 0 up, but it is " + length);
    }
    return length;
  }

  /** The lock that guards a value or an array, which is made when it is first acquired. */
  private PolyLock guard(String name) {
    return PolyLock.create(
        requestor,
        holds,
        PolyLock.keyShape(name).toBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
  }

  /** A dict with keys and values of any of Java's own types; see {@link Codec}. */
  public PolyDict<Object, Object> dict(String name) {
    return dict(name, Codec.ANY, Codec.ANY);
  }

  /** A dict with keys and values of two of Java's own types; see {@link Codec#of}. */
  public <K, V> PolyDict<K, V> dict(String name, Class<K> keys, Class<V> values) {
    return dict(name, Codec.of(keys), Codec.of(values));
  }

  /** A dict with keys and values of two types. */
  public <K, V> PolyDict<K, V> dict(String name, Codec<K> keys, Codec<V> values) {
    return dict(
        DictCreateRequest.newBuilder().setDict(created("a dict", name)).build(), keys, values);
  }

  /** A dict of any shape. */
  public <K, V> PolyDict<K, V> dict(DictCreateRequest shape, Codec<K> keys, Codec<V> values) {
    return PolyDict.create(requestor, shape, keys, values);
  }

  /** A list of elements of any of Java's own types; see {@link Codec}. */
  public PolyList<Object> list(String name) {
    return list(name, Codec.ANY);
  }

  /** A list of elements of one of Java's own types; see {@link Codec#of}. */
  public <E> PolyList<E> list(String name, Class<E> type) {
    return list(name, Codec.of(type));
  }

  /** A list of elements of one type. */
  public <E> PolyList<E> list(String name, Codec<E> codec) {
    return list(ListCreateRequest.newBuilder().setList(created("a list", name)).build(), codec);
  }

  /** A list of any shape. */
  public <E> PolyList<E> list(ListCreateRequest shape, Codec<E> codec) {
    return PolyList.create(requestor, shape, codec);
  }

  /** A namespace. */
  public PolyNamespace namespace(String name) {
    return namespace(
        NamespaceCreateRequest.newBuilder().setNamespace(created("a namespace", name)).build());
  }

  /** A namespace of any shape. */
  public PolyNamespace namespace(NamespaceCreateRequest shape) {
    return PolyNamespace.create(requestor, shape);
  }

  /** A pipe whose ends send and receive messages of any of Java's own types; see {@link Codec}. */
  public PolyPipe<Object> pipe(String name) {
    return pipe(name, Codec.ANY);
  }

  /** A pipe whose ends send and receive messages of one of Java's own types. */
  public <M> PolyPipe<M> pipe(String name, Class<M> type) {
    return pipe(name, Codec.of(type));
  }

  /** A pipe whose ends send and receive messages of one type. */
  public <M> PolyPipe<M> pipe(String name, Codec<M> codec) {
    return pipe(PipeCreateRequest.newBuilder().setPipe(created("a pipe", name)).build(), codec);
  }

  /** A pipe of any shape. */
  public <M> PolyPipe<M> pipe(PipeCreateRequest shape, Codec<M> codec) {
    return PolyPipe.create(requestor, shape, codec);
  }

  /** The end of a pipe that has this name, which this client now holds, too. */
  public <M> PolyPipeEnd<M> pipeEnd(String name, Codec<M> codec) {
    Ref end = named("an end of a pipe", name, ObjectKind.OBJECT_KIND_PIPE_END);
    return PolyPipeEnd.of(requestor, retain(end), codec);
  }

  /**
   * A list without a name of its own, which lives as long as this client, another one or a stored
   * value refers to it; see {@link #drop}.
   */
  public <E> PolyList<E> newList(Codec<E> codec) {
    return list(
        ListCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build(), codec);
  }

  /** A dict without a name of its own, as {@link #newList}. */
  public <K, V> PolyDict<K, V> newDict(Codec<K> keys, Codec<V> values) {
    return dict(
        DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build(),
        keys,
        values);
  }

  /** A queue without a name of its own, as {@link #newList}: to be answered through, say. */
  public <E> PolyQueue<E> newQueue(Codec<E> codec) {
    return queue(
        QueueCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build(), codec);
  }

  /** Shared lists as values: {@code dict("d", Codec.STRING, lists(Codec.LONG))}. */
  public <E> Codec<PolyList<E>> lists(Codec<E> codec) {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_LIST, ref -> PolyList.of(requestor, ref, codec));
  }

  /** Shared dicts as values. */
  public <K, V> Codec<PolyDict<K, V>> dicts(Codec<K> keys, Codec<V> values) {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_DICT, ref -> PolyDict.of(requestor, ref, keys, values));
  }

  /** Queues as values. */
  public <E> Codec<PolyQueue<E>> queues(Codec<E> codec) {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_QUEUE, ref -> PolyQueue.of(requestor, ref, codec));
  }

  /** Ends of pipes as values. */
  public <M> Codec<PolyPipeEnd<M>> pipeEnds(Codec<M> codec) {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_PIPE_END, ref -> PolyPipeEnd.of(requestor, ref, codec));
  }

  /** Namespaces as values. */
  public Codec<PolyNamespace> namespaces() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_NAMESPACE, ref -> PolyNamespace.of(requestor, ref));
  }

  /** Locks as values. */
  public Codec<PolyLock> locks() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_LOCK, ref -> PolyLock.of(requestor, holds, ref));
  }

  /** Read-write locks as values. */
  public Codec<PolyReadWriteLock> readWriteLocks() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_READ_WRITE_LOCK,
        ref -> PolyReadWriteLock.of(requestor, holds, reads, ref));
  }

  /** Conditions as values. */
  public Codec<PolyCondition> conditions() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_CONDITION, ref -> PolyCondition.of(requestor, holds, ref));
  }

  /** Events as values. */
  public Codec<PolyEvent> events() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_EVENT, ref -> PolyEvent.of(requestor, ref));
  }

  /** Barriers as values. */
  public Codec<PolyBarrier> barriers() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_BARRIER, ref -> PolyBarrier.of(requestor, ref));
  }

  /** Pools as values. */
  public Codec<PolyPool> pools() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_POOL, ref -> PolyPool.of(requestor, ref));
  }

  /** Jobs of pools as values. */
  public Codec<PolyJob> jobs() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_JOB, ref -> PolyJob.of(requestor, ref));
  }

  /** Values of a fixed size as values, each as one of Java's own types; see {@link Codec#of}. */
  public <E> Codec<PolyValue<E>> values(Class<E> type) {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_VALUE,
        ref -> new PolyValue<>(requestor, ref, Codec.of(type), this::guard));
  }

  /** Numbers of INT64 as values. */
  public Codec<PolyLong> atomicLongs() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_VALUE, ref -> new PolyLong(requestor, ref, this::guard));
  }

  /** Numbers of INT32 as values. */
  public Codec<PolyInteger> atomicIntegers() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_VALUE, ref -> new PolyInteger(requestor, ref, this::guard));
  }

  /** Numbers of FLOAT64 as values. */
  public Codec<PolyDouble> atomicDoubles() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_VALUE, ref -> new PolyDouble(requestor, ref, this::guard));
  }

  /** Truth values of BOOL as values. */
  public Codec<PolyBoolean> atomicBooleans() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_VALUE, ref -> new PolyBoolean(requestor, ref, this::guard));
  }

  /** Arrays as values, their elements as one of Java's own types; see {@link Codec#of}. */
  public <E> Codec<PolyArray<E>> arrays(Class<E> elements) {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_ARRAY,
        ref ->
            new PolyArray<>(
                requestor,
                ref,
                ElementType.ELEMENT_TYPE_UNSPECIFIED,
                Codec.of(elements),
                this::guard));
  }

  /** Arrays in shared memory as values, each of which is mapped when it is first used. */
  public Codec<PolySharedArray> sharedArrays() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_SHARED_MEMORY,
        ref -> PolySharedArray.of(requestor, ref, writers, updates, this::guard));
  }

  /** Semaphores as values. */
  public Codec<PolySemaphore> semaphores() {
    return new RefCodec<>(
        ObjectKind.OBJECT_KIND_SEMAPHORE, ref -> PolySemaphore.of(requestor, ref));
  }

  /** Latches as values. */
  public Codec<PolyLatch> latches() {
    return new RefCodec<>(ObjectKind.OBJECT_KIND_LATCH, ref -> PolyLatch.of(requestor, ref));
  }

  /** What has the name now, if it is of that kind. */
  private static Ref named(String what, String name, ObjectKind kind) {
    return Ref.newBuilder().setName(named(what, name)).setKind(kind).build();
  }

  private Ref retain(Ref ref) {
    return requestor
        .call(Operations.RETAIN, SessionRetainRequest.newBuilder().addRefs(ref).build())
        .getRefs(0);
  }

  /**
   * Says that nobody in this client needs an object any more. One of lifetime REFERENCED, such as
   * {@link #newList} makes, ends when no other client and no stored value refers to it either;
   * until it is dropped, or this client is closed, it lives on, as does every such object that this
   * client was handed a ref to. Other objects are left as they are.
   */
  public void drop(PolyObject object) {
    requestor.call(
        Operations.DROP,
        SessionDropRequest.newBuilder()
            .addDrops(SessionDrop.newBuilder().setRef(object.ref()))
            .build());
  }

  /** Takes back that it was retained once; others of this client keep it. */
  private void dropOnce(PolyObject object) {
    requestor.call(
        Operations.DROP,
        SessionDropRequest.newBuilder()
            .addDrops(SessionDrop.newBuilder().setRef(object.ref()).setCount(1))
            .build());
  }

  /** A pool, whose workers come by themselves. */
  public PolyPool pool(String name) {
    return pool(name, PoolOptions.DEFAULTS);
  }

  /** A pool of another shape, such as one whose workers the daemon starts. */
  public PolyPool pool(String name, PoolOptions options) {
    return pool(options.named(created("a pool", name)));
  }

  /** A pool of any shape. */
  public PolyPool pool(PoolCreateRequest shape) {
    return PolyPool.create(requestor, shape);
  }

  /**
   * The pool of that name, which is there, whatever its shape.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyPool existingPool(String name) {
    return PolyPool.of(requestor, retain(named("a pool", name, ObjectKind.OBJECT_KIND_POOL)));
  }

  /**
   * The job of that name, which is there, of whichever pool.
   *
   * @throws PolyprocException where there is none, with {@code ERROR_REASON_OBJECT_NOT_FOUND}
   */
  public PolyJob existingJob(String name) {
    return PolyJob.of(requestor, retain(named("a job", name, ObjectKind.OBJECT_KIND_JOB)));
  }

  /** What process to start: a program, which the daemon looks up in its own path, and arguments. */
  public ProcessStarter command(String command, String... arguments) {
    return new ProcessStarter(requestor, command, List.of(arguments));
  }

  /** The process of that name, which was started before. */
  public PolyProcess process(String name) {
    return PolyProcess.find(requestor, named("a process", name));
  }

  /** All processes, in the order of their start. */
  public Iterable<Process> processes() {
    return PolyProcess.list(requestor);
  }

  /** Deletes an object of any kind. Calls that wait for it fail with OBJECT_DELETED. */
  public void delete(String name) {
    requestor.call(
        Operations.DELETE,
        AdminDeleteRequest.newBuilder().setObject(named("what is to be deleted", name)).build());
  }

  /**
   * The same objects, but every call to them takes effect only while {@code hold} lasts; afterwards
   * it is refused with {@code ERROR_REASON_GUARD_FAILED}. So a holder that was stopped for longer
   * than it may hold the lock cannot spoil the work of the next one.
   */
  public Toolbox guardedBy(Hold hold) {
    return new Toolbox(requestor.guardedBy(hold.guard()), holds, reads, writers, updates);
  }

  Requestor requestor() {
    return requestor;
  }

  /** What it is, with what this side knows of it: no call, and no secret. */
  @Override
  public String toString() {
    Guard guard = requestor.guard();
    return guard == null
        ? "Toolbox of Polyproc " + requestor.session()
        : "Toolbox of Polyproc "
            + requestor.session()
            + ", guarded by lock '"
            + guard.getLock()
            + "'";
  }

  /**
   * The name of what is made unless it is there, where an empty one would mean a new object under
   * another name.
   */
  static String created(String kind, String name) {
    return named(kind, name, "; for a generated name, give a create request without one");
  }

  /** The name of what is there. */
  private static String named(String kind, String name) {
    return named(kind, name, "");
  }

  private static String named(String kind, String name, String hint) {
    Objects.requireNonNull(name, () -> "Expected the name of " + kind + ", but it is null");
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "Expected the name of " + kind + ", but it is empty" + hint);
    }
    return name;
  }
}
