package dev.polyproc.client.internal.request;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.Value;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * A change of a number or a character by a function of it, which is asked again where somebody else
 * has changed it meanwhile: an attempt that fails tells what is there, so that it is not read
 * again.
 *
 * @param codec reads what is there
 * @param before what the function was given last
 * @param current what is there since
 */
public record Update<E>(Codec<E> codec, E before, Value current) {
  /**
   * What the daemon says to one attempt.
   *
   * @param current what is there now
   */
  public record Answer(boolean swapped, Value current) {}

  /**
   * Makes the change.
   *
   * @param seen what is there
   * @param attempt expects a value, and replaces it by another
   */
  public static <E> Update<E> make(
      Codec<E> codec,
      Value seen,
      UnaryOperator<E> function,
      BiFunction<Value, Value, Answer> attempt) {
    Value expected = seen;
    while (true) {
      E before = codec.decode(expected);
      Answer answer = attempt.apply(expected, codec.encode(function.apply(before)));
      if (answer.swapped()) {
        return new Update<>(codec, before, answer.current());
      }
      expected = answer.current();
    }
  }

  /** What is there since, as the element's type has rounded or wrapped it. */
  public E after() {
    return Codecs.answered(codec, current);
  }
}
