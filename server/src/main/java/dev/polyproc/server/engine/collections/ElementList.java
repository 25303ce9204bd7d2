package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Elements;
import java.util.function.IntToLongFunction;

/** Elements as they come and go in a message: in one of its fields. */
final class ElementList {
  private ElementList() {}

  /**
   * The elements of a message.
   *
   * @param format what they are to be
   * @param wraps whether what is out of range wraps
   */
  static long[] of(String field, Elements elements, ElementFormat format, boolean wraps) {
    int[] text = elements.getText().codePoints().toArray();
    int[] counts = {
      elements.getIntsCount(),
      elements.getUintsCount(),
      elements.getFloatsCount(),
      elements.getBytes().size(),
      text.length
    };
    int fields = 0;
    int count = 0;
    for (int each : counts) {
      fields += each > 0 ? 1 : 0;
      count += each;
    }
    if (fields > 1) {
      throw Refusal.argument(
          field, "Expected " + field + " in one field, but there are some in " + fields);
    }
    long[] all = new long[count];
    for (int i = 0; i < all.length; i++) {
      if (counts[0] > 0) {
        all[i] = format.ofNumber(field, elements.getInts(i), wraps);
      } else if (counts[1] > 0) {
        all[i] = format.ofUnsigned(field, elements.getUints(i), wraps);
      } else if (counts[2] > 0) {
        all[i] = format.ofFloat(field, elements.getFloats(i));
      } else if (counts[3] > 0) {
        all[i] = format.ofByte(field, elements.getBytes().byteAt(i));
      } else {
        all[i] = format.ofCodePoint(field, text[i]);
      }
    }
    return all;
  }

  /** How many bytes an element takes in a message. */
  static int size(ElementFormat format, long bits) {
    return switch (format.kind()) {
      case FLOAT -> Double.BYTES;
      case CHAR -> 1;
      case WCHAR -> Character.charCount((int) bits) == 1 ? 3 : 4;
      case BOOL, WHOLE ->
          format.isUnsigned()
              ? CodedOutputStream.computeUInt64SizeNoTag(bits)
              : CodedOutputStream.computeSInt64SizeNoTag(bits);
    };
  }

  /**
   * Elements of a format as a message.
   *
   * @param all which is at each of {@code count} places
   */
  static Elements of(ElementFormat format, int count, IntToLongFunction all) {
    Elements.Builder elements = Elements.newBuilder();
    switch (format.kind()) {
      case FLOAT -> {
        for (int i = 0; i < count; i++) {
          elements.addFloats(format.toDouble(all.applyAsLong(i)));
        }
      }
      case CHAR -> {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) all.applyAsLong(i);
        }
        elements.setBytes(ByteString.copyFrom(bytes));
      }
      case WCHAR -> {
        StringBuilder text = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
          text.appendCodePoint((int) all.applyAsLong(i));
        }
        elements.setText(text.toString());
      }
      case BOOL, WHOLE -> {
        for (int i = 0; i < count; i++) {
          if (format.isUnsigned()) {
            elements.addUints(all.applyAsLong(i));
          } else {
            elements.addInts(all.applyAsLong(i));
          }
        }
      }
    }
    return elements.build();
  }
}
