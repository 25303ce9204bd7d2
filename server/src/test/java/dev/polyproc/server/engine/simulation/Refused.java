package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;

/** The model refuses a call. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorReason reason;

  Refused(ErrorReason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  ErrorReason reason() {
    return reason;
  }
}
