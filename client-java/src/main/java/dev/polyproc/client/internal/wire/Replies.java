package dev.polyproc.client.internal.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.rpc.Status;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachResponse;
import java.io.IOException;

/**
 * Reads a {@link SessionAttachResponse} off the wire, and hands each response on where it stands,
 * so that it is parsed once, as what it is.
 */
public final class Replies {
  /** Takes what a frame holds, in order. */
  public interface Reader {
    /** The daemon has taken the attachment. */
    void attached();

    /** A call is done; its response stands in {@code bytes}. */
    void response(long sequence, CodedInputStream bytes);

    /** A call was refused. */
    void error(long sequence, Status status);
  }

  private static final int SEQUENCE = Reply.SEQUENCE_FIELD_NUMBER;
  private static final int RESPONSE = Reply.RESPONSE_FIELD_NUMBER;
  private static final int ERROR = Reply.ERROR_FIELD_NUMBER;

  /** How deep messages nest; a level of a value takes three: the map, its entry, the value. */
  private final int recursionLimit;

  public Replies(int valueDepth) {
    this.recursionLimit = 3 * valueDepth + 20;
  }

  public void read(byte[] frame, Reader reader) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(frame);
    while (!in.isAtEnd()) {
      int tag = in.readTag();
      switch (tag >>> 3) {
        case SessionAttachResponse.ATTACHED_FIELD_NUMBER -> {
          if (in.readBool()) {
            reader.attached();
          }
        }
        case SessionAttachResponse.REPLIES_FIELD_NUMBER -> {
          int limit = in.pushLimit(in.readRawVarint32());
          readReply(frame, in, reader);
          in.popLimit(limit);
        }
        default -> in.skipField(tag);
      }
    }
  }

  private void readReply(byte[] frame, CodedInputStream in, Reader reader) throws IOException {
    long sequence = 0;
    int start = 0;
    int length = 0;
    Status error = null;
    while (!in.isAtEnd()) {
      int tag = in.readTag();
      switch (tag >>> 3) {
        case SEQUENCE -> sequence = in.readUInt64();
        case RESPONSE -> {
          length = in.readRawVarint32();
          start = in.getTotalBytesRead();
          in.skipRawBytes(length);
        }
        case ERROR ->
            error = in.readMessage(Status.parser(), ExtensionRegistryLite.getEmptyRegistry());
        default -> in.skipField(tag);
      }
    }
    if (error != null) {
      reader.error(sequence, error);
    } else {
      CodedInputStream response = CodedInputStream.newInstance(frame, start, length);
      response.setRecursionLimit(recursionLimit);
      response.pushLimit(length); // so that it can be asked how long it is
      reader.response(sequence, response);
    }
  }
}
