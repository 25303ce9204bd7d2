package dev.polyproc.client;

import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import java.util.Map;

/**
 * A value that came from the daemon is not of the type that the codec reads. The value is not lost
 * with it: an item that was taken from a queue is {@link #value()}.
 */
public final class UnexpectedValueException extends PolyprocException {
  private static final long serialVersionUID = 1;

  private final String expected;
  private final Value found;
  private final Value value;

  /**
   * What a codec throws.
   *
   * @param expected what it reads, such as "a date"
   */
  public UnexpectedValueException(String expected, Value value) {
    this(expected, value, value);
  }

  private UnexpectedValueException(String expected, Value found, Value value) {
    super(
        ErrorReason.ERROR_REASON_INVALID_VALUE,
        Code.INVALID_ARGUMENT,
        "Expected " + expected + ", but the value is " + Values.describe(found),
        Map.of(),
        null);
    this.expected = expected;
    this.found = found;
    this.value = value;
  }

  /** The same for the value that this one is a part of. */
  UnexpectedValueException partOf(String where, Value whole) {
    return new UnexpectedValueException(expected + " " + where, found, whole);
  }

  /** The value as it came. */
  public Value value() {
    return value;
  }
}
