package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.State;
import java.util.List;

/** Compares states of the engine, and says where they differ. */
final class States {
  private static final int SHOWN = 12;

  private States() {}

  /** Fails unless the states are equal. */
  static void requireEqual(String what, State expected, State actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(
          "Expected nothing of " + what + ", but " + difference(expected, actual));
    }
  }

  /** Where the texts of two states begin to differ. */
  static String difference(State expected, State actual) {
    List<String> wanted = expected.toString().lines().toList();
    List<String> got = actual.toString().lines().toList();
    int i = 0;
    while (i < Math.min(wanted.size(), got.size()) && wanted.get(i).equals(got.get(i))) {
      i++;
    }
    return "from line "
        + (i + 1)
        + " on, after\n"
        + shown(wanted, i - SHOWN, i)
        + "\nit should go on\n"
        + shown(wanted, i, i + SHOWN)
        + "\nand goes on\n"
        + shown(got, i, i + SHOWN);
  }

  private static String shown(List<String> lines, int from, int to) {
    return String.join(
        "\n", lines.subList(Math.max(0, Math.min(from, lines.size())), Math.min(to, lines.size())));
  }

  /** The state without what sessions remember of their calls, and without the count of entries. */
  static State withoutMemory(State state) {
    State.Builder rest = state.toBuilder().clearEntries().clearNow();
    rest.getSessionsBuilderList()
        .forEach(session -> session.clearForgottenBelow().clearReceived().clearSlots());
    return rest.build();
  }
}
