package dev.polyproc.server.engine.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;

/** Reads what was taken before, and may nest as deep as the limits allowed then. */
public final class Stored {
  private static final int DEEPEST = 10_000;

  private Stored() {}

  public static CodedInputStream read(ByteString bytes) {
    CodedInputStream coded = bytes.newCodedInput();
    coded.setRecursionLimit(DEEPEST);
    return coded;
  }
}
