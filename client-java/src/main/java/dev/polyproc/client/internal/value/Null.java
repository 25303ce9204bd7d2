package dev.polyproc.client.internal.value;

/** The type of {@code Codec.NULL}. */
public enum Null {
  NULL;

  @Override
  public String toString() {
    return "null";
  }
}
