package dev.polyproc.integration;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.io.IOException;

/** Values that nest deep, made without recursion. */
final class DeepValue {
  private static final int LENGTH_DELIMITED = 2;

  private DeepValue() {}

  /** A list of a list of ... of an int, in {@code depth} levels. */
  static Value of(int depth) {
    try {
      CodedInputStream input = bytes(depth).newCodedInput();
      input.setRecursionLimit(Integer.MAX_VALUE);
      return Value.parseFrom(input);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The bytes of a Put of one. */
  static byte[] put(String queue, int depth) {
    return QueuePutRequest.newBuilder()
        .setQueue(queue)
        .build()
        .toByteString()
        .concat(field(QueuePutRequest.ITEM_FIELD_NUMBER, bytes(depth)))
        .toByteArray();
  }

  private static ByteString bytes(int depth) {
    ByteString value = Requests.number(1).toByteString();
    for (int level = 1; level < depth; level++) {
      value = field(Value.LIST_FIELD_NUMBER, field(ValueList.VALUES_FIELD_NUMBER, value));
    }
    return value;
  }

  /** A field of a message that holds bytes, or a message. */
  static ByteString field(int number, ByteString content) {
    byte[] head =
        new byte
            [CodedOutputStream.computeTagSize(number)
                + CodedOutputStream.computeUInt32SizeNoTag(content.size())];
    CodedOutputStream output = CodedOutputStream.newInstance(head);
    try {
      output.writeTag(number, LENGTH_DELIMITED);
      output.writeUInt32NoTag(content.size());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return ByteString.copyFrom(head).concat(content);
  }
}
