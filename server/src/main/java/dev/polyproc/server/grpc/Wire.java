package dev.polyproc.server.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.StatusException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Messages on the wire. */
final class Wire {
  private Wire() {}

  /** Hands on the bytes: a stock marshaller answers UNKNOWN to garbage, with a stack trace. */
  static final Marshaller<byte[]> BYTES =
      new Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            if (!(stream instanceof KnownLength)) {
              return stream.readAllBytes();
            }
            byte[] bytes = new byte[stream.available()];
            int read = stream.readNBytes(bytes, 0, bytes.length);
            if (read != bytes.length || stream.read() != -1) {
              throw new IOException("Expected " + bytes.length + " bytes of a message");
            }
            return bytes;
          } catch (Compression.Compressed e) {
            return Compression.MESSAGE;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  /**
   * The type of a method as gRPC is told: that its client may send more than one message. Where it
   * may not, gRPC would answer a second one in its own way, by resetting the call.
   */
  static MethodType withMoreMessages(MethodType type) {
    return switch (type) {
      case UNARY -> MethodType.CLIENT_STREAMING;
      case SERVER_STREAMING -> MethodType.BIDI_STREAMING;
      default -> type;
    };
  }

  /** Serializes responses of a type; the daemon never parses them. */
  static Marshaller<Message> responses(Descriptor type) {
    return ProtoUtils.marshaller((Message) DynamicMessage.getDefaultInstance(type));
  }

  /** Ends a call with a status of the contract. */
  static void close(ServerCall<?, ?> call, Status error) {
    StatusException exception = StatusProto.toStatusException(error);
    Metadata trailers = exception.getTrailers();
    call.close(exception.getStatus(), trailers == null ? new Metadata() : trailers);
  }
}
