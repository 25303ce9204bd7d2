package dev.polyproc.server;

/** The daemon cannot start, for a reason that its user can mend: a sentence says which. */
final class StartException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private final int status;

  StartException(String message) {
    this(FAILED, message);
  }

  private StartException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** What it was told makes no sense. */
  static StartException misused(String message) {
    return new StartException(MISUSED, message);
  }

  /** How the process ends. */
  int status() {
    return status;
  }
}
