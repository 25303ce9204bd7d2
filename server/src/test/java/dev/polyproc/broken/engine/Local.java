package dev.polyproc.broken.engine;

/** Speaks the user's language. */
final class Local {
  String number(int number) {
    return String.format("%d", number);
  }
}
