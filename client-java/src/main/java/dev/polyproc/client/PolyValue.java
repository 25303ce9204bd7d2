package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.request.Update;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

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
 *   <li><b>A whole number that is out of the range of the type is refused, with {@code
 *       ERROR_REASON_VALUE_TOO_LARGE}, and changes nothing, be it a sum, a content or what is
 *       expected; of a {@link PolyLong} and a {@link PolyInteger} it wraps, as of Java's own.</b>
 *   <li>A Java type that its content is never read as, such as {@code Long} for FLOAT64, is refused
 *       where the value is made or found by its name. One that comes as a value, from a list or a
 *       queue, is not asked what it is: a call whose reply cannot be read throws an {@link
 *       UnexpectedValueException}, which says whether it took effect all the same, and has what it
 *       answered. So does a number of UINT64 from 2^63 on that is read as a {@code Long}, where
 *       {@code BigInteger} has it.
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
  private final Overflow overflow;
  private final ValueAddRequest incrementing;

  /** One that refuses what is out of range. */
  PolyValue(Requestor requestor, Ref ref, Codec<E> codec, Function<String, PolyLock> guards) {
    this(requestor, ref, codec, guards, Overflow.OVERFLOW_REFUSE);
  }

  PolyValue(
      Requestor requestor,
      Ref ref,
      Codec<E> codec,
      Function<String, PolyLock> guards,
      Overflow overflow) {
    super(requestor.meaning(ref), ref);
    this.codec = codec;
    this.guards = guards;
    this.overflow = overflow;
    // What adds one says no amount, which means one.
    this.incrementing = ValueAddRequest.newBuilder().setValue(name()).setOverflow(overflow).build();
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
    return previous(requestor.call(SET, setting(content)));
  }

  /** The twin of {@link #exchange}. */
  public final CompletableFuture<E> exchangeAsync(E content) {
    return requestor.async(SET, setting(content), this::previous);
  }

  /** Replaces the content, whatever the one before is. */
  final void replaceAny(E content) {
    requestor.call(SET, setting(content));
  }

  /** The twin of {@link #replaceAny}. */
  final CompletableFuture<@Nullable Void> replaceAnyAsync(E content) {
    return requestor.async(SET, setting(content), set -> null);
  }

  private E previous(ValueSetResponse set) {
    return Codecs.taken(codec, set.getPrevious());
  }

  private ValueSetRequest setting(E content) {
    return ValueSetRequest.newBuilder()
        .setValue(name())
        .setContent(codec.encode(content))
        .setOverflow(overflow)
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

  /**
   * Replaces the content if it is another one; answers what it was, which is the other one where it
   * was replaced.
   */
  public final E witness(E expected, E content) {
    return witness(expected, requestor.call(COMPARE_AND_SET, swapping(expected, content)));
  }

  /** The twin of {@link #witness}. */
  public final CompletableFuture<E> witnessAsync(E expected, E content) {
    return requestor.async(
        COMPARE_AND_SET, swapping(expected, content), answer -> witness(expected, answer));
  }

  private E witness(E expected, ValueCompareAndSetResponse answer) {
    return answer.getSwapped() ? expected : codec.decode(answer.getCurrent());
  }

  private ValueCompareAndSetRequest swapping(E expected, E content) {
    return swapping(codec.encode(expected), codec.encode(content));
  }

  private ValueCompareAndSetRequest swapping(Value expected, Value content) {
    return ValueCompareAndSetRequest.newBuilder()
        .setValue(name())
        .setExpected(expected)
        .setContent(content)
        .setOverflow(overflow)
        .build();
  }

  /**
   * Replaces the content by what a function makes of it; answers what it is then. The function is
   * asked again where somebody else has changed the content meanwhile: it must have no effect
   * beside its result.
   */
  public final E update(UnaryOperator<E> function) {
    return updated(function).after();
  }

  /** Replaces the content by what a function makes of it; answers the one before. */
  final E beforeUpdate(UnaryOperator<E> function) {
    return updated(function).before();
  }

  private Update<E> updated(UnaryOperator<E> function) {
    return Update.make(
        codec,
        requestor.call(GET, getting()).getContent(),
        function,
        (expected, content) -> {
          ValueCompareAndSetResponse answer =
              requestor.call(COMPARE_AND_SET, swapping(expected, content));
          return new Update.Answer(answer.getSwapped(), answer.getCurrent());
        });
  }

  /**
   * Adds to a number, in one step; answers the sum.
   *
   * @throws PolyprocException where it is none, with {@code ERROR_REASON_NOT_A_NUMBER}; where the
   *     sum is out of range and does not wrap, with {@code ERROR_REASON_VALUE_TOO_LARGE}
   */
  public final E add(E amount) {
    return sum(requestor.call(ADD, adding(amount)));
  }

  /** The twin of {@link #add}. */
  public final CompletableFuture<E> addAsync(E amount) {
    return requestor.async(ADD, adding(amount), this::sum);
  }

  /** Adds one to a number; answers the sum. */
  final E increment() {
    return sum(requestor.call(ADD, incrementing));
  }

  /** The twin of {@link #increment}. */
  final CompletableFuture<E> incrementAsync() {
    return requestor.async(ADD, incrementing, this::sum);
  }

  private E sum(ValueAddResponse added) {
    return Codecs.answered(codec, added.getContent());
  }

  /** Adds to a number; answers the one before. */
  final E beforeAdd(E amount) {
    return beforeSum(requestor.call(ADD, adding(amount)));
  }

  /** The twin of {@link #beforeAdd}. */
  final CompletableFuture<E> beforeAddAsync(E amount) {
    return requestor.async(ADD, adding(amount), this::beforeSum);
  }

  /** Adds one to a number; answers the one before. */
  final E beforeIncrement() {
    return beforeSum(requestor.call(ADD, incrementing));
  }

  /** The twin of {@link #beforeIncrement}. */
  final CompletableFuture<E> beforeIncrementAsync() {
    return requestor.async(ADD, incrementing, this::beforeSum);
  }

  private E beforeSum(ValueAddResponse added) {
    return Codecs.answered(codec, added.getPrevious());
  }

  private ValueAddRequest adding(E amount) {
    return ValueAddRequest.newBuilder()
        .setValue(name())
        .setAmount(codec.encode(amount))
        .setOverflow(overflow)
        .build();
  }
}
