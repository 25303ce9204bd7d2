package dev.polyproc.client.internal.wire;

import com.google.protobuf.Message;

/** What a message says, for people. */
public final class Fields {
  private Fields() {}

  /** The fields that were given, as the contract names them, in one line. */
  public static String of(Message message) {
    return message
        .toString()
        .strip()
        .replaceAll("\\{\\s*\\n\\s*", "{")
        .replaceAll("\\s*\\n\\s*}", "}")
        .replaceAll("\\s*\\n\\s*", ", ");
  }
}
