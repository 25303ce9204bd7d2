package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A number that programs share and count with: an {@link
 * java.util.concurrent.atomic.AtomicInteger}.
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
public final class PolyInteger extends PolyValue<Integer> {
  PolyInteger(Requestor requestor, Ref ref, Function<String, PolyLock> guards) {
    super(requestor, ref, Codec.of(Integer.class), guards, Overflow.OVERFLOW_WRAP);
  }

  /** The number. */
  public int get() {
    return content();
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<Integer> getAsync() {
    return contentAsync();
  }

  /** Replaces the number. */
  public void set(int number) {
    replaceAny(number);
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(int number) {
    return replaceAnyAsync(number);
  }

  /** Replaces the number; answers the one before. */
  public int getAndSet(int number) {
    return exchange(number);
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<Integer> getAndSetAsync(int number) {
    return exchangeAsync(number);
  }

  /** Replaces the number if it is another one; answers whether it was. */
  public boolean compareAndSet(int expected, int number) {
    return replace(expected, number);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(int expected, int number) {
    return replaceAsync(expected, number);
  }

  /**
   * Replaces the number if it is another one; answers what it was, which is the other one where it
   * was replaced.
   */
  public int compareAndExchange(int expected, int number) {
    return witness(expected, number);
  }

  /** The twin of {@link #compareAndExchange}. */
  public CompletableFuture<Integer> compareAndExchangeAsync(int expected, int number) {
    return witnessAsync(expected, number);
  }

  /** Adds to the number; answers the sum. */
  public int addAndGet(int amount) {
    return add(amount);
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<Integer> addAndGetAsync(int amount) {
    return addAsync(amount);
  }

  /** Adds to the number; answers the one before. */
  public int getAndAdd(int amount) {
    return beforeAdd(amount);
  }

  /** The twin of {@link #getAndAdd}. */
  public CompletableFuture<Integer> getAndAddAsync(int amount) {
    return beforeAddAsync(amount);
  }

  /** Adds one; answers the sum. */
  public int incrementAndGet() {
    return increment();
  }

  /** The twin of {@link #incrementAndGet}. */
  public CompletableFuture<Integer> incrementAndGetAsync() {
    return incrementAsync();
  }

  /** Takes one; answers what is left. */
  public int decrementAndGet() {
    return addAndGet(-1);
  }

  /** The twin of {@link #decrementAndGet}. */
  public CompletableFuture<Integer> decrementAndGetAsync() {
    return addAndGetAsync(-1);
  }

  /** Adds one; answers the number before. */
  public int getAndIncrement() {
    return beforeIncrement();
  }

  /** The twin of {@link #getAndIncrement}. */
  public CompletableFuture<Integer> getAndIncrementAsync() {
    return beforeIncrementAsync();
  }

  /** Takes one; answers the number before. */
  public int getAndDecrement() {
    return getAndAdd(-1);
  }

  /** The twin of {@link #getAndDecrement}. */
  public CompletableFuture<Integer> getAndDecrementAsync() {
    return getAndAddAsync(-1);
  }

  /** Replaces the number by what a function makes of it; answers that. */
  public int updateAndGet(IntUnaryOperator function) {
    return update(function::applyAsInt);
  }

  /** Replaces the number by what a function makes of it; answers the one before. */
  public int getAndUpdate(IntUnaryOperator function) {
    return beforeUpdate(function::applyAsInt);
  }

  /** Replaces the number by what a function makes of it and another; answers that. */
  public int accumulateAndGet(int other, IntBinaryOperator function) {
    return updateAndGet(number -> function.applyAsInt(number, other));
  }

  /** Replaces the number by what a function makes of it and another; answers the one before. */
  public int getAndAccumulate(int other, IntBinaryOperator function) {
    return getAndUpdate(number -> function.applyAsInt(number, other));
  }
}
