package dev.polyproc.client.internal.pool;

import dev.polyproc.v1.PoolFailure;
import java.io.PrintWriter;
import java.io.StringWriter;

/** What was thrown, in the words of the contract. */
final class Failures {
  /** So many characters of a stack are told; one of an endless recursion has more. */
  private static final int LONGEST_STACK = 20_000;

  private static final int LONGEST_MESSAGE = 10_000;
  private static final int SHORT = 200;

  private Failures() {}

  static PoolFailure of(Throwable thrown) {
    return PoolFailure.newBuilder()
        .setType(thrown.getClass().getName())
        .setMessage(message(thrown))
        .setStack(stack(thrown))
        .build();
  }

  /** The same in few bytes: of what kind it was, and how its message begins. */
  static PoolFailure shortened(PoolFailure failure) {
    return PoolFailure.newBuilder()
        .setType(sendable(failure.getType(), SHORT))
        .setMessage(sendable(failure.getMessage(), SHORT))
        .build();
  }

  /** What a function threw is anybody's, and so is what its methods do. */
  private static String message(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      return message == null ? "" : sendable(message, LONGEST_MESSAGE);
    } catch (RuntimeException e) {
      return "no message, as getMessage threw a " + e.getClass().getName();
    }
  }

  private static String stack(Throwable thrown) {
    StringWriter stack = new StringWriter();
    try {
      thrown.printStackTrace(new PrintWriter(stack));
    } catch (RuntimeException e) {
      stack.append("no more, as printStackTrace threw a ").append(e.getClass().getName());
    }
    return sendable(stack.toString(), LONGEST_STACK);
  }

  /** A text that UTF-8 can carry. */
  private static String sendable(String text, int longest) {
    StringBuilder sent = new StringBuilder(Math.min(text.length(), longest));
    text.codePoints()
        .limit(longest)
        .map(c -> Character.getType(c) == Character.SURROGATE ? '?' : c)
        .forEach(sent::appendCodePoint);
    return sent.toString();
  }
}
