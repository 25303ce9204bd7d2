package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A number that programs share and count with: Guava's {@code AtomicDouble}.
 *
 * <p><b>Guarantees</b>: see {@link PolyValue}; and
 *
 * <ul>
 *   <li>What adds is one step of the daemon, so that no addition is lost, however many add at a
 *       time.
 *   <li>What takes a function reads, applies it, and tries again where the content has changed
 *       meanwhile: it must have no effect beside its result.
 *   <li>Otherwise than Guava's, which compares bits, NaN equals itself whatever its bits, and -0.0
 *       is 0.0 where it is expected.
 * </ul>
 */
public final class PolyDouble extends PolyValue<Double> {
  PolyDouble(Requestor requestor, Ref ref, Function<String, PolyLock> guards) {
    super(requestor, ref, Codec.of(Double.class), guards);
  }

  /** The number. */
  public double get() {
    return content();
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<Double> getAsync() {
    return contentAsync();
  }

  /** Replaces the number. */
  public void set(double number) {
    replaceAny(number);
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(double number) {
    return replaceAnyAsync(number);
  }

  /** Replaces the number; answers the one before. */
  public double getAndSet(double number) {
    return exchange(number);
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<Double> getAndSetAsync(double number) {
    return exchangeAsync(number);
  }

  /** Replaces the number if it is another one; answers whether it was. */
  public boolean compareAndSet(double expected, double number) {
    return replace(expected, number);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(double expected, double number) {
    return replaceAsync(expected, number);
  }

  /**
   * Replaces the number if it is another one; answers what it was, which is the other one where it
   * was replaced.
   */
  public double compareAndExchange(double expected, double number) {
    return witness(expected, number);
  }

  /** The twin of {@link #compareAndExchange}. */
  public CompletableFuture<Double> compareAndExchangeAsync(double expected, double number) {
    return witnessAsync(expected, number);
  }

  /** Adds to the number; answers the sum. */
  public double addAndGet(double amount) {
    return add(amount);
  }

  /** The twin of {@link #addAndGet}. */
  public CompletableFuture<Double> addAndGetAsync(double amount) {
    return addAsync(amount);
  }

  /** Adds to the number; answers the one before. */
  public double getAndAdd(double amount) {
    return beforeAdd(amount);
  }

  /** The twin of {@link #getAndAdd}. */
  public CompletableFuture<Double> getAndAddAsync(double amount) {
    return beforeAddAsync(amount);
  }

  /** Replaces the number by what a function makes of it; answers that. */
  public double updateAndGet(DoubleUnaryOperator function) {
    return update(function::applyAsDouble);
  }

  /** Replaces the number by what a function makes of it; answers the one before. */
  public double getAndUpdate(DoubleUnaryOperator function) {
    return beforeUpdate(function::applyAsDouble);
  }

  /** Replaces the number by what a function makes of it and another; answers that. */
  public double accumulateAndGet(double other, DoubleBinaryOperator function) {
    return updateAndGet(number -> function.applyAsDouble(number, other));
  }

  /** Replaces the number by what a function makes of it and another; answers the one before. */
  public double getAndAccumulate(double other, DoubleBinaryOperator function) {
    return getAndUpdate(number -> function.applyAsDouble(number, other));
  }
}
