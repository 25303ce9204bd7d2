package dev.polyproc.client.internal.value;

import com.google.protobuf.ByteString;
import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyObject;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Java's objects as values, and back, by class and by kind. */
public final class Values {
  /** Python's None. */
  public static final Value NULL =
      Value.newBuilder().setNull(dev.polyproc.v1.Null.newBuilder()).build();

  /** Deeper than any daemon's limit, and far from the end of the stack: a list within itself. */
  private static final int DEEPEST = 1000;

  /** How many characters of a text are shown in messages. */
  private static final int MOST_SHOWN = 40;

  private Values() {}

  static Value ofLong(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  static Value ofBigInteger(BigInteger number) {
    return number.bitLength() < Long.SIZE
        ? ofLong(number.longValueExact())
        : Value.newBuilder().setBigInt(ByteString.copyFrom(number.toByteArray())).build();
  }

  static Value ofDouble(double number) {
    return Value.newBuilder().setFloat(number).build();
  }

  static Value ofBoolean(boolean truth) {
    return Value.newBuilder().setBool(truth).build();
  }

  /**
   * The object, which is not null.
   *
   * @throws IllegalArgumentException when it is
   */
  static <T> T present(@Nullable T object) {
    if (object == null) {
      throw new IllegalArgumentException(
          "Expected an object to write, but it is null; write Codec.NULL, or an empty Optional by"
              + " Codec.nullable");
    }
    return object;
  }

  /** Refuses what UTF-8 cannot carry: two such texts would become one. */
  static Value ofText(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        i = requirePair(text, i);
      }
    }
    return Value.newBuilder().setText(text).build();
  }

  private static int requirePair(String text, int at) {
    if (Character.isSurrogatePair(
        text.charAt(at), at + 1 < text.length() ? text.charAt(at + 1) : 0)) {
      return at + 1;
    }
    throw new IllegalArgumentException(
        "Expected text without half a surrogate pair, but character " + at + " is one");
  }

  static Value ofBytes(byte[] bytes) {
    return Value.newBuilder().setBytes(ByteString.copyFrom(bytes)).build();
  }

  static Value ofRef(PolyObject object) {
    return Value.newBuilder().setRef(object.ref()).build();
  }

  /** The value for an object of any class that {@link Codec} lists. */
  public static Value of(Object object) {
    try {
      return of(object, DEEPEST);
    } catch (StackOverflowError e) { // On a thread whose stack is small.
      throw tooDeep();
    }
  }

  private static IllegalArgumentException tooDeep() {
    return new IllegalArgumentException(
        "Expected a value that nests less than "
            + DEEPEST
            + " deep, and has room on this thread's stack, but it does not; does it hold itself?");
  }

  private static Value of(Object object, int depth) {
    present(object);
    if (depth == 0) {
      throw tooDeep();
    }
    if (object instanceof PolyObject shared) {
      return ofRef(shared); // first: a shared list is a List, too
    }
    if (object instanceof String text) {
      return ofText(text);
    }
    if (object instanceof Number number) {
      return ofNumber(number);
    }
    if (object instanceof Boolean truth) {
      return ofBoolean(truth);
    }
    if (object instanceof byte[] bytes) {
      return ofBytes(bytes);
    }
    if (object instanceof Tuple tuple) {
      return Value.newBuilder().setTuple(values(tuple.values(), depth)).build();
    }
    if (object instanceof List<?> list) {
      return Value.newBuilder().setList(values(list, depth)).build();
    }
    if (object instanceof Map<?, ?> map) {
      return ofMap(map, depth);
    }
    return ofContract(object);
  }

  private static Value ofNumber(Number number) {
    if (number instanceof Double || number instanceof Float) {
      return ofDouble(number.doubleValue());
    }
    if (number instanceof BigInteger big) {
      return ofBigInteger(big);
    }
    if (number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte) {
      return ofLong(number.longValue());
    }
    throw unknown(number);
  }

  private static Value ofMap(Map<?, ?> map, int depth) {
    ValueMap.Builder entries = ValueMap.newBuilder();
    for (Map.Entry<?, ?> entry : map.entrySet()) { // Fewer frames of the stack than by forEach.
      entries.addEntries(
          ValueEntry.newBuilder()
              .setKey(of(entry.getKey(), depth - 1))
              .setValue(of(entry.getValue(), depth - 1)));
    }
    return ofMap(entries.build());
  }

  /**
   * A map, whose keys differ as values.
   *
   * @throws IllegalArgumentException when two do not: one of them would be lost
   */
  static Value ofMap(ValueMap map) {
    Set<Value> keys = new HashSet<>();
    for (ValueEntry entry : map.getEntriesList()) {
      if (!keys.add(entry.getKey())) {
        throw new IllegalArgumentException(
            "Expected a map whose keys are different values, but two of them are both "
                + describe(entry.getKey()));
      }
    }
    return Value.newBuilder().setMap(map).build();
  }

  /** A map of one entry. */
  public static Value ofEntry(ValueEntry entry) {
    return Value.newBuilder().setMap(ValueMap.newBuilder().addEntries(entry)).build();
  }

  private static Value ofContract(Object object) {
    if (object == Codec.NULL) {
      return NULL;
    }
    if (object instanceof Ref ref) {
      return Value.newBuilder().setRef(ref).build();
    }
    if (object instanceof Opaque opaque) {
      return Value.newBuilder().setOpaque(opaque).build();
    }
    if (object instanceof Value value) {
      return value;
    }
    throw unknown(object);
  }

  private static ValueList values(Collection<?> objects, int depth) {
    ValueList.Builder values = ValueList.newBuilder();
    for (Object object : objects) {
      values.addValues(of(object, depth - 1));
    }
    return values.build();
  }

  private static IllegalArgumentException unknown(Object object) {
    return new IllegalArgumentException(
        "Expected a whole number, a Double, a text, bytes, a list, a tuple, a map or Codec.NULL,"
            + " but the object is a "
            + object.getClass().getName()
            + ", which needs a codec; name its type where the object is opened, as Codec.of has"
            + " it");
  }

  /** The object for a value, by its kind. */
  public static Object toObject(Value value) {
    return switch (value.getKindCase()) {
      case NULL -> Codec.NULL;
      case BOOL -> value.getBool();
      case INT -> value.getInt();
      case BIG_INT -> new BigInteger(value.getBigInt().toByteArray());
      case FLOAT -> value.getFloat();
      case TEXT -> value.getText();
      case BYTES -> value.getBytes().toByteArray();
      case LIST -> toList(value.getList());
      case TUPLE -> new Tuple(toList(value.getTuple()));
      case MAP -> toMap(value.getMap());
      case REF -> value.getRef();
      case OPAQUE -> value.getOpaque();
      case KIND_NOT_SET ->
          throw new UnexpectedValueException("a value of a kind that this client knows", value);
    };
  }

  private static List<Object> toList(ValueList values) {
    List<Object> list = new ArrayList<>(values.getValuesCount());
    values.getValuesList().forEach(value -> list.add(toObject(value)));
    return Collections.unmodifiableList(list);
  }

  private static Map<Object, Object> toMap(ValueMap values) {
    Map<Object, Object> map = new LinkedHashMap<>();
    values
        .getEntriesList()
        .forEach(entry -> map.put(toObject(entry.getKey()), toObject(entry.getValue())));
    return Collections.unmodifiableMap(map);
  }

  /** Whether a double holds {@code number} as it is. */
  static boolean isExactDouble(long number) {
    double nearest = (double) number;
    return nearest < 0x1p63 && (long) nearest == number;
  }

  /** A value in words, for messages: its kind, and itself where that is short. */
  public static String describe(Value value) {
    String kind =
        value.getKindCase() == Value.KindCase.KIND_NOT_SET
            ? "of no known kind"
            : value.getKindCase().name().toLowerCase(Locale.ROOT);
    return switch (value.getKindCase()) {
      case BOOL, INT, FLOAT -> kind + " " + toObject(value);
      case TEXT -> kind + " '" + shorten(value.getText()) + "'";
      default -> kind;
    };
  }

  private static String shorten(String text) {
    return text.codePointCount(0, text.length()) > MOST_SHOWN
        ? visible(text.substring(0, text.offsetByCodePoints(0, MOST_SHOWN))) + "…"
        : visible(text);
  }

  /** A text for a message: what moves a terminal's cursor, or hides, as its code. */
  public static String visible(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints().forEach(character -> show(character, shown));
    return shown.toString();
  }

  private static void show(int character, StringBuilder shown) {
    switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          shown.append("\\u{").append(Integer.toHexString(character)).append('}');
      default -> shown.appendCodePoint(character);
    }
  }
}
