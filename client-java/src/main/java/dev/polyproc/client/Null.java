package dev.polyproc.client;

/** The type of {@link Codec#NULL}. */
enum Null {
  NULL;

  @Override
  public String toString() {
    return "null";
  }
}
