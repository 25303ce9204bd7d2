package dev.polyproc.client;

import dev.polyproc.client.internal.object.BulkElements;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.request.Update;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.ElementTypes;
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
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * So many numbers or characters of a fixed size that programs share: Python's {@code
 * multiprocessing.Array}, and Java's {@link java.util.concurrent.atomic.AtomicLongArray}.
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
 *   <li><b>A whole number that is out of the range of the type is refused, with {@code
 *       ERROR_REASON_VALUE_TOO_LARGE}, and changes nothing, be it a sum, an element or what is
 *       expected; of an array of INT32 or INT64 that is made or found by its name it wraps, as of
 *       Java's own.</b> Of UINT64 the methods of {@code long} take the bits: a negative one is from
 *       2^63 on.
 *   <li>A Java type that its elements are never read as, such as {@code Long} for FLOAT64, is
 *       refused where the array is made or found by its name; what becomes of others is as with a
 *       {@link PolyValue}.
 * </ul>
 *
 * @param <E> the type of single elements
 */
public final class PolyArray<E> extends Handle {
  /** How many elements are written by one call at most. */
  public static final int PIECE = BulkElements.PIECE;

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

  private final Codec<E> codec;
  private final Function<String, PolyLock> guards;
  private final Overflow overflow;
  private final BulkElements bulk;
  private volatile ElementType known;

  /**
   * An array.
   *
   * @param known its type; UNSPECIFIED where it is not known yet
   */
  PolyArray(
      Requestor requestor,
      Ref ref,
      ElementType known,
      Codec<E> codec,
      Function<String, PolyLock> guards) {
    super(requestor.meaning(ref), ref);
    this.known = known;
    this.codec = codec;
    this.guards = guards;
    this.overflow = ElementTypes.overflow(known);
    this.bulk = new BulkElements(this.requestor, name(), overflow);
  }

  /** One that is there, of which the daemon is asked what it is. */
  static <E> PolyArray<E> find(
      Requestor requestor, Ref ref, Codec<E> codec, Function<String, PolyLock> guards) {
    ElementType unknown = ElementType.ELEMENT_TYPE_UNSPECIFIED;
    ElementType type = new PolyArray<>(requestor, ref, unknown, codec, guards).type();
    return new PolyArray<>(requestor, ref, type, codec, guards);
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

  /** The type of its elements, where it was made or found by its name; else UNSPECIFIED. */
  ElementType known() {
    return known;
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
    requestor.call(SET, setting(index, codec.encode(element)));
  }

  /** The twin of {@link #set(long, Object)}. */
  public CompletableFuture<@Nullable Void> setAsync(long index, E element) {
    return requestor.async(SET, setting(index, codec.encode(element)), set -> null);
  }

  /** Replaces the element at an index; answers the one before. */
  public E getAndSet(long index, E element) {
    return previous(requestor.call(SET, setting(index, codec.encode(element))));
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<E> getAndSetAsync(long index, E element) {
    return requestor.async(SET, setting(index, codec.encode(element)), this::previous);
  }

  private E previous(ArraySetResponse set) {
    return Codecs.taken(codec, set.getPrevious());
  }

  private ArraySetRequest setting(long index, Value element) {
    return setting(index, element, overflow);
  }

  private ArraySetRequest setting(long index, Value element, Overflow overflow) {
    return ArraySetRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setContent(element)
        .setOverflow(overflow)
        .build();
  }

  /** Adds to the number at an index, in one step; answers the sum. */
  public E addAndGet(long index, E amount) {
    return sum(requestor.call(ADD, adding(index, codec.encode(amount))));
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<E> addAndGetAsync(long index, E amount) {
    return requestor.async(ADD, adding(index, codec.encode(amount)), this::sum);
  }

  private E sum(ArrayAddResponse added) {
    return Codecs.answered(codec, added.getContent());
  }

  /** Adds to the number at an index, in one step; answers the one before. */
  public E getAndAdd(long index, E amount) {
    return beforeSum(requestor.call(ADD, adding(index, codec.encode(amount))));
  }

  /** The twin of {@link #getAndAdd}. */
  public CompletableFuture<E> getAndAddAsync(long index, E amount) {
    return requestor.async(ADD, adding(index, codec.encode(amount)), this::beforeSum);
  }

  private E beforeSum(ArrayAddResponse added) {
    return Codecs.answered(codec, added.getPrevious());
  }

  /** Adds one to the number at an index; answers the sum. */
  public E incrementAndGet(long index) {
    return sum(requestor.call(ADD, adding(index, ElementTypes.ONE)));
  }

  /** The twin of {@link #incrementAndGet}. */
  public CompletableFuture<E> incrementAndGetAsync(long index) {
    return requestor.async(ADD, adding(index, ElementTypes.ONE), this::sum);
  }

  /** Takes one from the number at an index; answers what is left. */
  public E decrementAndGet(long index) {
    return sum(requestor.call(ADD, adding(index, ElementTypes.MINUS_ONE)));
  }

  /** The twin of {@link #decrementAndGet}. */
  public CompletableFuture<E> decrementAndGetAsync(long index) {
    return requestor.async(ADD, adding(index, ElementTypes.MINUS_ONE), this::sum);
  }

  /** Adds one to the number at an index; answers the one before. */
  public E getAndIncrement(long index) {
    return beforeSum(requestor.call(ADD, adding(index, ElementTypes.ONE)));
  }

  /** The twin of {@link #getAndIncrement}. */
  public CompletableFuture<E> getAndIncrementAsync(long index) {
    return requestor.async(ADD, adding(index, ElementTypes.ONE), this::beforeSum);
  }

  /** Takes one from the number at an index; answers the one before. */
  public E getAndDecrement(long index) {
    return beforeSum(requestor.call(ADD, adding(index, ElementTypes.MINUS_ONE)));
  }

  /** The twin of {@link #getAndDecrement}. */
  public CompletableFuture<E> getAndDecrementAsync(long index) {
    return requestor.async(ADD, adding(index, ElementTypes.MINUS_ONE), this::beforeSum);
  }

  private ArrayAddRequest adding(long index, Value amount) {
    return ArrayAddRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setAmount(amount)
        .setOverflow(overflow)
        .build();
  }

  /**
   * Replaces the element at an index if it is another one; answers whether it was. NaN equals
   * itself, and -0.0 is 0.0.
   */
  public boolean compareAndSet(long index, E expected, E element) {
    return requestor
        .call(COMPARE_AND_SET, swapping(index, codec.encode(expected), codec.encode(element)))
        .getSwapped();
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(long index, E expected, E element) {
    return requestor.async(
        COMPARE_AND_SET,
        swapping(index, codec.encode(expected), codec.encode(element)),
        ArrayCompareAndSetResponse::getSwapped);
  }

  /**
   * Replaces the element at an index if it is another one; answers what it was, which is the other
   * one where it was replaced.
   */
  public E compareAndExchange(long index, E expected, E element) {
    return witness(
        expected,
        requestor.call(
            COMPARE_AND_SET, swapping(index, codec.encode(expected), codec.encode(element))));
  }

  /** The twin of {@link #compareAndExchange}. */
  public CompletableFuture<E> compareAndExchangeAsync(long index, E expected, E element) {
    return requestor.async(
        COMPARE_AND_SET,
        swapping(index, codec.encode(expected), codec.encode(element)),
        answer -> witness(expected, answer));
  }

  private E witness(E expected, ArrayCompareAndSetResponse answer) {
    return answer.getSwapped() ? expected : codec.decode(answer.getCurrent());
  }

  private ArrayCompareAndSetRequest swapping(long index, Value expected, Value element) {
    return swapping(index, expected, element, overflow);
  }

  private ArrayCompareAndSetRequest swapping(
      long index, Value expected, Value element, Overflow overflow) {
    return ArrayCompareAndSetRequest.newBuilder()
        .setArray(name())
        .setIndex(index)
        .setExpected(expected)
        .setContent(element)
        .setOverflow(overflow)
        .build();
  }

  /**
   * Replaces the element at an index by what a function makes of it; answers what it is then. The
   * function is asked again where somebody else has changed the element meanwhile: it must have no
   * effect beside its result.
   */
  public E updateAndGet(long index, UnaryOperator<E> function) {
    return updated(index, function).after();
  }

  /** {@link #updateAndGet} that answers the element before. */
  public E getAndUpdate(long index, UnaryOperator<E> function) {
    return updated(index, function).before();
  }

  /** {@link #updateAndGet} of what a function makes of the element and another. */
  public E accumulateAndGet(long index, E other, BinaryOperator<E> function) {
    return updateAndGet(index, element -> function.apply(element, other));
  }

  /** {@link #accumulateAndGet} that answers the element before. */
  public E getAndAccumulate(long index, E other, BinaryOperator<E> function) {
    return getAndUpdate(index, element -> function.apply(element, other));
  }

  private Update<E> updated(long index, UnaryOperator<E> function) {
    return Update.make(
        codec,
        requestor.call(GET, getting(index)).getContent(),
        function,
        (expected, element) -> {
          ArrayCompareAndSetResponse answer =
              requestor.call(COMPARE_AND_SET, swapping(index, expected, element));
          return new Update.Answer(answer.getSwapped(), answer.getCurrent());
        });
  }

  // One number, as one of Java's primitive types, whatever E is.

  /**
   * What becomes of numbers that may be out of range. The negative ones are the bits of larger ones
   * where the type is UINT64, for which the daemon is asked where nobody has said it.
   */
  private Overflow overflowOf(long... numbers) {
    return overflowOf(numbers, 0, numbers.length);
  }

  private Overflow overflowOf(long[] numbers, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (numbers[i] < 0) {
        return isOfLongBits() ? Overflow.OVERFLOW_WRAP : overflow;
      }
    }
    return overflow;
  }

  private boolean isOfLongBits() {
    if (known == ElementType.ELEMENT_TYPE_UNSPECIFIED) {
      known = type();
    }
    return known == ElementType.ELEMENT_TYPE_UINT64;
  }

  /** The whole number at an index; of UINT64 one from 2^63 on is negative. */
  public long getLong(long index) {
    return ElementTypes.toLong(requestor.call(GET, getting(index)).getContent());
  }

  /** Replaces the element at an index by a whole number. */
  public void setLong(long index, long number) {
    requestor.call(SET, setting(index, ElementTypes.of(number), overflowOf(number)));
  }

  /** Adds to the whole number at an index, in one step; answers the sum, as {@link #getLong}. */
  public long addAndGetLong(long index, long amount) {
    return ElementTypes.sumToLong(
        requestor.call(ADD, adding(index, ElementTypes.of(amount))).getContent());
  }

  /** Replaces the whole number at an index if it is another one; answers whether it was. */
  public boolean compareAndSetLong(long index, long expected, long number) {
    return requestor
        .call(
            COMPARE_AND_SET,
            swapping(
                index,
                ElementTypes.of(expected),
                ElementTypes.of(number),
                overflowOf(expected, number)))
        .getSwapped();
  }

  /** The float at an index. */
  public double getDouble(long index) {
    return ElementTypes.toDouble(requestor.call(GET, getting(index)).getContent());
  }

  /** Replaces the element at an index by a float. */
  public void setDouble(long index, double number) {
    requestor.call(SET, setting(index, ElementTypes.of(number)));
  }

  /** Adds to the float at an index, in one step; answers the sum. */
  public double addAndGetDouble(long index, double amount) {
    return ElementTypes.toDouble(
        requestor.call(ADD, adding(index, ElementTypes.of(amount))).getContent());
  }

  /** Replaces the float at an index if it is another one; answers whether it was. */
  public boolean compareAndSetDouble(long index, double expected, double number) {
    return requestor
        .call(COMPARE_AND_SET, swapping(index, ElementTypes.of(expected), ElementTypes.of(number)))
        .getSwapped();
  }

  // Many elements.

  /** All whole numbers; of UINT64 those from 2^63 on are negative. */
  public long[] longs() {
    return longs(0, length());
  }

  /**
   * The whole numbers from one position to before another; of UINT64 those from 2^63 on are
   * negative.
   */
  public long[] longs(int from, int to) {
    return bulk.longs(from, to);
  }

  /** All floats. */
  public double[] doubles() {
    return doubles(0, length());
  }

  /** The floats from one position to before another. */
  public double[] doubles(int from, int to) {
    return bulk.doubles(from, to);
  }

  /** All bytes of an array of CHAR. */
  public byte[] bytes() {
    return bytes(0, length());
  }

  /** The bytes from one position to before another, of an array of CHAR. */
  public byte[] bytes(int from, int to) {
    return bulk.bytes(from, to);
  }

  /** All characters of an array of WCHAR. */
  public String text() {
    return text(0, length());
  }

  /** The text from one position to before another, of an array of WCHAR. */
  public String text(int from, int to) {
    return bulk.text(from, to);
  }

  /** Replaces elements from a position on by whole numbers. */
  public void set(int from, long[] numbers) {
    set(from, numbers, 0, numbers.length);
  }

  /** Replaces elements from a position on by so many whole numbers, from an offset on. */
  public void set(int from, long[] numbers, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, numbers.length);
    bulk.set(from, numbers, offset, length, overflowOf(numbers, offset, length));
  }

  /** Replaces elements from a position on by floats. */
  public void set(int from, double[] numbers) {
    set(from, numbers, 0, numbers.length);
  }

  /** Replaces elements from a position on by so many floats, from an offset on. */
  public void set(int from, double[] numbers, int offset, int length) {
    bulk.set(from, numbers, offset, length);
  }

  /** Replaces elements of CHAR from a position on by bytes. */
  public void set(int from, byte[] bytes) {
    bulk.set(from, bytes);
  }

  /**
   * Replaces elements of WCHAR from a position on by the characters of a text.
   *
   * @throws IllegalArgumentException where it has half a surrogate pair
   */
  public void set(int from, String text) {
    bulk.set(from, text);
  }
}
