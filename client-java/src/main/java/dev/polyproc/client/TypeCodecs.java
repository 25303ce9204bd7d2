package dev.polyproc.client;

import com.google.protobuf.Message;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the codecs of types, and of the types that these are made of. One search knows the records
 * that it has met, so that a record may have itself as a component.
 */
final class TypeCodecs {
  private static final Map<Class<?>, Class<?>> BOXES =
      Map.of(
          long.class, Long.class,
          int.class, Integer.class,
          float.class, Float.class,
          double.class, Double.class,
          boolean.class, Boolean.class);

  /** A record of which generic arguments. */
  private record Shape(Class<?> type, List<Codec<?>> arguments) {
    // By hand; see the package.
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

  private final Map<Class<?>, Codec<?>> others;
  private final Map<Shape, Codec<?>> records;
  private final Map<TypeVariable<?>, Codec<?>> arguments;

  /**
   * @param others the codecs that go before all others for a type, whatever its own arguments
   */
  TypeCodecs(Map<? extends Class<?>, ? extends Codec<?>> others) {
    this(Map.copyOf(others), new HashMap<>(), Map.of());
  }

  private TypeCodecs(
      Map<Class<?>, Codec<?>> others,
      Map<Shape, Codec<?>> records,
      Map<TypeVariable<?>, Codec<?>> arguments) {
    this.others = others;
    this.records = records;
    this.arguments = arguments;
  }

  /**
   * The codec of a type.
   *
   * @throws IllegalArgumentException when there is none
   */
  Codec<?> of(Type type) {
    if (type instanceof Class<?> plain) {
      return of(plain);
    }
    if (type instanceof ParameterizedType generic) {
      return of(generic);
    }
    if (type instanceof TypeVariable<?> variable) {
      Codec<?> argument = arguments.get(variable);
      return argument == null ? of(variable.getBounds()[0]) : argument;
    }
    if (type instanceof WildcardType wildcard) {
      return of(wildcard.getUpperBounds()[0]);
    }
    throw unknown(type);
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
    Type[] given = type.getActualTypeArguments();
    if (type.getRawType() == List.class) {
      return Codecs.list(of(given[0]));
    }
    if (type.getRawType() == Set.class) {
      return Codecs.set(of(given[0]));
    }
    if (type.getRawType() == Map.class) {
      return Codecs.map(of(given[0]), of(given[1]));
    }
    if (type.getRawType() == Optional.class) {
      return Codecs.nullable(of(given[0]));
    }
    if (type.getRawType() instanceof Class<?> raw && raw.isRecord()) {
      return record(raw, Arrays.stream(given).<Codec<?>>map(this::of).toList());
    }
    throw unknown(type);
  }

  private Codec<?> record(Class<?> type, List<Codec<?>> given) {
    Shape shape = new Shape(type, given);
    Codec<?> met = records.get(shape);
    if (met != null) {
      return met;
    }
    Map<TypeVariable<?>, Codec<?>> its = new HashMap<>();
    for (int i = 0; i < given.size(); i++) {
      its.put(type.getTypeParameters()[i], given.get(i));
    }
    RecordCodec<?> codec = new RecordCodec<>(type);
    records.put(shape, codec);
    codec.complete(new TypeCodecs(others, records, its));
    return codec;
  }

  private static IllegalArgumentException unknown(Type type) {
    return new IllegalArgumentException(
        "Expected one of Java's own types, a record, an enum or a protobuf message, but "
            + type.getTypeName()
            + " needs a codec: an implementation of Codec, which Codec.of(type, Map.of(itsClass,"
            + " codec)) takes where it is inside of another type");
  }
}
