package dev.polyproc.server.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that are one large value of bytes and next to nothing else, as large ones mostly are.
 * Such a value may keep the array that the request came in, which saves to copy it; what stands
 * beside it is copied, as it may be kept for longer than the value.
 */
final class LargeValue {
  /** Less than so much is copied in next to no time. */
  private static final int LARGE_BYTES = 1 << 20;

  /** The array of the request may have so many bytes beside the value. */
  private static final int MOST_BESIDE = 4 << 10;

  private LargeValue() {}

  /** Whether the bytes of a request of a type are such a value, in an array of their own. */
  static boolean isAllOf(ByteString request, Descriptor type) {
    if (request.size() < LARGE_BYTES) {
      return false;
    }
    try {
      return isAllOf(request.newCodedInput(), type, arrayBytes(request) - MOST_BESIDE);
    } catch (IOException e) {
      return false; // Whoever parses it says what is wrong.
    }
  }

  private static boolean isAllOf(CodedInputStream input, Descriptor type, long least)
      throws IOException {
    Descriptor message = type;
    int beside = 0;
    while (beside <= MOST_BESIDE && !input.isAtEnd()) {
      int tag = input.readTag();
      FieldDescriptor field = message.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      int size = size(tag, input);
      if (size < least) {
        input.skipRawBytes(size);
        beside += 1 + size;
      } else if (field != null && field.getJavaType() == JavaType.MESSAGE) {
        message = field.getMessageType();
      } else {
        return field != null && field.getJavaType() == JavaType.BYTE_STRING;
      }
    }
    return false;
  }

  /** How many bytes of a field are not read yet. */
  private static int size(int tag, CodedInputStream input) throws IOException {
    return switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_LENGTH_DELIMITED -> input.readRawVarint32();
      case WireFormat.WIRETYPE_FIXED64 -> Long.BYTES;
      case WireFormat.WIRETYPE_FIXED32 -> Integer.BYTES;
      case WireFormat.WIRETYPE_VARINT -> {
        input.readRawVarint64();
        yield 0;
      }
      default -> throw new IOException("Expected no groups in a contract of version 3");
    };
  }

  /** How large the array is that some bytes are in. */
  private static long arrayBytes(ByteString bytes) throws IOException {
    ArraySize array = new ArraySize();
    UnsafeByteOperations.unsafeWriteTo(bytes, array);
    return array.size;
  }

  /** The message with copies of all bytes that are not large. */
  static Message withCopies(Message message) {
    Message.Builder builder = message.toBuilder();
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      if (descriptor.isRepeated()) {
        List<?> values = (List<?>) field.getValue();
        for (int i = 0; i < values.size(); i++) {
          builder.setRepeatedField(descriptor, i, copy(values.get(i)));
        }
      } else {
        builder.setField(descriptor, copy(field.getValue()));
      }
    }
    return builder.build();
  }

  private static Object copy(Object value) {
    if (value instanceof Message message) {
      return withCopies(message);
    }
    if (value instanceof ByteString bytes && bytes.size() < LARGE_BYTES) {
      return ByteString.copyFrom(bytes.toByteArray());
    }
    return value;
  }

  /** Is told the arrays that bytes are in, instead of taking them; several count as endless. */
  private static final class ArraySize extends ByteOutput {
    private byte @Nullable [] seen;
    private long size;

    @Override
    public void writeLazy(byte[] array, int offset, int length) {
      size = seen == null ? array.length : Long.MAX_VALUE;
      seen = array;
    }

    @Override
    public void writeLazy(ByteBuffer buffer) {
      size = Long.MAX_VALUE;
    }

    @Override
    public void write(byte value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(byte[] array, int offset, int length) {
      writeLazy(array, offset, length);
    }

    @Override
    public void write(ByteBuffer buffer) {
      writeLazy(buffer);
    }
  }
}
