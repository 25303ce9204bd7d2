package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the model says that a call is answered: by a response, whose numbers are left to the engine,
 * or with a reason.
 *
 * @param numbers what stands for the numbers that the engine gives, in the order in which they
 *     stand in the response
 */
record Outcome(@Nullable Message response, @Nullable ErrorReason reason, List<Numbered> numbers) {
  /** Something that the engine numbers: a reservation, a hold, an object. */
  static final class Numbered {
    /** An item's place: what the engine calls it is learned late, in no order. */
    static final String PLACE = "place";

    private final String what;
    private long number;

    Numbered(String what) {
      this.what = what;
    }

    /** The engine's number; 0 before a reply told it. */
    long number() {
      return number;
    }

    boolean is(long other) {
      return number != 0 && number == other;
    }

    String what() {
      return what;
    }

    void learn(long actual) {
      if (number != 0 && number != actual) {
        throw new AssertionError("Expected " + this + " again, but got " + actual);
      }
      number = actual;
    }

    @Override
    public String toString() {
      return what + " " + number;
    }
  }

  static Outcome of(Message response) {
    return new Outcome(response, null, List.of());
  }

  static Outcome of(Message response, Numbered number) {
    return new Outcome(response, null, List.of(number));
  }

  static Outcome of(Message response, List<Numbered> numbers) {
    return new Outcome(response, null, numbers);
  }

  static Outcome refused(ErrorReason reason) {
    return new Outcome(null, reason, List.of());
  }
}
