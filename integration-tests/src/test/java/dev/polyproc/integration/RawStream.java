package dev.polyproc.integration;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.SessionAttachRequest;
import io.grpc.MethodDescriptor;
import java.io.IOException;

/** A stream of SessionService.Attach in hand-made HTTP/2, whose frames may hold anything. */
final class RawStream {
  private final RawHttp2 connection;
  private final int stream;

  private RawStream(RawHttp2 connection, int stream) {
    this.connection = connection;
    this.stream = stream;
  }

  /** Opens a stream, and sends its first frame. */
  static RawStream attach(Attacker attacker, RawHttp2 connection, String session, long number)
      throws IOException {
    int stream = connection.newStream();
    connection.headers(
        stream, attacker.headers("polyproc.v1.SessionService/Attach"), RawHttp2.END_HEADERS);
    return new RawStream(connection, stream)
        .frame(
            SessionAttachRequest.newBuilder()
                .setSession(session)
                .setAttachment(number)
                .build()
                .toByteString());
  }

  /** Sends a frame of any bytes. */
  RawStream frame(ByteString bytes) throws IOException {
    connection.data(stream, RawHttp2.message(false, bytes.toByteArray()), false);
    return this;
  }

  void flush() throws IOException {
    connection.flush();
  }

  /** A frame of calls with different numbers. */
  static ByteString commands(long first, int many, MethodDescriptor<?, ?> method, Message request) {
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
    for (int i = 0; i < many; i++) {
      frame.addCalls(call(first + i, method, request));
    }
    return frame.build().toByteString();
  }

  /** A frame of the same read, again and again. */
  static ByteString reads(int many, MethodDescriptor<?, ?> method, Message request) {
    ByteString one =
        SessionAttachRequest.newBuilder().addCalls(call(1, method, request)).build().toByteString();
    return Wide.repeat(one.size() * many, one.toByteArray());
  }

  private static Call call(long sequence, MethodDescriptor<?, ?> method, Message request) {
    return Call.newBuilder()
        .setSequence(sequence)
        .setMethodNumber(Attachment.number(method))
        .setRequest(request.toByteString())
        .build();
  }
}
