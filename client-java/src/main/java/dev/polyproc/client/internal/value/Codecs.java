package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.Value.KindCase;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The codecs of Java's own types. */
public final class Codecs {
  private static final Map<Class<?>, Codec<?>> BY_TYPE =
      Map.ofEntries(
          Map.entry(Long.class, codec(Values::ofLong, Codecs::toLong)),
          Map.entry(Integer.class, codec((Integer i) -> Values.ofLong(i), Codecs::toInteger)),
          Map.entry(BigInteger.class, codec(Values::ofBigInteger, Codecs::toBigInteger)),
          Map.entry(Double.class, codec(Values::ofDouble, Codecs::toDouble)),
          Map.entry(Float.class, codec((Float f) -> Values.ofDouble(f), Codecs::toFloat)),
          Map.entry(Boolean.class, codec(Values::ofBoolean, Codecs::toBoolean)),
          Map.entry(String.class, codec(Values::ofText, Codecs::toText)),
          Map.entry(byte[].class, codec(Values::ofBytes, Codecs::toBytes)),
          Map.entry(Tuple.class, codec((Tuple tuple) -> Values.of(tuple), Codecs::toTuple)),
          Map.entry(Ref.class, codec((Ref ref) -> Values.of(ref), Codecs::toRef)),
          Map.entry(Opaque.class, codec((Opaque opaque) -> Values.of(opaque), Codecs::toOpaque)),
          Map.entry(Value.class, codec((Value value) -> value, value -> value)),
          Map.entry(Object.class, codec(Values::of, Values::toObject)));

  private Codecs() {}

  /** The codec of one of the types that are made of nothing else; null for any other. */
  static @Nullable Codec<?> known(Class<?> type) {
    Codec<?> known = BY_TYPE.get(type);
    return known == null ? TextCodec.known(type) : known;
  }

  /**
   * How many bits a sum has that {@code codec} can read; 0 where it reads any.
   *
   * @throws UnsupportedOperationException when the daemon makes no sums of the type
   */
  public static int bits(Codec<?> codec) {
    if (codec instanceof OrNull<?> nullable) {
      return bits(nullable.codec);
    }
    if (codec == BY_TYPE.get(Float.class)) {
      throw noSums("Float", "the daemon adds in 64 bits, which a Float does not hold");
    }
    if (codec == known(BigDecimal.class)) {
      throw noSums("BigDecimal", "a BigDecimal is a text to the daemon");
    }
    if (codec == BY_TYPE.get(Long.class)) {
      return Long.SIZE;
    }
    return codec == BY_TYPE.get(Integer.class) ? Integer.SIZE : 0;
  }

  private static UnsupportedOperationException noSums(String type, String why) {
    return new UnsupportedOperationException(
        "Expected whole numbers or Double to add, but "
            + why
            + "; merge(key, amount, "
            + type
            + (type.equals("Float") ? "::sum" : "::add")
            + ") of a dict has Java add, and compareAndSet does elsewhere");
  }

  /**
   * The value for whatever is looked for, as {@code Collection.contains} takes it; null when {@code
   * codec} has none for it, so that it can be nowhere.
   */
  public static <T> @Nullable Value lookup(Codec<T> codec, @Nullable Object object) {
    Objects.requireNonNull(object, "Expected an object to look for, but it is null");
    try {
      @SuppressWarnings("unchecked") // What is of another class fails in the codec.
      T typed = (T) object;
      return codec.encode(typed);
    } catch (ClassCastException | IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Whether {@code value} stands for {@code object}, whose own value is {@code encoded}. What the
   * codec cannot read stands for no object.
   */
  public static <T> boolean matches(
      Codec<T> codec, Value value, Object object, @Nullable Value encoded) {
    try {
      return value.equals(encoded) || codec.decode(value).equals(object);
    } catch (UnexpectedValueException e) {
      return false;
    }
  }

  /**
   * Whether no two values that the daemon tells apart stand for equal objects, so that it finds an
   * object by its value. Dates, say, can be written in several ways.
   */
  public static boolean isExact(Codec<?> codec) {
    if (codec instanceof OrNull<?> nullable) {
      return isExact(nullable.codec);
    }
    return codec instanceof OwnType<?> own
        ? own.exact
        : codec instanceof EnumCodec<?> || codec instanceof RefCodec<?>;
  }

  /**
   * Decodes what a call took away for good, or replaced: a failure says so, and has it.
   *
   * @throws UnexpectedValueException when the codec cannot, whatever it throws
   */
  public static <T> T taken(Codec<T> codec, Value value) {
    try {
      return codec.decode(value);
    } catch (RuntimeException e) {
      throw UnexpectedValueException.taken(e, value);
    }
  }

  /**
   * Decodes what a call answers that has changed something: a failure says so, and has it.
   *
   * @throws UnexpectedValueException when the codec cannot, whatever it throws
   */
  public static <T> T answered(Codec<T> codec, Value value) {
    try {
      return codec.decode(value);
    } catch (RuntimeException e) {
      throw UnexpectedValueException.answered(e, value);
    }
  }

  public static <E> Codec<List<E>> list(Codec<E> elements) {
    return codec(
        isExact(elements),
        list -> {
          ValueList.Builder values = ValueList.newBuilder();
          list.forEach(element -> values.addValues(elements.encode(Values.present(element))));
          return Value.newBuilder().setList(values).build();
        },
        value -> {
          List<E> list = new ArrayList<>();
          values(value, "a list")
              .forEach(element -> list.add(decode(elements, element, "in a list", value)));
          return Collections.unmodifiableList(list);
        });
  }

  public static <K, V> Codec<Map<K, V>> map(Codec<K> keys, Codec<V> values) {
    return codec(
        isExact(keys) && isExact(values),
        map -> {
          ValueMap.Builder entries = ValueMap.newBuilder();
          map.forEach(
              (key, value) ->
                  entries.addEntries(
                      ValueEntry.newBuilder()
                          .setKey(keys.encode(Values.present(key)))
                          .setValue(values.encode(Values.present(value)))));
          return Values.ofMap(entries.build());
        },
        value -> {
          Map<K, V> map = new LinkedHashMap<>();
          Set<Value> differ = new HashSet<>();
          for (ValueEntry entry : expect(value, KindCase.MAP, "a map").getMap().getEntriesList()) {
            map.put(
                decode(keys, entry.getKey(), "as a key of a map", value),
                decode(values, entry.getValue(), "in a map", value));
            differ.add(entry.getKey());
          }
          if (map.size() < differ.size()) {
            throw new UnexpectedValueException("a map of keys that differ", value);
          }
          return Collections.unmodifiableMap(map);
        });
  }

  /** As lists, in an order that is the same for equal sets. */
  public static <E> Codec<Set<E>> set(Codec<E> elements) {
    Codec<List<E>> list = list(elements);
    return codec(
        false,
        set -> {
          List<Value> values = new ArrayList<>(set.size());
          set.forEach(element -> values.add(elements.encode(Values.present(element))));
          return SetValues.of(values);
        },
        value -> {
          List<E> read = list.decode(value);
          Set<E> set = new LinkedHashSet<>(read);
          if (set.size() < read.size()) {
            throw new UnexpectedValueException("a list of elements that differ", value);
          }
          return Collections.unmodifiableSet(set);
        });
  }

  public static <T> Codec<Optional<T>> nullable(Codec<T> codec) {
    if (codec instanceof OrNull<?>) {
      throw new IllegalArgumentException(
          "Expected an Optional of something else, but it is one of an Optional, and null cannot"
              + " tell which of the two is empty");
    }
    return new OrNull<>(codec);
  }

  /** What another codec reads and writes, or null. */
  private static final class OrNull<T> implements Codec<Optional<T>> {
    private final Codec<T> codec;

    OrNull(Codec<T> codec) {
      this.codec = codec;
    }

    @Override
    public Value encode(Optional<T> optional) {
      Value value = Values.present(optional).map(codec::encode).orElse(Values.NULL);
      if (optional.isPresent() && value.hasNull()) {
        throw new IllegalArgumentException(
            "Expected an Optional that is empty, or holds something else than null, but it holds"
                + " the null of other languages, and would be read as empty");
      }
      return value;
    }

    @Override
    public Optional<T> decode(Value value) {
      return value.hasNull() ? Optional.empty() : Optional.of(codec.decode(value));
    }
  }

  /**
   * Decodes a part of a value; a failure has the whole of it, which is what would be lost.
   *
   * @param where the part stands
   */
  static <T> T decode(Codec<T> codec, Value part, String where, Value whole) {
    try {
      return codec.decode(part);
    } catch (UnexpectedValueException e) {
      throw e.partOf(where, whole);
    }
  }

  /**
   * Whether the daemon sorts the values of {@code codec} as Java sorts the objects, but for texts,
   * which it sorts by code points; or whether Java has no order of its own for them. So it is for
   * the types of this class; enums, records and others may be comparable in any way.
   */
  public static boolean isSortedByDaemon(Codec<?> codec) {
    return codec instanceof OwnType;
  }

  /** The codec of one of Java's own types. Not a record, for two of them are never equal. */
  private static final class OwnType<T> implements Codec<T> {
    private final boolean exact;
    private final Function<T, Value> writer;
    private final Function<Value, T> reader;

    OwnType(boolean exact, Function<T, Value> writer, Function<Value, T> reader) {
      this.exact = exact;
      this.writer = writer;
      this.reader = reader;
    }

    @Override
    public Value encode(T object) {
      return writer.apply(Values.present(object));
    }

    @Override
    public T decode(Value value) {
      return reader.apply(value);
    }
  }

  private static <T> Codec<T> codec(Function<T, Value> encode, Function<Value, T> decode) {
    return codec(true, encode, decode);
  }

  /**
   * @param exact see {@link #isExact}
   */
  private static <T> Codec<T> codec(
      boolean exact, Function<T, Value> encode, Function<Value, T> decode) {
    return new OwnType<>(exact, encode, decode);
  }

  private static Long toLong(Value value) {
    return expect(value, KindCase.INT, "a whole number of 64 bits").getInt();
  }

  private static Integer toInteger(Value value) {
    long number = expect(value, KindCase.INT, "a whole number of 32 bits").getInt();
    if (number != (int) number) {
      throw new UnexpectedValueException("a whole number of 32 bits", value);
    }
    return (int) number;
  }

  private static BigInteger toBigInteger(Value value) {
    return value.hasInt()
        ? BigInteger.valueOf(value.getInt())
        : new BigInteger(
            expect(value, KindCase.BIG_INT, "a whole number").getBigInt().toByteArray());
  }

  private static Double toDouble(Value value) {
    if (value.hasInt() && Values.isExactDouble(value.getInt())) {
      return (double) value.getInt();
    }
    return expect(value, KindCase.FLOAT, "a number that a double holds").getFloat();
  }

  private static Float toFloat(Value value) {
    double number = toDouble(value);
    if (Double.compare((float) number, number) != 0 && !Double.isNaN(number)) {
      throw new UnexpectedValueException("a number that a float of 32 bits holds", value);
    }
    return (float) number;
  }

  private static Boolean toBoolean(Value value) {
    return expect(value, KindCase.BOOL, "true or false").getBool();
  }

  private static String toText(Value value) {
    return expect(value, KindCase.TEXT, "a text").getText();
  }

  private static byte[] toBytes(Value value) {
    return expect(value, KindCase.BYTES, "bytes").getBytes().toByteArray();
  }

  private static Tuple toTuple(Value value) {
    return (Tuple) Values.toObject(expect(value, KindCase.TUPLE, "a tuple"));
  }

  private static Ref toRef(Value value) {
    return expect(value, KindCase.REF, "a reference to an object").getRef();
  }

  private static Opaque toOpaque(Value value) {
    return expect(value, KindCase.OPAQUE, "an opaque value").getOpaque();
  }

  private static List<Value> values(Value value, String expected) {
    return value.hasTuple()
        ? value.getTuple().getValuesList()
        : expect(value, KindCase.LIST, expected).getList().getValuesList();
  }

  private static Value expect(Value value, KindCase kind, String expected) {
    if (value.getKindCase() != kind) {
      throw new UnexpectedValueException(expected, value);
    }
    return value;
  }
}
