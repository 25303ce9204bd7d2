package dev.polyproc.server;

/** The daemon cannot start, for a reason its user can do something about. */
final class StartException extends Exception {
  StartException(String sentence) {
    super(sentence);
  }
}
