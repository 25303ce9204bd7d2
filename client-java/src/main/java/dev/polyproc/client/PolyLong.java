package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A number that programs share and count with: a {@link java.util.concurrent.atomic.AtomicLong}.
 *
 * <p><b>Guarantees</b>: see {@link PolyValue}; and
 *
 * <ul>
 *   <li>What adds is one step of the daemon, so that no addition is lost, however many add at a
 *       time.
 *   <li>What is out of range wraps, as of Java's own.
 *   <li>What takes a function reads, applies it, and tries again where the content has changed
 *       meanwhile: it must have no effect beside its result.
 * </ul>
 */
public final class PolyLong extends PolyValue<Long> {
  PolyLong(Requestor requestor, Ref ref, Function<String, PolyLock> guards) {
    super(requestor, ref, Codec.LONG, guards, Overflow.OVERFLOW_WRAP);
  }

  /** The number. */
  public long get() {
    return content();
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<Long> getAsync() {
    return contentAsync();
  }

  /** Replaces the number. */
  public void set(long number) {
    replaceAny(number);
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(long number) {
    return replaceAnyAsync(number);
  }

  /** Replaces the number; answers the one before. */
  public long getAndSet(long number) {
    return exchange(number);
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<Long> getAndSetAsync(long number) {
    return exchangeAsync(number);
  }

  /** Replaces the number if it is another one; answers whether it was. */
  public boolean compareAndSet(long expected, long number) {
    return replace(expected, number);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(long expected, long number) {
    return replaceAsync(expected, number);
  }

  /**
   * Replaces the number if it is another one; answers what it was, which is the other one where it
   * was replaced.
   */
  public long compareAndExchange(long expected, long number) {
    return witness(expected, number);
  }

  /** The twin of {@link #compareAndExchange}. */
  public CompletableFuture<Long> compareAndExchangeAsync(long expected, long number) {
    return witnessAsync(expected, number);
  }

  /** Adds to the number; answers the sum. */
  public long addAndGet(long amount) {
    return add(amount);
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<Long> addAndGetAsync(long amount) {
    return addAsync(amount);
  }

  /** Adds to the number; answers the one before. */
  public long getAndAdd(long amount) {
    return beforeAdd(amount);
  }

  /** The twin of {@link #getAndAdd}. */
  public CompletableFuture<Long> getAndAddAsync(long amount) {
    return beforeAddAsync(amount);
  }

  /** Adds one; answers the sum. */
  public long incrementAndGet() {
    return increment();
  }

  /** The twin of {@link #incrementAndGet}. */
  public CompletableFuture<Long> incrementAndGetAsync() {
    return incrementAsync();
  }

  /** Takes one; answers what is left. */
  public long decrementAndGet() {
    return addAndGet(-1);
  }

  /** The twin of {@link #decrementAndGet}. */
  public CompletableFuture<Long> decrementAndGetAsync() {
    return addAndGetAsync(-1);
  }

  /** Adds one; answers the number before. */
  public long getAndIncrement() {
    return beforeIncrement();
  }

  /** The twin of {@link #getAndIncrement}. */
  public CompletableFuture<Long> getAndIncrementAsync() {
    return beforeIncrementAsync();
  }

  /** Takes one; answers the number before. */
  public long getAndDecrement() {
    return getAndAdd(-1);
  }

  /** The twin of {@link #getAndDecrement}. */
  public CompletableFuture<Long> getAndDecrementAsync() {
    return getAndAddAsync(-1);
  }

  /** Replaces the number by what a function makes of it; answers that. */
  public long updateAndGet(LongUnaryOperator function) {
    return update(function::applyAsLong);
  }

  /** Replaces the number by what a function makes of it; answers the one before. */
  public long getAndUpdate(LongUnaryOperator function) {
    return beforeUpdate(function::applyAsLong);
  }

  /** Replaces the number by what a function makes of it and another; answers that. */
  public long accumulateAndGet(long other, LongBinaryOperator function) {
    return updateAndGet(number -> function.applyAsLong(number, other));
  }

  /** Replaces the number by what a function makes of it and another; answers the one before. */
  public long getAndAccumulate(long other, LongBinaryOperator function) {
    return getAndUpdate(number -> function.applyAsLong(number, other));
  }
}
