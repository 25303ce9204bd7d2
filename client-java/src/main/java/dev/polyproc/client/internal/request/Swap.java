package dev.polyproc.client.internal.request;

import com.google.protobuf.MessageLite;
import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.Value;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A compare-and-set that expects an object, by Java's equality. The daemon compares values; where
 * another one stands for an equal object, such as a date in the words of another language, that one
 * is expected next.
 *
 * @param codec reads what is there
 * @param expected what is expected
 * @param encoded its own value
 */
public record Swap<T>(Codec<T> codec, Object expected, Value encoded) {
  /**
   * What the daemon says to one attempt.
   *
   * @param current what is there now; null when nothing is
   */
  public record Answer(boolean swapped, @Nullable Value current) {}

  /**
   * Answers whether it was swapped.
   *
   * @param attempt swaps if the daemon finds the value that it is given
   */
  public boolean make(Function<Value, Answer> attempt) {
    Value tried = encoded;
    while (true) {
      Answer answer = attempt.apply(tried);
      Value equal = equal(tried, answer);
      if (equal == null) {
        return answer.swapped();
      }
      tried = equal;
    }
  }

  /** The twin of {@link #make}; a plain call where no other value can stand for the object. */
  public <Q extends MessageLite, S extends MessageLite> CompletableFuture<Boolean> makeAsync(
      Requestor requestor,
      Operation<Q, S> operation,
      Function<Value, Q> request,
      Function<S, Answer> answer) {
    return Codecs.isExact(codec)
        ? requestor.async(
            operation, request.apply(encoded), response -> answer.apply(response).swapped())
        : makeAsync(encoded, value -> requestor.async(operation, request.apply(value), answer));
  }

  private CompletableFuture<Boolean> makeAsync(
      Value tried, Function<Value, CompletableFuture<Answer>> attempt) {
    return attempt
        .apply(tried)
        .thenCompose(
            answer -> {
              Value equal = equal(tried, answer);
              return equal == null
                  ? CompletableFuture.completedFuture(answer.swapped())
                  : makeAsync(equal, attempt);
            });
  }

  /** Another value that stands for the expected object; null when none was found. */
  private @Nullable Value equal(Value tried, Answer answer) {
    Value current = answer.current();
    return answer.swapped()
            || current == null
            || Codecs.isExact(codec)
            || current.equals(tried)
            || !Codecs.matches(codec, current, expected, null)
        ? null
        : current;
  }
}
