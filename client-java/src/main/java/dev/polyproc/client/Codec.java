package dev.polyproc.client;

import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.Null;
import dev.polyproc.client.internal.value.TypeCodecs;
import dev.polyproc.v1.Value;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns Java objects of one type into values of the daemon, and back. {@link #of(Class)} has those
 * of the types below; any other type needs an implementation of its own.
 *
 * <table>
 * <caption>The codecs that are there</caption>
 * <tr><th>Java</th><th>writes</th><th>reads</th></tr>
 * <tr><td>{@code Long}</td><td>int</td><td>int</td></tr>
 * <tr><td>{@code Integer}</td><td>int</td><td>int within 32 bits</td></tr>
 * <tr><td>{@code BigInteger}</td><td>int, or big_int beyond 64 bits</td><td>int, big_int</td></tr>
 * <tr><td>{@code Double}</td><td>float</td><td>float, and int that a double holds exactly</td></tr>
 * <tr><td>{@code Float}</td><td>float</td><td>float and int that 32 bits hold exactly</td></tr>
 * <tr><td>{@code BigDecimal}</td><td>text, such as 12.50; of 10,000 digits at most</td><td>the same</td></tr>
 * <tr><td>{@code Boolean}</td><td>bool</td><td>bool</td></tr>
 * <tr><td>{@code String}</td><td>text; no half of a surrogate pair</td><td>text</td></tr>
 * <tr><td>{@code byte[]}</td><td>bytes</td><td>bytes</td></tr>
 * <tr><td>{@code Instant}, {@code Duration}, {@code LocalDate}, {@code LocalTime}, {@code
 * LocalDateTime}, {@code OffsetDateTime}</td><td>text of ISO 8601, as their {@code
 * toString}</td><td>the same</td></tr>
 * <tr><td>{@code UUID}</td><td>text of 36 characters</td><td>the same</td></tr>
 * <tr><td>{@code Set}</td><td>list, sorted by the bytes of its values</td><td>list, tuple; of
 * elements that differ</td></tr>
 * <tr><td>{@code List}</td><td>list</td><td>list, tuple</td></tr>
 * <tr><td>{@code Map}</td><td>map</td><td>map</td></tr>
 * <tr><td>{@code Optional}, not of another one</td><td>null when empty</td><td>null as
 * empty</td></tr>
 * <tr><td>{@link Tuple}</td><td>tuple</td><td>tuple</td></tr>
 * <tr><td>a record</td><td>map of component name to value</td><td>map; may have more</td></tr>
 * <tr><td>an enum</td><td>text: the name</td><td>text</td></tr>
 * <tr><td>a protobuf message</td><td>opaque, {@code application/x-protobuf; messageType=…} with the
 * message's full name</td><td>the same</td></tr>
 * <tr><td>a shared object, as {@link PolyList}</td><td>ref</td><td>with {@link Toolbox#lists} and its
 * like</td></tr>
 * <tr><td>{@code Ref}, {@code Opaque}</td><td>ref, opaque</td><td>ref, opaque</td></tr>
 * <tr><td>{@code Value}</td><td>itself</td><td>any</td></tr>
 * <tr><td>{@code Object}</td><td>by the class of the object</td><td>by the kind of the value</td></tr>
 * </table>
 *
 * <p>{@code Object} reads int as {@code Long}, float as {@code Double}, ref and opaque as the
 * contract's own messages; such a ref becomes a shared object with {@code
 * polyproc.lists(Codec.ANY).decode(Codec.ANY.encode(ref))} and its like. Java's collections refuse
 * null, so null travels as {@link #NULL}, or as an empty {@code Optional} with {@link #nullable}.
 * Components of a record may be null, which {@code NULL} is read as, too; they may be of Java's
 * primitive types, and may be generic, as in {@code record Job(String name, List<Step> steps) {}}.
 *
 * <p><b>Guarantees that an implementation gives</b>
 *
 * <ul>
 *   <li>It may be called by several threads at once.
 *   <li>{@code decode(encode(x))} equals {@code x}.
 * </ul>
 */
public interface Codec<T> {
  /** Python's None, in lists, maps and wherever the type is {@code Object}. */
  Object NULL = Null.NULL;

  /**
   * The value for {@code object}.
   *
   * @throws IllegalArgumentException when there is none, as for null in a list
   */
  Value encode(T object);

  /**
   * The object for {@code value}.
   *
   * @throws UnexpectedValueException when the value is not of this codec's type
   */
  T decode(Value value);

  /**
   * The codec of one of the types in the table above.
   *
   * @throws IllegalArgumentException for any other type
   */
  static <T> Codec<T> of(Class<T> type) {
    @SuppressWarnings("unchecked") // It is for that type.
    Codec<T> codec = (Codec<T>) of((Type) type);
    return codec;
  }

  /**
   * The codec of a type as reflection has it, such as {@code List<Job>}; {@link #list} and {@link
   * #map} have the same for types that are known when it is written.
   *
   * @throws IllegalArgumentException for a type that is not made of those in the table above
   */
  static Codec<?> of(Type type) {
    return of(type, Map.of());
  }

  /**
   * {@link #of(Class)} for a type that has others in it, such as a record with a {@code Locale}.
   *
   * @param others the codecs of those types, by their classes
   * @throws IllegalArgumentException for a type that is made of more than those and the table above
   */
  static <T> Codec<T> of(Class<T> type, Map<? extends Class<?>, ? extends Codec<?>> others) {
    @SuppressWarnings("unchecked") // It is for that type.
    Codec<T> codec = (Codec<T>) of((Type) type, others);
    return codec;
  }

  /** {@link #of(Type)} for a type that has others in it; see {@link #of(Class, Map)}. */
  static Codec<?> of(Type type, Map<? extends Class<?>, ? extends Codec<?>> others) {
    return new TypeCodecs(others).of(type);
  }

  /** Lists of elements of one type. */
  static <E> Codec<List<E>> list(Codec<E> elements) {
    return Codecs.list(elements);
  }

  /** Sets of elements of one type. They are read in the order of the list that they are. */
  static <E> Codec<Set<E>> set(Codec<E> elements) {
    return Codecs.set(elements);
  }

  /** Maps of keys of one type and values of one type; they keep their order. */
  static <K, V> Codec<Map<K, V>> map(Codec<K> keys, Codec<V> values) {
    return Codecs.map(keys, values);
  }

  /** What {@code codec} reads and writes, or null as the empty {@code Optional}. */
  static <T> Codec<Optional<T>> nullable(Codec<T> codec) {
    return Codecs.nullable(codec);
  }

  /** Text. */
  Codec<String> STRING = of(String.class);

  /** Whole numbers of 64 bits. */
  Codec<Long> LONG = of(Long.class);

  /** Whole numbers of any size. */
  Codec<BigInteger> BIG_INTEGER = of(BigInteger.class);

  /** Anything, by kind. */
  Codec<Object> ANY = of(Object.class);
}
