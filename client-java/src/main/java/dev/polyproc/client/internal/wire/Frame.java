package dev.polyproc.client.internal.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SessionAttachRequest} as it goes to the wire: what the callers serialized is written as
 * it is, without a message or a copy for each call.
 */
public final class Frame {
  /** A frame takes no further call beyond so many. */
  private static final int MAX_CALLS = 512;

  /** A frame takes no further call beyond so many bytes; a larger call has a frame to itself. */
  private static final int USUAL_BYTES = 1 << 20;

  /** What a frame with one call has around the call's body, at most, when it confirms nothing. */
  public static final int AROUND_ONE_CALL = 32;

  private static final int CALL_TAG =
      (SessionAttachRequest.CALLS_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  /** Tag and length of a call, tag and value of its sequence. */
  private static final int MAX_CALL_HEADER = 1 + 5 + 1 + 10;

  /** A call that has its number. */
  public interface Part {
    /** The call, serialized without its number. */
    byte[] body();

    /** Its number. */
    long sequence();
  }

  private final List<Part> calls = new ArrayList<>();
  private final long mostBytes;
  private byte[] header = {};
  private int size;

  /**
   * An empty frame.
   *
   * @param mostBytes the largest frame that the daemon takes
   */
  public Frame(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** The first frame of an attachment. */
  public static Frame attach(String session, long attachment, long receivedBelow) {
    Frame frame = new Frame(Long.MAX_VALUE);
    frame.header =
        SessionAttachRequest.newBuilder()
            .setSession(session)
            .setAttachment(attachment)
            .setReceivedBelow(receivedBelow)
            .build()
            .toByteArray();
    return frame;
  }

  /**
   * Confirms replies: those of all calls below a number, and those of some later ones.
   *
   * @return false when the frame has no room for that; then it confirms nothing
   */
  public boolean confirm(long receivedBelow, List<SequenceRange> received) {
    byte[] confirmation =
        SessionAttachRequest.newBuilder()
            .setReceivedBelow(receivedBelow)
            .addAllReceived(received)
            .build()
            .toByteArray();
    boolean fits = calls.isEmpty() || size + confirmation.length <= mostBytes;
    if (fits) {
      header = confirmation;
    }
    return fits;
  }

  /** Whether a call of so many bytes still goes into this frame. */
  public boolean hasRoomFor(int bytes) {
    return calls.isEmpty()
        || (calls.size() < MAX_CALLS
            && size + bytes + AROUND_ONE_CALL <= Math.min(USUAL_BYTES, mostBytes));
  }

  /** Adds a call that has its number. */
  public void add(Part call) {
    calls.add(call);
    int length = length(call);
    size += 1 + CodedOutputStream.computeUInt32SizeNoTag(length) + length;
  }

  public boolean isEmpty() {
    return calls.isEmpty();
  }

  /** The frame as gRPC takes a message. */
  public InputStream stream() {
    return new FrameStream();
  }

  private static int length(Part call) {
    return CodedOutputStream.computeUInt64Size(Call.SEQUENCE_FIELD_NUMBER, call.sequence())
        + call.body().length;
  }

  private void writeTo(OutputStream out) throws IOException {
    out.write(header);
    byte[] callHeader = new byte[MAX_CALL_HEADER];
    for (Part call : calls) {
      CodedOutputStream coded = CodedOutputStream.newInstance(callHeader);
      coded.writeUInt32NoTag(CALL_TAG);
      coded.writeUInt32NoTag(length(call));
      coded.writeUInt64(Call.SEQUENCE_FIELD_NUMBER, call.sequence());
      out.write(callHeader, 0, coded.getTotalBytesWritten());
      out.write(call.body());
    }
  }

  /** Hands the frame over in one go to a network; within a JVM it is read piece by piece. */
  private final class FrameStream extends InputStream implements KnownLength, Drainable {
    private final int total = header.length + size;
    private int remaining = total;
    private @Nullable ByteArrayInputStream whole;

    @Override
    public int available() {
      return remaining;
    }

    @Override
    public int drainTo(OutputStream out) throws IOException {
      writeTo(out);
      remaining = 0;
      return total;
    }

    @Override
    public int read() throws IOException {
      int read = whole().read();
      remaining -= read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = whole().read(bytes, offset, length);
      remaining -= Math.max(0, read);
      return read;
    }

    private ByteArrayInputStream whole() throws IOException {
      if (whole == null) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(total);
        writeTo(bytes);
        whole = new ByteArrayInputStream(bytes.toByteArray());
      }
      return whole;
    }
  }
}
