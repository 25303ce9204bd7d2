package dev.polyproc.client.internal.object;

import com.google.protobuf.ByteString;
import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ArrayServiceGrpc;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySetSliceResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Overflow;
import java.util.Objects;

/**
 * Elements of an array in bulk, in Java's own arrays: read and written in pieces, each of which is
 * one call.
 */
public final class BulkElements {
  /** How many elements are written by one call at most. */
  public static final int PIECE = 100_000;

  private static final Operation<ArraySliceRequest, ArraySliceResponse> SLICE =
      Operation.of(ArrayServiceGrpc.getSliceMethod());
  private static final Operation<ArraySetSliceRequest, ArraySetSliceResponse> SET_SLICE =
      Operation.of(ArrayServiceGrpc.getSetSliceMethod());

  private final Requestor requestor;
  private final String array;
  private final Overflow overflow;

  public BulkElements(Requestor requestor, String array, Overflow overflow) {
    this.requestor = requestor;
    this.array = array;
    this.overflow = overflow;
  }

  /**
   * The whole numbers from one position to before another; of UINT64 those from 2^63 on are
   * negative.
   */
  public long[] longs(int from, int to) {
    long[] all = new long[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          for (int i = 0; i < some.getIntsCount(); i++) {
            all[at + i] = some.getInts(i);
          }
          for (int i = 0; i < some.getUintsCount(); i++) {
            all[at + i] = some.getUints(i);
          }
          return some.getIntsCount() + some.getUintsCount();
        });
    return all;
  }

  /** The floats from one position to before another. */
  public double[] doubles(int from, int to) {
    double[] all = new double[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          for (int i = 0; i < some.getFloatsCount(); i++) {
            all[at + i] = some.getFloats(i);
          }
          return some.getFloatsCount();
        });
    return all;
  }

  /** The bytes from one position to before another, of an array of CHAR. */
  public byte[] bytes(int from, int to) {
    byte[] all = new byte[requireRange(from, to)];
    read(
        from,
        to,
        (some, at) -> {
          some.getChars().copyTo(all, at);
          return some.getChars().size();
        });
    return all;
  }

  /** The text from one position to before another, of an array of WCHAR. */
  public String text(int from, int to) {
    StringBuilder all = new StringBuilder();
    var unused = requireRange(from, to);
    read(
        from,
        to,
        (some, at) -> {
          all.append(some.getText());
          return some.getText().codePointCount(0, some.getText().length());
        });
    return all.toString();
  }

  /** Takes what a reply has, for a place; answers how many elements it found of the kind. */
  private interface Taking {
    int take(Elements some, int at);
  }

  private static int requireRange(int from, int to) {
    if (from < 0 || to < from) {
      throw new IndexOutOfBoundsException(
          "Expected positions from 0 up to one that is not before them, but they are "
              + from
              + " and "
              + to);
    }
    return to - from;
  }

  private void read(int from, int to, Taking taking) {
    int at = from;
    while (at < to) {
      ArraySliceResponse some = requestor.call(SLICE, slicing(at, to));
      int taken = taking.take(some.getElements(), at - from);
      requireKind(taken == some.getCount());
      at += taken;
    }
  }

  private static void requireKind(boolean isOfKind) {
    if (!isOfKind) {
      throw new UnsupportedOperationException(
          "Expected elements of the kind that is asked for, but they are of another: longs are of"
              + " BOOL and whole numbers, doubles of FLOAT32 and FLOAT64, bytes of CHAR, text of"
              + " WCHAR");
    }
  }

  private ArraySliceRequest slicing(int from, int to) {
    return ArraySliceRequest.newBuilder().setArray(array).setRange(range(from, to)).build();
  }

  /** From an index to before another, which is the end where both count from there. */
  private static ListRange range(long from, long to) {
    ListRange.Builder range = ListRange.newBuilder().setStart(from).setStrict(true);
    if (from >= 0 || to < 0) {
      range.setStop(to);
    }
    return range.build();
  }

  /** Replaces elements from a position on by whole numbers. */
  public void set(int from, long[] numbers, int offset, int length, Overflow longs) {
    write(
        from,
        length,
        longs,
        (at, count) -> {
          Elements.Builder some = Elements.newBuilder();
          for (int i = offset + at; i < offset + at + count; i++) {
            some.addInts(numbers[i]);
          }
          return some;
        });
  }

  /** Replaces elements from a position on by floats. */
  public void set(int from, double[] numbers, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, numbers.length);
    write(
        from,
        length,
        overflow,
        (at, count) -> {
          Elements.Builder some = Elements.newBuilder();
          for (int i = offset + at; i < offset + at + count; i++) {
            some.addFloats(numbers[i]);
          }
          return some;
        });
  }

  /** Replaces elements of CHAR from a position on by bytes. */
  public void set(int from, byte[] bytes) {
    write(
        from,
        bytes.length,
        overflow,
        (at, count) -> Elements.newBuilder().setChars(ByteString.copyFrom(bytes, at, count)));
  }

  /**
   * Replaces elements of WCHAR from a position on by the characters of a text.
   *
   * @throws IllegalArgumentException where it has half a surrogate pair
   */
  public void set(int from, String text) {
    var unused = Codec.STRING.encode(text); // refuses what would be written as another character
    int[] characters = text.codePoints().toArray();
    write(
        from,
        characters.length,
        overflow,
        (at, count) -> Elements.newBuilder().setText(new String(characters, at, count)));
  }

  /** The elements of a part of what is to be written. */
  private interface Giving {
    Elements.Builder give(int at, int count);
  }

  private void write(int from, int length, Overflow overflowing, Giving giving) {
    if (from < 0 && length > -(long) from) {
      throw new IndexOutOfBoundsException(
          "Expected at most "
              + -(long) from
              + " elements from "
              + from
              + " on, but there are "
              + length);
    }
    for (int at = 0; at < length; at += PIECE) {
      int count = Math.min(PIECE, length - at);
      var unused =
          requestor.call(
              SET_SLICE,
              settingSlice((long) from + at, giving.give(at, count), count, overflowing));
    }
  }

  private ArraySetSliceRequest settingSlice(
      long from, Elements.Builder some, int count, Overflow overflowing) {
    return ArraySetSliceRequest.newBuilder()
        .setArray(array)
        .setRange(range(from, from + count))
        .setElements(some)
        .setOverflow(overflowing)
        .build();
  }
}
