package dev.polyproc.client;

import com.google.protobuf.ByteString;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayAddResponse;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCompareAndSetResponse;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayCreateResponse;
import dev.polyproc.v1.ArrayGetRequest;
import dev.polyproc.v1.ArrayGetResponse;
import dev.polyproc.v1.ArrayServiceGrpc;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetResponse;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySetSliceResponse;
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * So many numbers or characters of a fixed size that programs share: Python's {@code
 * multiprocessing.Array}.
 *
 * <p>Indexes are from 0; a negative one counts from the end, as Python's. What reads many takes
 * none that is negative.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It keeps its length.
 *   <li>Each method of one element takes effect at once and whole. What reads or writes many does
 *       so in pieces of {@value #PIECE} elements at most, each at once and whole: where these must
 *       be of one moment, it is done under {@link #lock}. Where a piece is refused, those before it
 *       stand.
 *   <li>A whole number that is out of range wraps, as a cast in Java does.
 *   <li>A number of UINT64 from 2^63 on is a {@code BigInteger}: read as a {@code Long} it is an
 *       {@link UnexpectedValueException}, which says what was done.
 * </ul>
 *
 * @param <E> the type of single elements
 */
public final class PolyArray<E> extends Handle {
  /** How many elements are written by one call at most. */
  public static final int PIECE = 100_000;

  private static final Operation<ArrayCreateRequest, ArrayCreateResponse> CREATE =
      Operation.of(ArrayServiceGrpc.getCreateMethod());
  private static final Operation<ArraySizeRequest, ArraySizeResponse> SIZE =
      Operation.of(ArrayServiceGrpc.getSizeMethod());
  private static final Operation<ArrayGetRequest, ArrayGetResponse> GET =
      Operation.of(ArrayServiceGrpc.getGetMethod());
  private static final Operation<ArraySetRequest, ArraySetResponse> SET =
      Operation.of(ArrayServiceGrpc.getSetMethod());
  private static final Operation<ArrayAddRequest, ArrayAddResponse> ADD =
      Operation.of(ArrayServiceGrpc.getAddMethod());
  private static final Operation<ArrayCompareAndSetRequest, ArrayCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(ArrayServiceGrpc.getCompareAndSetMethod());
  private static final Operation<ArraySliceRequest, ArraySliceResponse> SLICE =
      Operation.of(ArrayServiceGrpc.getSliceMethod());
  private static final Operation<ArraySetSliceRequest, ArraySetSliceResponse> SET_SLICE =
      Operation.of(ArrayServiceGrpc.getSetSliceMethod());

  private final Codec<E> codec;
  private final Function<String, PolyLock> guards;

  PolyArray(Requestor requestor, Ref ref, Codec<E> codec, Function<String, PolyLock> guards) {
    super(requestor.meaning(ref), ref);
    this.codec = codec;
    this.guards = guards;
  }

  /** Gets or creates one. */
  static Ref create(Requestor requestor, ArrayCreateRequest shape) {
    return requestor.call(CREATE, shape).getRef();
  }

  private ArraySizeResponse size() {
    return requestor.call(SIZE, ArraySizeRequest.newBuilder().setArray(name()).build());
  }

  /** How many elements it has: asks the daemon. */
  public int length() {
    return (int) size().getLength();
  }

  /** The type of its elements: asks the daemon. */
  public ElementType type() {
    return size().getType();
  }

  /**
   * The lock that guards it, which is reentrant, and may guard others too: asks the daemon for its
   * name. The methods of the array do not ask for it.
   */
  public PolyLock lock() {
    return guards.apply(size().getLock());
  }

  // One element.

  /** The element at an index. */
  public E get(long index) {
    return codec.decode(requestor.call(GET, getting(index)).getContent());
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<E> getAsync(long index) {
    return requestor.async(GET, getting(index), got -> codec.decode(got.getContent()));
  }

  private ArrayGetRequest getting(long index) {
    return ArrayGetRequest.newBuilder().setArray(name()).setIndex(index).build();
  }

  /** Replaces the element at an index. */
  public void set(long index, E element) {
    var unused = getAndSet(index, element);
  }

  /** Replaces the element at an index; answers the one before. */
  public E getAndSet(long index, E element) {
    return codec.decode(requestor.call(SET, setting(index, element)).getPrevious());
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<E> getAndSetAsync(long index, E element) {
    return requestor.async(SET, setting(index, element), set -> codec.decode(set.getPrevious()));
  }

  private ArraySetRequest setting(long index, E element) {
    return ArraySetRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setContent(codec.encode(element))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }

  /** Adds to the number at an index, in one step; answers the sum. */
  public E addAndGet(long index, E amount) {
    return codec.decode(requestor.call(ADD, adding(index, amount)).getContent());
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<E> addAndGetAsync(long index, E amount) {
    return requestor.async(ADD, adding(index, amount), sum -> codec.decode(sum.getContent()));
  }

  /** Adds to the number at an index, in one step; answers the one before. */
  public E getAndAdd(long index, E amount) {
    return codec.decode(requestor.call(ADD, adding(index, amount)).getPrevious());
  }

  private ArrayAddRequest adding(long index, E amount) {
    return ArrayAddRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setAmount(codec.encode(amount))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }

  /**
   * Replaces the element at an index if it is another one; answers whether it was. NaN equals
   * itself, and -0.0 is 0.0.
   */
  public boolean compareAndSet(long index, E expected, E element) {
    return requestor.call(COMPARE_AND_SET, swapping(index, expected, element)).getSwapped();
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(long index, E expected, E element) {
    return requestor.async(
        COMPARE_AND_SET,
        swapping(index, expected, element),
        ArrayCompareAndSetResponse::getSwapped);
  }

  private ArrayCompareAndSetRequest swapping(long index, E expected, E element) {
    return ArrayCompareAndSetRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setExpected(codec.encode(expected))
        .setContent(codec.encode(element))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }

  // Many elements.

  /**
   * The whole numbers from one position to before another; of UINT64 those from 2^63 on are
   * negative.
   */
  public long[] longs(int from, int to) {
    long[] all = new long[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          for (int i = 0; i < some.getIntsCount(); i++) {
            all[at + i] = some.getInts(i);
          }
          for (int i = 0; i < some.getUintsCount(); i++) {
            all[at + i] = some.getUints(i);
          }
          return some.getIntsCount() + some.getUintsCount();
        });
    return all;
  }

  /** The floats from one position to before another. */
  public double[] doubles(int from, int to) {
    double[] all = new double[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          for (int i = 0; i < some.getFloatsCount(); i++) {
            all[at + i] = some.getFloats(i);
          }
          return some.getFloatsCount();
        });
    return all;
  }

  /** The bytes from one position to before another, of an array of CHAR. */
  public byte[] bytes(int from, int to) {
    byte[] all = new byte[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          some.getChars().copyTo(all, at);
          return some.getChars().size();
        });
    return all;
  }

  /** The text from one position to before another, of an array of WCHAR. */
  public String text(int from, int to) {
    StringBuilder all = new StringBuilder();
    var unused = requireRange(from, to);
    read(
        from,
        to,
        (some, at) -> {
          all.append(some.getText());
          return some.getText().codePointCount(0, some.getText().length());
        });
    return all.toString();
  }

  /** Takes what a reply has, for a place; answers how many elements it found of the kind. */
  private interface Taking {
    int take(Elements some, int at);
  }

  private static int requireRange(int from, int to) {
    if (from < 0 || to < from) {
      throw new IndexOutOfBoundsException(
          "Expected positions from 0 up to one that is not before them, but they are "
              + from
              + " and "
              + to);
    }
    return to - from;
  }

  private void read(int from, int to, Taking taking) {
    int at = from;
    while (at < to) {
      ArraySliceResponse some = requestor.call(SLICE, slicing(at, to));
      int taken = taking.take(some.getElements(), at - from);
      requireKind(taken == some.getCount());
      at += taken;
    }
  }

  private static void requireKind(boolean isOfKind) {
    if (!isOfKind) {
      throw new UnsupportedOperationException(
          "Expected elements of the kind that is asked for, but they are of another: longs are of"
              + " BOOL and whole numbers, doubles of FLOAT32 and FLOAT64, bytes of CHAR, text of"
              + " WCHAR");
    }
  }

  private ArraySliceRequest slicing(int from, int to) {
    return ArraySliceRequest.newBuilder().setArray(name()).setRange(range(from, to)).build();
  }

  /** From an index to before another, which is the end where both count from there. */
  private static ListRange range(long from, long to) {
    ListRange.Builder range = ListRange.newBuilder().setStart(from).setStrict(true);
    if (from >= 0 || to < 0) {
      range.setStop(to);
    }
    return range.build();
  }

  /** Replaces elements from a position on by whole numbers. */
  public void set(int from, long[] numbers) {
    write(
        from,
        numbers.length,
        (at, count) -> {
          Elements.Builder some = Elements.newBuilder();
          for (int i = at; i < at + count; i++) {
            some.addInts(numbers[i]);
          }
          return some;
        });
  }

  /** Replaces elements from a position on by floats. */
  public void set(int from, double[] numbers) {
    write(
        from,
        numbers.length,
        (at, count) -> {
          Elements.Builder some = Elements.newBuilder();
          for (int i = at; i < at + count; i++) {
            some.addFloats(numbers[i]);
          }
          return some;
        });
  }

  /** Replaces elements of CHAR from a position on by bytes. */
  public void set(int from, byte[] bytes) {
    write(
        from,
        bytes.length,
        (at, count) -> Elements.newBuilder().setChars(ByteString.copyFrom(bytes, at, count)));
  }

  /**
   * Replaces elements of WCHAR from a position on by the characters of a text.
   *
   * @throws IllegalArgumentException where it has half a surrogate pair
   */
  public void set(int from, String text) {
    var unused = Codec.STRING.encode(text); // refuses what would be written as another character
    int[] characters = text.codePoints().toArray();
    write(
        from,
        characters.length,
        (at, count) -> Elements.newBuilder().setText(new String(characters, at, count)));
  }

  /** The elements of a part of what is to be written. */
  private interface Giving {
    Elements.Builder give(int at, int count);
  }

  private void write(int from, int length, Giving giving) {
    if (from < 0 && length > -(long) from) {
      throw new IndexOutOfBoundsException(
          "Expected at most "
              + -(long) from
              + " elements from "
              + from
              + " on, but there are "
              + length);
    }
    for (int at = 0; at < length; at += PIECE) {
      int count = Math.min(PIECE, length - at);
      var unused =
          requestor.call(SET_SLICE, settingSlice((long) from + at, giving.give(at, count), count));
    }
  }

  private ArraySetSliceRequest settingSlice(long from, Elements.Builder some, int count) {
    return ArraySetSliceRequest.newBuilder()
        .setArray(name())
        .setRange(range(from, from + count))
        .setElements(some)
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }
}
