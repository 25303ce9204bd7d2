package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts the fields of a serialized message, those of nested messages included, before any object
 * is made of them: two bytes on the wire can be an object of fifty.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every field counts that a parser would come across, known or not, in the same order: where
 *       the bytes are no message, or nest too deep, the scan ends where a parser would.
 *   <li>Nothing is made for a field. It stops at the first one that is too many.
 * </ul>
 */
final class FieldScan {
  private final CodedInputStream input;
  private long left;

  private FieldScan(ByteString bytes, long most) {
    this.input = bytes.newCodedInput();
    this.left = most;
  }

  /**
   * Whether a message has more than so many fields.
   *
   * @param depth how deep its messages may nest
   */
  static boolean hasMore(ByteString bytes, Shape shape, int depth, long most) {
    FieldScan scan = new FieldScan(bytes, most);
    try {
      scan.walk(shape, depth);
    } catch (IOException e) {
      return scan.left < 0; // What is no message is said by whoever parses it.
    }
    return scan.left < 0;
  }

  /** Whether one field stands in a message more than so many times; nested ones do not count. */
  static boolean hasMore(ByteString bytes, int field, long most) {
    CodedInputStream input = bytes.newCodedInput();
    long left = most;
    try {
      for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == field && --left < 0) {
          return true;
        }
        if (!input.skipField(tag)) {
          return false;
        }
      }
    } catch (IOException e) {
      return false; // As above.
    }
    return false;
  }

  /** Which fields of a type hold messages, and which several numbers in one piece. */
  static final class Shape {
    private final @Nullable Shape[] messages;
    private final boolean[] isPacked;
    private final int[] elementBytes;

    private Shape(int fields) {
      this.messages = new Shape[fields];
      this.isPacked = new boolean[fields];
      this.elementBytes = new int[fields];
    }

    static Shape of(Descriptor type) {
      return of(type, new HashMap<>());
    }

    private static Shape of(Descriptor type, Map<Descriptor, Shape> known) {
      Shape before = known.get(type);
      if (before != null) {
        return before; // A value holds values.
      }
      int last = type.getFields().stream().mapToInt(FieldDescriptor::getNumber).max().orElse(-1);
      Shape shape = new Shape(last + 1);
      known.put(type, shape);
      for (FieldDescriptor field : type.getFields()) {
        int number = field.getNumber();
        if (field.getJavaType() == JavaType.MESSAGE) {
          shape.messages[number] = of(field.getMessageType(), known);
        } else if (field.isPackable()) {
          shape.isPacked[number] = true;
          shape.elementBytes[number] =
              switch (field.getType()) {
                case DOUBLE, FIXED64, SFIXED64 -> Long.BYTES;
                case FLOAT, FIXED32, SFIXED32 -> Integer.BYTES;
                default -> 0;
              };
        }
      }
      return shape;
    }

    private @Nullable Shape message(int field) {
      return field < messages.length ? messages[field] : null;
    }

    private boolean isPacked(int field) {
      return field < isPacked.length && isPacked[field];
    }
  }

  /** Counts up to the end of the message; false where there is no need to go on. */
  private boolean walk(Shape shape, int depth) throws IOException {
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      if (--left < 0) {
        return false;
      }
      boolean goesOn =
          switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED ->
                content(shape, WireFormat.getTagFieldNumber(tag), depth);
            case WireFormat.WIRETYPE_START_GROUP -> group();
            case WireFormat.WIRETYPE_END_GROUP -> false;
            default -> input.skipField(tag);
          };
      if (!goesOn) {
        return false;
      }
    }
    return true;
  }

  private boolean content(Shape shape, int field, int depth) throws IOException {
    Shape message = shape.message(field);
    int length = input.readRawVarint32();
    if (message == null && !shape.isPacked(field)) {
      input.skipRawBytes(length);
      return true;
    }
    if (message != null && depth == 0) {
      return false;
    }
    int limit = input.pushLimit(length);
    boolean goesOn = message == null ? packed(shape.elementBytes[field]) : walk(message, depth - 1);
    if (goesOn) {
      input.popLimit(limit);
    }
    return goesOn;
  }

  /** Elements count, and not the piece that they come in. */
  private boolean packed(int elementBytes) throws IOException {
    left++;
    while (!input.isAtEnd()) {
      if (--left < 0) {
        return false;
      }
      if (elementBytes > 0) {
        input.skipRawBytes(elementBytes);
      } else {
        input.readRawVarint64();
      }
    }
    return true;
  }

  /** Groups are in no message of ours; what is in one is dropped, however deep. */
  private boolean group() throws IOException {
    for (int open = 1; open > 0; ) {
      int tag = input.readTag();
      if (tag == 0 || --left < 0) {
        return false;
      }
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_START_GROUP -> open++;
        case WireFormat.WIRETYPE_END_GROUP -> open--;
        default -> input.skipField(tag);
      }
    }
    return true;
  }
}
