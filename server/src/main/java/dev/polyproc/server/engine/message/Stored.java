package dev.polyproc.server.engine.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;

/** Reads messages of the log and of snapshots, which may nest deeper than requests may now. */
public final class Stored {
  private static final int DEEPEST = 10_000;

  private Stored() {}

  public static CodedInputStream read(ByteString bytes) {
    CodedInputStream coded = bytes.newCodedInput();
    coded.setRecursionLimit(DEEPEST);
    return coded;
  }
}
