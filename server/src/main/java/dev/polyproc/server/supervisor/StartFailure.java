package dev.polyproc.server.supervisor;

/** A process could not be started; the message is the sentence that says why. */
final class StartFailure extends Exception {
  private static final long serialVersionUID = 1;

  StartFailure(String sentence) {
    super(sentence, null, false, false);
  }

  /** The sentence. */
  String sentence() {
    return String.valueOf(getMessage());
  }
}
