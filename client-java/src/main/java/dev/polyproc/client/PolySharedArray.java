package dev.polyproc.client;

import dev.polyproc.client.internal.memory.Header;
import dev.polyproc.client.internal.memory.Segment;
import dev.polyproc.client.internal.memory.SegmentFile;
import dev.polyproc.client.internal.memory.Updates;
import dev.polyproc.client.internal.memory.Writers;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An array of numbers or characters of a fixed size that programs of one machine have in their
 * memory, whatever their language: Python's {@code multiprocessing.shared_memory}. What one writes
 * the others read, without a call.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Any threads may use it at once, as they may an array of Java: an element is never torn,
 *       also in bulk; and nothing is promised of the order in which others see what is written.
 *   <li>The methods of one step, from {@link #getVolatile} to {@link #compareAndSet}, work as those
 *       of an {@code AtomicLongArray}, with those of other programs and languages.
 *   <li>What was written before a lock is released, an event set or an item put, of this daemon, is
 *       seen by whoever acquired the lock, saw the event or got the item.
 *   <li>What {@link #update} changes {@link #read} sees as a whole, or not at all.
 *   <li>What is written stays when the program dies that wrote it, also half of it. The next holder
 *       of {@link #lock} is told where the program had that lock, or was {@link #beginWriting}.
 *   <li>Elements of UINT64 are the bits of a {@code long}: from 2^63 on they are negative, as
 *       {@code Long.toUnsignedString} and its like take them. Those of UINT32 and smaller are not.
 *   <li>Its file must not be cut: who reads what was cut off is thrown an {@code InternalError}.
 * </ul>
 *
 * <p>The memory is given back when nothing refers to it any more, neither this object nor a buffer
 * of it, and the collector has seen that: {@link #close} takes it away from this handle only.
 */
public final class PolySharedArray extends Handle implements AutoCloseable {
  private static final Operation<SharedMemoryCreateRequest, SharedMemoryCreateResponse> CREATE =
      Operation.of(SharedMemoryServiceGrpc.getCreateMethod());
  private static final Operation<SharedMemoryLocateRequest, SharedMemoryLocateResponse> LOCATE =
      Operation.of(SharedMemoryServiceGrpc.getLocateMethod());
  private static final Operation<SharedMemoryGetRequest, SharedMemoryGetResponse> GET =
      Operation.of(SharedMemoryServiceGrpc.getGetMethod());
  private static final Operation<AdminDeleteRequest, AdminDeleteResponse> DELETE =
      Operation.of(AdminServiceGrpc.getDeleteMethod());

  /** How often {@link #read} looks before it takes the lock. */
  private static final int MOST_LOOKS = 64;

  /** Of these, after how many it lets another thread run in between. */
  private static final int QUICK_LOOKS = 16;

  private final Writers writers;
  private final Updates updates;
  private final Function<String, PolyLock> guards;
  private volatile @Nullable Segment segment;
  private volatile boolean closed;

  private PolySharedArray(
      Requestor requestor,
      Ref ref,
      Writers writers,
      Updates updates,
      Function<String, PolyLock> guards) {
    super(requestor.meaning(ref), ref);
    this.writers = writers;
    this.updates = updates;
    this.guards = guards;
  }

  /**
   * Gets or creates one, and maps it; what was created and cannot be mapped is deleted again.
   *
   * @param letGo undoes that this client retains one that was there before
   */
  static PolySharedArray create(
      Requestor requestor,
      SharedMemoryCreateRequest shape,
      Consumer<PolySharedArray> letGo,
      Writers writers,
      Updates updates,
      Function<String, PolyLock> guards) {
    SharedMemoryCreateResponse answer = requestor.call(CREATE, shape);
    return of(requestor, answer.getRef(), writers, updates, guards)
        .mapped(answer.getCreated() ? PolySharedArray::delete : letGo);
  }

  /** Maps it now; where it cannot be mapped, that it is had is undone. */
  PolySharedArray mapped(Consumer<PolySharedArray> undo) {
    try {
      var unused = segment();
      return this;
    } catch (RuntimeException | Error e) {
      try {
        undo.accept(this);
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** One that is mapped when it is first used. */
  static PolySharedArray of(
      Requestor requestor,
      Ref ref,
      Writers writers,
      Updates updates,
      Function<String, PolyLock> guards) {
    return new PolySharedArray(requestor, ref, writers, updates, guards);
  }

  private Segment segment() {
    Segment mapped = segment;
    return mapped == null ? map() : mapped;
  }

  private Segment map() {
    requireOpen();
    Segment mapped =
        SegmentFile.open(
            requestor.call(
                LOCATE, SharedMemoryLocateRequest.newBuilder().setMemory(name()).build()));
    segment = mapped;
    if (closed) { // meanwhile
      segment = null;
    }
    requireOpen();
    return mapped;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "Expected '" + name() + "' to be open here, but this handle was closed");
    }
  }

  /**
   * Lets go of this handle: whoever uses it from now on is thrown an {@code IllegalStateException}.
   * Buffers that it gave stay as they are, and so does the array; see {@link #delete}. Closing the
   * handle again does nothing.
   */
  @Override
  public void close() {
    closed = true;
    segment = null;
  }

  /** Deletes the array for all. Whoever has it in memory keeps that, alone. */
  public void delete() {
    requestor.call(DELETE, AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  /** The type of its elements. */
  public ElementType type() {
    return segment().type();
  }

  /** How many elements it has. */
  public int length() {
    return segment().length();
  }

  /** Whether it was deleted, or its daemon ended: what is written now no other program will see. */
  public boolean isRemoved() {
    return segment().header().isRemoved();
  }

  // Single elements.

  /**
   * The whole number or character at an index; of BOOL 0 or 1.
   *
   * @throws UnsupportedOperationException of floats
   */
  public long getLong(int index) {
    return segment().elements().getLong(index);
  }

  /**
   * Replaces the whole number or character at an index.
   *
   * @throws IllegalArgumentException where it is out of the range of its type
   * @throws UnsupportedOperationException of floats
   */
  public void setLong(int index, long number) {
    segment().elements().setLong(index, number);
  }

  /**
   * The float at an index.
   *
   * @throws UnsupportedOperationException of whole numbers and characters
   */
  public double getDouble(int index) {
    return segment().elements().getDouble(index);
  }

  /**
   * Replaces the float at an index, of FLOAT32 by the nearest one of these.
   *
   * @throws UnsupportedOperationException of whole numbers and characters
   */
  public void setDouble(int index, double number) {
    segment().elements().setDouble(index, number);
  }

  // In one step: INT32, UINT32, INT64 and UINT64.

  /**
   * The number at an index, as of a {@code volatile} field.
   *
   * @throws UnsupportedOperationException of other types than INT32, UINT32, INT64 and UINT64
   */
  public long getVolatile(int index) {
    return segment().elements().getVolatile(index);
  }

  /** Replaces the number at an index, as of a {@code volatile} field; see {@link #getVolatile}. */
  public void setVolatile(int index, long number) {
    segment().elements().setVolatile(index, number);
  }

  /** Replaces the number at an index; answers the one before; see {@link #getVolatile}. */
  public long getAndSet(int index, long number) {
    return segment().elements().getAndSet(index, number);
  }

  /**
   * Adds to the number at an index; answers the one before; see {@link #getVolatile}. What is out
   * of range wraps.
   */
  public long getAndAdd(int index, long amount) {
    return segment().elements().getAndAdd(index, amount);
  }

  /** Adds to the number at an index; answers the sum; see {@link #getAndAdd}. */
  public long addAndGet(int index, long amount) {
    return segment().elements().addAndGet(index, amount);
  }

  /**
   * Replaces the number at an index if it is another one; answers whether it was; see {@link
   * #getVolatile}.
   */
  public boolean compareAndSet(int index, long expected, long number) {
    return segment().elements().compareAndSet(index, expected, number);
  }

  // Many elements.

  /** Copies elements from an index on, of INT64 or UINT64. */
  public void get(int index, long[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().longs().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Copies elements from an index on, of INT32, UINT32 or WCHAR. */
  public void get(int index, int[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().ints().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Copies elements from an index on, of INT16 or UINT16. */
  public void get(int index, short[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().shorts().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Copies elements from an index on, of BOOL, INT8, UINT8 or CHAR. */
  public void get(int index, byte[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().singleBytes().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Copies elements from an index on, of FLOAT64. */
  public void get(int index, double[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().doubles().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Copies elements from an index on, of FLOAT32. */
  public void get(int index, float[] into, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().floats().get(mapped.blocks().from(index, count), into, offset, count);
  }

  /** Replaces elements from an index on, of INT64 or UINT64. */
  public void put(int index, long[] numbers, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().longs().put(mapped.blocks().from(index, count), numbers, offset, count);
  }

  /** Replaces elements from an index on, of INT32, UINT32 or WCHAR. */
  public void put(int index, int[] numbers, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().ints().put(mapped.blocks().from(index, count), numbers, offset, count);
  }

  /** Replaces elements from an index on, of INT16 or UINT16. */
  public void put(int index, short[] numbers, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().shorts().put(mapped.blocks().from(index, count), numbers, offset, count);
  }

  /** Replaces elements from an index on, of BOOL, INT8, UINT8 or CHAR. */
  public void put(int index, byte[] bytes, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().singleBytes().put(mapped.blocks().from(index, count), bytes, offset, count);
  }

  /** Replaces elements from an index on, of FLOAT64. */
  public void put(int index, double[] numbers, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().doubles().put(mapped.blocks().from(index, count), numbers, offset, count);
  }

  /** Replaces elements from an index on, of FLOAT32. */
  public void put(int index, float[] numbers, int offset, int count) {
    Segment mapped = segment();
    mapped.blocks().floats().put(mapped.blocks().from(index, count), numbers, offset, count);
  }

  /** All elements, of INT64 or UINT64: the memory itself. */
  public LongBuffer asLongBuffer() {
    return segment().blocks().longs();
  }

  /** All elements, of INT32, UINT32 or WCHAR: the memory itself. */
  public IntBuffer asIntBuffer() {
    return segment().blocks().ints();
  }

  /** All elements, of INT16 or UINT16: the memory itself. */
  public ShortBuffer asShortBuffer() {
    return segment().blocks().shorts();
  }

  /** All elements, of FLOAT64: the memory itself. */
  public DoubleBuffer asDoubleBuffer() {
    return segment().blocks().doubles();
  }

  /** All elements, of FLOAT32: the memory itself. */
  public FloatBuffer asFloatBuffer() {
    return segment().blocks().floats();
  }

  /** The bytes of all elements, whatever their type, little-endian: the memory itself. */
  public ByteBuffer asByteBuffer() {
    return segment().blocks().bytes();
  }

  // What belongs together.

  /**
   * The lock that guards it, which is reentrant, and may guard others too: then it tells of a death
   * once, and whoever is told has to {@link #mend} all of them under that hold. No method but
   * {@link #update}, {@link #mend} and {@link #read} asks for it.
   */
  public PolyLock lock() {
    return guards.apply(segment().lock());
  }

  /**
   * Even, or odd while somebody updates; so often as it is even all was whole, if all programs
   * change by {@link #update} what belongs together.
   */
  public long sequence() {
    return segment().header().sequence();
  }

  /**
   * Changes what belongs together: under the lock, for which it waits, and so that {@link #read}
   * sees all of it or nothing. An update inside of an update is part of it.
   *
   * <p>A change that throws is over: what it has changed until then stays, and is read as whole. So
   * check first, and change then.
   *
   * <p>A program that dies within leaves the array half changed, and so may one that dies while it
   * has the lock, or is {@link #beginWriting}, or loses its session: the first update that is told
   * is refused. From then on no update or read takes the array for whole until it was mended, by
   * {@link #mend}.
   *
   * @throws IllegalStateException when the array may be half changed; nothing was done
   * @throws IllegalMonitorStateException when the hold ended before the change did, as by a lost
   *     session: it may have met another holder's
   */
  public void update(Runnable change) {
    change(hold -> change.run(), false);
  }

  /**
   * {@link #update} for a program that can mend the array, which it must where {@link
   * Hold#previousOwnerDied} of the hold that it is given says that it may be half changed. Once the
   * change returns, the array is whole; where that throws, it is to be mended still. Where nothing
   * is to be mended, this is an update as any. Under a hold of the caller's own that was told,
   * every one is told, also a second one of the same array.
   */
  public void mend(Consumer<Hold> change) {
    change(change, true);
  }

  private void change(Consumer<Hold> change, boolean mends) {
    Header header = segment().header();
    PolyLock lock = lock();
    lock.lock();
    try {
      Hold hold = lock.hold().orElseThrow();
      long token = hold.token(); // A wait at a condition would give it another one.
      if (!updates.begin(ref, token)) {
        change.accept(hold);
        return;
      }
      try {
        if (mends) {
          boolean isHalf = header.isUpdated() || hold.previousOwnerDied();
          change(header, isHalf ? new Hold(hold.tenure(), true) : hold, change, isHalf);
        } else {
          requireWhole(header, lock, hold);
          change(header, hold, change, false);
        }
      } finally {
        updates.end(ref, token);
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Header header, Hold hold, Consumer<Hold> change, boolean isHalf) {
    long odd = header.beginUpdate();
    boolean isOver = !isHalf; // What does not mend it leaves it as it is.
    boolean isOwn = true;
    try {
      change.accept(hold);
      isOver = true;
    } finally {
      if (isOver) {
        isOwn = header.endUpdate(odd);
      }
    }
    if (!isOwn) {
      throw new IllegalStateException(
          "Expected nobody else to update '"
              + name()
              + "' meanwhile, but somebody did; update it under its lock only");
    }
  }

  /**
   * Refuses what may be half changed. The daemon says so to one holder only: where that is this
   * one, which cannot mend it, the sequence says so to all others from now on.
   */
  private void requireWhole(Header header, PolyLock lock, Hold hold) {
    boolean isTold = lock.count() == 1 && hold.previousOwnerDied(); // else the caller was
    if (isTold) {
      var unused = header.beginUpdate();
    }
    if (header.isUpdated()) {
      throw new IllegalStateException(
          "Expected '"
              + name()
              + "' to be whole, but who wrote to it last may have left it half changed; mend it by"
              + " mend(hold -> ...)");
    }
  }

  /**
   * Reads what belongs together: again, until no update came in between; where they keep coming,
   * under the lock.
   *
   * @param reading what reads, and has no effect beside its result
   * @throws IllegalStateException when the array may be half changed, see {@link #update}
   */
  public <T extends @Nullable Object> T read(Supplier<T> reading) {
    Header header = segment().header();
    for (int looks = 0; looks < MOST_LOOKS; looks++) {
      long even = header.beginRead();
      if ((even & 1) == 0) {
        try {
          T found = reading.get();
          if (header.endRead(even)) {
            return found;
          }
        } catch (RuntimeException e) {
          if (header.endRead(even)) { // It is not from what was half there.
            throw e;
          }
        }
      }
      if (looks < QUICK_LOOKS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    return readWithLock(header, reading);
  }

  private <T extends @Nullable Object> T readWithLock(Header header, Supplier<T> reading) {
    PolyLock lock = lock();
    lock.lock();
    try {
      Hold hold = lock.hold().orElseThrow();
      if (!updates.isRunning(ref, hold.token())) {
        requireWhole(header, lock, hold);
      }
      return reading.get();
    } finally {
      lock.unlock();
    }
  }

  // Who writes.

  /**
   * Says that this program writes to the array, until what this answers is closed: where it dies
   * before, {@link #writersDied} is one more, and the next holder of {@link #lock} is told, whoever
   * has the lock by then. So nobody has to hold the lock for that. A program that is closed before
   * it has died, too.
   *
   * <pre>{@code
   * try (Writing writing = prices.beginWriting()) {
   *   prices.put(0, all, 0, all.length);
   * }
   * }</pre>
   */
  public Writing beginWriting() {
    requireOpen();
    writers.begin(requestor, ref);
    return new Writing(writers, requestor, ref);
  }

  /** How many programs write to it, as they say by {@link #beginWriting}: asks the daemon. */
  public int writers() {
    return requestor
        .call(GET, SharedMemoryGetRequest.newBuilder().setMemory(name()).build())
        .getWriters();
  }

  /** How many programs died so far while they wrote to it, see {@link #beginWriting}. */
  public int writersDied() {
    return segment().header().writersDied();
  }
}
