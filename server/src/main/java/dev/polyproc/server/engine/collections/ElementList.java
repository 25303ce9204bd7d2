package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Elements;
import java.util.Arrays;
import java.util.function.IntToLongFunction;

/** Elements as they come and go in a message: in one of its fields. */
final class ElementList {
  private final String field;
  private final Elements elements;
  private final ElementFormat format;
  private final boolean wraps;
  private final int count;
  private final int[] codePoints;

  private ElementList(
      String field, Elements elements, ElementFormat format, boolean wraps, int count) {
    this.field = field;
    this.elements = elements;
    this.format = format;
    this.wraps = wraps;
    this.count = count;
    this.codePoints = elements.getText().codePoints().toArray();
  }

  /**
   * The elements of a message, which are in one of its fields.
   *
   * @param format what they are to be
   * @param wraps whether what is out of range wraps
   */
  static ElementList of(String field, Elements elements, ElementFormat format, boolean wraps) {
    String text = elements.getText();
    int[] counts = {
      elements.getIntsCount(),
      elements.getUintsCount(),
      elements.getFloatsCount(),
      elements.getChars().size(),
      text.codePointCount(0, text.length())
    };
    long fields = Arrays.stream(counts).filter(each -> each > 0).count();
    if (fields > 1) {
      throw Refusal.argument(
          field, "Expected " + field + " in one field, but there are some in " + fields);
    }
    return new ElementList(field, elements, format, wraps, Arrays.stream(counts).sum());
  }

  int count() {
    return count;
  }

  /**
   * Refuses them where one of them is not what the format takes: to be called before any is read.
   */
  void check() {
    for (int i = 0; i < count; i++) {
      try {
        var unused = get(i, field);
      } catch (Refusal refused) {
        var unused = get(i, field + "[" + i + "]"); // The same, and says which.
        throw refused;
      }
    }
  }

  /** One of them. */
  long get(int i) {
    return get(i, field);
  }

  private long get(int i, String name) {
    if (elements.getIntsCount() > 0) {
      return format.ofNumber(name, elements.getInts(i), wraps);
    } else if (elements.getUintsCount() > 0) {
      return format.ofUnsigned(name, elements.getUints(i), wraps);
    } else if (elements.getFloatsCount() > 0) {
      return format.ofFloat(name, elements.getFloats(i));
    } else if (codePoints.length > 0) {
      return format.ofCodePoint(name, codePoints[i]);
    }
    return format.ofByte(name, elements.getChars().byteAt(i));
  }

  /** How many bytes an element takes in a message. */
  static int size(ElementFormat format, long bits) {
    return switch (format.kind()) {
      case CHAR -> 1;
      case WCHAR -> Character.charCount((int) bits) == 1 ? 3 : 4; // at most
      case BOOL, WHOLE, FLOAT -> Long.BYTES;
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
        elements.setChars(ByteString.copyFrom(bytes));
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
