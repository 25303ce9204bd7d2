package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.Ref;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A truth value that programs share: an {@link java.util.concurrent.atomic.AtomicBoolean}.
 *
 * <p><b>Guarantees</b>: see {@link PolyValue}. Of all that set it from false to true by {@link
 * #compareAndSet}, one is told that it did.
 */
public final class PolyBoolean extends PolyValue<Boolean> {
  PolyBoolean(Requestor requestor, Ref ref, Function<String, PolyLock> guards) {
    super(requestor, ref, Codec.of(Boolean.class), guards);
  }

  /** What it is. */
  public boolean get() {
    return content();
  }

  /** The twin of {@link #get}. */
  public CompletableFuture<Boolean> getAsync() {
    return contentAsync();
  }

  /** Sets it. */
  public void set(boolean content) {
    replaceAny(content);
  }

  /** The twin of {@link #set}. */
  public CompletableFuture<@Nullable Void> setAsync(boolean content) {
    return replaceAnyAsync(content);
  }

  /** Sets it; answers what it was. */
  public boolean getAndSet(boolean content) {
    return exchange(content);
  }

  /** The twin of {@link #getAndSet}. */
  public CompletableFuture<Boolean> getAndSetAsync(boolean content) {
    return exchangeAsync(content);
  }

  /** Sets it if it is what is expected; answers whether it was. */
  public boolean compareAndSet(boolean expected, boolean content) {
    return replace(expected, content);
  }

  /** The twin of {@link #compareAndSet}. */
  public CompletableFuture<Boolean> compareAndSetAsync(boolean expected, boolean content) {
    return replaceAsync(expected, content);
  }

  /** Sets it if it is what is expected; answers what it was. */
  public boolean compareAndExchange(boolean expected, boolean content) {
    return witness(expected, content);
  }

  /** The twin of {@link #compareAndExchange}. */
  public CompletableFuture<Boolean> compareAndExchangeAsync(boolean expected, boolean content) {
    return witnessAsync(expected, content);
  }
}
