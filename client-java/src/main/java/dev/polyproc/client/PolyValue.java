package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueAddResponse;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueGetResponse;
import dev.polyproc.v1.ValueServiceGrpc;
import dev.polyproc.v1.ValueSetRequest;
import dev.polyproc.v1.ValueSetResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * One number or character of a fixed size that programs share: Python's {@code
 * multiprocessing.Value}. {@link PolyLong}, {@link PolyInteger}, {@link PolyDouble} and {@link
 * PolyBoolean} are those that have the methods of Java's atomics.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Each method takes effect at once and whole; what takes more than one is done under {@link
 *       #lock}.
 *   <li>A whole number that is out of range wraps, as a cast in Java does.
 *   <li>A number of UINT64 from 2^63 on is a {@code BigInteger}: read as a {@code Long} it is an
 *       {@link UnexpectedValueException}, which says what was done.
 *   <li>What was set stays when the program dies that set it.
 * </ul>
 *
 * @param <E> the type of its content
 */
public sealed class PolyValue<E> extends Handle
    permits PolyBoolean, PolyDouble, PolyInteger, PolyLong {
  private static final Operation<ValueCreateRequest, ValueCreateResponse> CREATE =
      Operation.of(ValueServiceGrpc.getCreateMethod());
  private static final Operation<ValueGetRequest, ValueGetResponse> GET =
      Operation.of(ValueServiceGrpc.getGetMethod());
  private static final Operation<ValueSetRequest, ValueSetResponse> SET =
      Operation.of(ValueServiceGrpc.getSetMethod());
  private static final Operation<ValueAddRequest, ValueAddResponse> ADD =
      Operation.of(ValueServiceGrpc.getAddMethod());
  private static final Operation<ValueCompareAndSetRequest, ValueCompareAndSetResponse>
      COMPARE_AND_SET = Operation.of(ValueServiceGrpc.getCompareAndSetMethod());

  private final Codec<E> codec;
  private final Function<String, PolyLock> guards;

  PolyValue(Requestor requestor, Ref ref, Codec<E> codec, Function<String, PolyLock> guards) {
    super(requestor.meaning(ref), ref);
    this.codec = codec;
    this.guards = guards;
  }

  /** Gets or creates one. */
  static Ref create(Requestor requestor, ValueCreateRequest shape) {
    return requestor.call(CREATE, shape).getRef();
  }

  /** The type of its content: asks the daemon. */
  public ElementType type() {
    return requestor.call(GET, getting()).getType();
  }

  /**
   * The lock that guards it, which is reentrant, and may guard others too: asks the daemon for its
   * name. The methods of the value do not ask for it.
   */
  public PolyLock lock() {
    return guards.apply(requestor.call(GET, getting()).getLock());
  }

  private ValueGetRequest getting() {
    return ValueGetRequest.newBuilder().setValue(name()).build();
  }

  /** The content. */
  public final E content() {
    return codec.decode(requestor.call(GET, getting()).getContent());
  }

  /** The twin of {@link #content}. */
  public final CompletableFuture<E> contentAsync() {
    return requestor.async(GET, getting(), got -> codec.decode(got.getContent()));
  }

  /** Replaces the content; answers the one before. */
  public final E exchange(E content) {
    return codec.decode(requestor.call(SET, setting(content)).getPrevious());
  }

  /** The twin of {@link #exchange}. */
  public final CompletableFuture<E> exchangeAsync(E content) {
    return requestor.async(SET, setting(content), set -> codec.decode(set.getPrevious()));
  }

  private ValueSetRequest setting(E content) {
    return ValueSetRequest.newBuilder()
        .setValue(name())
        .setContent(codec.encode(content))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }

  /**
   * Replaces the content if it is another one; answers whether it was. NaN equals itself, and -0.0
   * is 0.0.
   */
  public final boolean replace(E expected, E content) {
    return requestor.call(COMPARE_AND_SET, swapping(expected, content)).getSwapped();
  }

  /** The twin of {@link #replace}. */
  public final CompletableFuture<Boolean> replaceAsync(E expected, E content) {
    return requestor.async(
        COMPARE_AND_SET, swapping(expected, content), ValueCompareAndSetResponse::getSwapped);
  }

  private ValueCompareAndSetRequest swapping(E expected, E content) {
    return ValueCompareAndSetRequest.newBuilder()
        .setValue(name())
        .setExpected(codec.encode(expected))
        .setContent(codec.encode(content))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }

  /** Replaces the content if it is another one; answers what it was. */
  final E witness(E expected, E content) {
    ValueCompareAndSetResponse answer =
        requestor.call(COMPARE_AND_SET, swapping(expected, content));
    return answer.getSwapped() ? expected : codec.decode(answer.getCurrent());
  }

  /** The twin of {@link #witness}. */
  final CompletableFuture<E> witnessAsync(E expected, E content) {
    return requestor.async(
        COMPARE_AND_SET,
        swapping(expected, content),
        answer -> answer.getSwapped() ? expected : codec.decode(answer.getCurrent()));
  }

  /** Adds to a number; answers the sum. */
  final E sum(E amount) {
    return codec.decode(requestor.call(ADD, adding(amount)).getContent());
  }

  /** The twin of {@link #sum}. */
  final CompletableFuture<E> sumAsync(E amount) {
    return requestor.async(ADD, adding(amount), sum -> codec.decode(sum.getContent()));
  }

  /** Adds to a number; answers the one before. */
  final E beforeSum(E amount) {
    return codec.decode(requestor.call(ADD, adding(amount)).getPrevious());
  }

  /** The twin of {@link #beforeSum}. */
  final CompletableFuture<E> beforeSumAsync(E amount) {
    return requestor.async(ADD, adding(amount), sum -> codec.decode(sum.getPrevious()));
  }

  private ValueAddRequest adding(E amount) {
    return ValueAddRequest.newBuilder()
        .setValue(name())
        .setAmount(codec.encode(amount))
        .setOverflow(Overflow.OVERFLOW_WRAP)
        .build();
  }
}
