package dev.polyproc.server.supervisor;

/** A process could not be started; the message is the sentence that says why. */
final class StartFailure extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean ofTheSystem;

  /** For what whoever asked can mend. */
  StartFailure(String sentence) {
    this(sentence, false);
  }

  private StartFailure(String sentence, boolean ofTheSystem) {
    super(sentence, null, false, false);
    this.ofTheSystem = ofTheSystem;
  }

  /** For what whoever runs the daemon should know: it has no descriptor left, say. */
  static StartFailure ofTheSystem(String sentence) {
    return new StartFailure(sentence, true);
  }

  /** The sentence. */
  String sentence() {
    return String.valueOf(getMessage());
  }

  boolean isOfTheSystem() {
    return ofTheSystem;
  }
}
