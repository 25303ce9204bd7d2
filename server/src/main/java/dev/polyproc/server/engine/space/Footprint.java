package dev.polyproc.server.engine.space;

import com.google.protobuf.CodedOutputStream;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;

/**
 * What values take on the heap, which is not what they take on the wire: a null in a list is four
 * bytes there and some eighty here.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A value takes no more than is said here, in a JVM with compressed references; the numbers
 *       were measured, and rounded up.
 *   <li>It depends on the value alone. What is not nested costs a few nanoseconds.
 * </ul>
 */
public final class Footprint {
  /** A value in another one: its object, its place there, and the object that it holds. */
  private static final long INNER_BYTES = 96;

  /** A list, tuple or map: its message, and the list in it. */
  private static final long CONTAINER_BYTES = 112;

  private static final long ENTRY_BYTES = 48;
  private static final long REF_BYTES = 112;
  private static final long OPAQUE_BYTES = 176;

  /** A text or a byte string beside its content. */
  private static final long TEXT_BYTES = 48;

  /** A number of any length, as an object beside the bytes that it was given as. */
  private static final long BIG_INT_BYTES = 64;

  /** A key as it is found beside the one that was given, and its place in the table. */
  private static final long KEY_BYTES = 96;

  private Footprint() {}

  /** What a value in another one, or in a message, takes. */
  public static long ofInner(Value value) {
    return INNER_BYTES + ofContent(value);
  }

  /** What a value holds, beside its own object and one for a text or a number. */
  public static long ofContent(Value value) {
    return switch (value.getKindCase()) {
      case TEXT -> ofText(value);
      case LIST -> ofAll(value.getList());
      case TUPLE -> ofAll(value.getTuple());
      case MAP -> ofAll(value.getMap());
      case REF -> of(value.getRef());
      case OPAQUE -> {
        long bytes =
            OPAQUE_BYTES
                + of(value.getOpaque().getContentType())
                + value.getOpaque().getData().size();
        for (Ref ref : value.getOpaque().getRefsList()) {
          bytes += of(ref);
        }
        yield bytes;
      }
      default -> value.getSerializedSize();
    };
  }

  /** Where a character is not of ASCII, all may take two bytes; it has taken two or more itself. */
  private static long ofText(Value value) {
    int size = value.getSerializedSize();
    int characters = value.getText().length();
    boolean isAscii = size == 1 + CodedOutputStream.computeUInt32SizeNoTag(characters) + characters;
    return isAscii ? size : (long) size + characters;
  }

  private static long ofAll(ValueList list) {
    long bytes = CONTAINER_BYTES;
    for (int i = 0; i < list.getValuesCount(); i++) {
      bytes += ofInner(list.getValues(i));
    }
    return bytes;
  }

  private static long ofAll(ValueMap map) {
    long bytes = CONTAINER_BYTES;
    for (int i = 0; i < map.getEntriesCount(); i++) {
      ValueEntry entry = map.getEntries(i);
      bytes += ENTRY_BYTES + ofInner(entry.getKey()) + ofInner(entry.getValue());
    }
    return bytes;
  }

  private static long of(Ref ref) {
    return REF_BYTES + of(ref.getName());
  }

  /** What a short text takes, as if each character took two bytes. */
  public static long of(String text) {
    return text.isEmpty() ? 0 : TEXT_BYTES + 2L * text.length();
  }

  /** What a key takes in a table, beside the value that was given as the key. */
  public static long ofKey(Value key) {
    return switch (key.getKindCase()) {
      case TUPLE -> {
        long bytes = KEY_BYTES + CONTAINER_BYTES;
        for (int i = 0; i < key.getTuple().getValuesCount(); i++) {
          bytes += ofKey(key.getTuple().getValues(i));
        }
        yield bytes;
      }
      case BIG_INT -> KEY_BYTES + BIG_INT_BYTES + key.getBigInt().size();
      default -> KEY_BYTES;
    };
  }
}
