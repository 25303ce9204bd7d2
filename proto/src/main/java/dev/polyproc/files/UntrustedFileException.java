package dev.polyproc.files;

import java.io.IOException;

/**
 * A file is not used, since somebody else may have made or may change it: a sentence says which.
 */
public final class UntrustedFileException extends IOException {
  private static final long serialVersionUID = 1;

  /** With a sentence of the form "Expected …, but …". */
  public UntrustedFileException(String sentence) {
    super(sentence);
  }

  /** The sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
