package dev.polyproc.client.internal.value;

import com.google.protobuf.Message;
import dev.polyproc.client.Codec;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the codecs of types, and of the types that these are made of. One search knows the records
 * that it has met, so that a record may have itself as a component.
 */
public final class TypeCodecs {
  private static final Map<Class<?>, Class<?>> BOXES =
      Map.of(
          long.class, Long.class,
          int.class, Integer.class,
          float.class, Float.class,
          double.class, Double.class,
          boolean.class, Boolean.class);

  /** The generic types of Java's own. */
  private static final Set<Class<?>> MADE =
      Set.of(List.class, Set.class, Map.class, Optional.class);

  /** A type of which generic arguments. */
  private record Shape(Class<?> type, List<Codec<?>> arguments) {
    // By hand; see the package of Polyproc.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Shape shape
          && type == shape.type
          && arguments.equals(shape.arguments);
    }

    @Override
    public int hashCode() {
      return 31 * type.hashCode() + arguments.hashCode();
    }
  }

  /** More often than any record that ends holds itself with other arguments. */
  private static final int MOST_WITHIN_ITSELF = 20;

  private final Map<Class<?>, Codec<?>> others;

  /** What the search has met: what is made of the same is the same codec. */
  private final Map<Shape, Codec<?>> met;

  /** How many codecs of a generic record are being made, each within the one before. */
  private final Map<Class<?>, Integer> within;

  private final Map<TypeVariable<?>, Codec<?>> arguments;

  /** The variables without an argument whose bounds are being looked at. */
  private final Set<TypeVariable<?>> bounds = new HashSet<>();

  /**
   * @param others the codecs that go before all others for a type, whatever its own arguments
   */
  public TypeCodecs(Map<? extends Class<?>, ? extends Codec<?>> others) {
    this(Map.copyOf(others), new HashMap<>(), new HashMap<>(), Map.of());
  }

  private TypeCodecs(
      Map<Class<?>, Codec<?>> others,
      Map<Shape, Codec<?>> met,
      Map<Class<?>, Integer> within,
      Map<TypeVariable<?>, Codec<?>> arguments) {
    this.others = others;
    this.met = met;
    this.within = within;
    this.arguments = arguments;
  }

  /**
   * The codec of a type.
   *
   * @throws IllegalArgumentException when there is none
   */
  public Codec<?> of(Type type) {
    if (type instanceof Class<?> plain) {
      return of(plain);
    }
    if (type instanceof ParameterizedType generic) {
      return of(generic);
    }
    if (type instanceof TypeVariable<?> variable) {
      Codec<?> argument = arguments.get(variable);
      return argument == null ? ofBound(variable) : argument;
    }
    if (type instanceof WildcardType wildcard) {
      return of(wildcard.getUpperBounds()[0]);
    }
    throw unknown(type);
  }

  private Codec<?> ofBound(TypeVariable<?> variable) {
    if (!bounds.add(variable)) {
      throw endless(variable.getBounds()[0]);
    }
    Codec<?> codec = of(variable.getBounds()[0]);
    bounds.remove(variable);
    return codec;
  }

  private Codec<?> of(Class<?> type) {
    Class<?> boxed = BOXES.getOrDefault(type, type);
    Codec<?> known = others.getOrDefault(boxed, Codecs.known(boxed));
    if (known != null) {
      return known;
    }
    if (type == List.class) {
      return Codecs.list(Codec.ANY);
    }
    if (type == Set.class) {
      return Codecs.set(Codec.ANY);
    }
    if (type == Map.class) {
      return Codecs.map(Codec.ANY, Codec.ANY);
    }
    if (type == Optional.class) {
      return Codecs.nullable(Codec.ANY);
    }
    if (type.isRecord()) {
      return record(type, List.of());
    }
    if (type.isEnum()) {
      return EnumCodec.of(type);
    }
    if (Message.class.isAssignableFrom(type) && type != Message.class) {
      return MessageCodec.of(type.asSubclass(Message.class));
    }
    throw unknown(type);
  }

  private Codec<?> of(ParameterizedType type) {
    Codec<?> other = others.get(type.getRawType());
    if (other != null) {
      return other;
    }
    if (type.getRawType() instanceof Class<?> raw && (raw.isRecord() || MADE.contains(raw))) {
      List<Codec<?>> given =
          Arrays.stream(type.getActualTypeArguments()).<Codec<?>>map(this::of).toList();
      return raw.isRecord() ? record(raw, given) : made(new Shape(raw, given));
    }
    throw unknown(type);
  }

  private Codec<?> made(Shape shape) {
    Codec<?> before = met.get(shape);
    if (before != null) {
      return before;
    }
    Codec<?> first = shape.arguments().get(0);
    Codec<?> codec =
        shape.type() == List.class
            ? Codecs.list(first)
            : shape.type() == Set.class
                ? Codecs.set(first)
                : shape.type() == Optional.class
                    ? Codecs.nullable(first)
                    : Codecs.map(first, shape.arguments().get(1));
    met.put(shape, codec);
    return codec;
  }

  private Codec<?> record(Class<?> type, List<Codec<?>> given) {
    Shape shape = new Shape(type, given);
    Codec<?> before = met.get(shape);
    if (before != null) {
      return before;
    }
    Map<TypeVariable<?>, Codec<?>> its = new HashMap<>();
    for (int i = 0; i < given.size(); i++) {
      its.put(type.getTypeParameters()[i], given.get(i));
    }
    RecordCodec<?> codec = new RecordCodec<>(type);
    met.put(shape, codec);
    if (within.merge(type, 1, Integer::sum) > MOST_WITHIN_ITSELF) {
      throw endless(type);
    }
    codec.complete(new TypeCodecs(others, met, within, its));
    within.merge(type, -1, Integer::sum);
    return codec;
  }

  private static IllegalArgumentException endless(Type type) {
    return new IllegalArgumentException(
        "Expected a type that is made of so many others, but "
            + type.getTypeName()
            + " holds itself with ever other arguments; it needs a codec of its own");
  }

  private static IllegalArgumentException unknown(Type type) {
    return new IllegalArgumentException(
        "Expected one of Java's own types, a record, an enum or a protobuf message, but "
            + type.getTypeName()
            + " needs a codec: an implementation of Codec, which Codec.of(type, Map.of(itsClass,"
            + " codec)) takes where it is inside of another type");
  }
}
