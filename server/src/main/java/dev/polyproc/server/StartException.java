package dev.polyproc.server;

/** The daemon cannot start, for a reason that its user can mend: a sentence says which. */
final class StartException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private final int status;
  private final boolean showsUsage;

  StartException(String message) {
    this(FAILED, message, false);
  }

  private StartException(int status, String message, boolean showsUsage) {
    super(message);
    this.status = status;
    this.showsUsage = showsUsage;
  }

  /** What it was told makes no sense. */
  static StartException misused(String message) {
    return new StartException(MISUSED, message, false);
  }

  /** It was told what it does not know: whoever told it may want to see what it does. */
  static StartException unknown(String message) {
    return new StartException(MISUSED, message, true);
  }

  /** Whether all options are shown before the sentence. */
  boolean showsUsage() {
    return showsUsage;
  }

  /** How the process ends. */
  int status() {
    return status;
  }
}
