package dev.polyproc.client;

import com.google.rpc.Code;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value that came from the daemon is not of the type that the codec reads. The value is not lost
 * with it: an item that was taken from a queue is {@link #value()}.
 */
public final class UnexpectedValueException extends PolyprocException {
  private static final long serialVersionUID = 1;
  private static final String DONE =
      "; the call has taken effect all the same, and value() of this exception is what it ";

  private final String expected;
  private final Value found;
  private final Value value;

  /**
   * What a codec throws.
   *
   * @param expected what it reads, such as "a date"
   */
  public UnexpectedValueException(String expected, Value value) {
    this(expected, value, value, "", null);
  }

  private UnexpectedValueException(
      String expected, Value found, Value value, String outcome, @Nullable Throwable cause) {
    super(
        ErrorReason.ERROR_REASON_INVALID_VALUE,
        Code.INVALID_ARGUMENT,
        "Expected " + expected + ", but the value is " + Values.describe(found) + outcome,
        Map.of(),
        cause);
    this.expected = expected;
    this.found = found;
    this.value = value;
  }

  /** The same for the value that this one is a part of. */
  public UnexpectedValueException partOf(String where, Value whole) {
    return new UnexpectedValueException(expected + " " + where, found, whole, "", getCause());
  }

  /**
   * What a call fails with that has taken effect, when its result cannot be read.
   *
   * @param failure what the codec threw
   * @param whole all that the call took away, or replaced
   */
  public static UnexpectedValueException taken(RuntimeException failure, Value whole) {
    return done(failure, whole, "took");
  }

  /**
   * What a call fails with that has changed something, when what it answers cannot be read.
   *
   * @param failure what the codec threw
   * @param answer what it answers, such as a sum
   */
  public static UnexpectedValueException answered(RuntimeException failure, Value answer) {
    return done(failure, answer, "answered");
  }

  private static UnexpectedValueException done(RuntimeException failure, Value whole, String what) {
    return failure instanceof UnexpectedValueException e
        ? new UnexpectedValueException(e.expected, e.found, whole, DONE + what, e.getCause())
        : new UnexpectedValueException(
            "what the codec reads, which threw " + Values.visible(failure.toString()),
            whole,
            whole,
            DONE + what,
            failure);
  }

  /** The value as it came: all that the call took, where it took something away or replaced it. */
  public Value value() {
    return value;
  }
}
