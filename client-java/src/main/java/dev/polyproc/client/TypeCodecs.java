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

  /** The generic types of Java's own. */
  private static final Set<Class<?>> MADE =
      Set.of(List.class, Set.class, Map.class, Optional.class);

  /** A type of which generic arguments. */
  private record Shape(Class<?> type, List<Codec<?>> arguments) {
    // By hand: what the JDK makes for a record keeps that one's class loader alive (JDK 17).
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

  /** Deeper than any type that somebody writes: it holds itself with ever other arguments. */
  private static final int DEEPEST = 300;

  private final Map<Class<?>, Codec<?>> others;

  /** What the search has met: what is made of the same is the same codec. */
  private final Map<Shape, Codec<?>> met;

  private final Map<TypeVariable<?>, Codec<?>> arguments;
  private int depth;

  /**
   * @param others the codecs that go before all others for a type, whatever its own arguments
   */
  TypeCodecs(Map<? extends Class<?>, ? extends Codec<?>> others) {
    this(Map.copyOf(others), new HashMap<>(), Map.of(), 0);
  }

  private TypeCodecs(
      Map<Class<?>, Codec<?>> others,
      Map<Shape, Codec<?>> met,
      Map<TypeVariable<?>, Codec<?>> arguments,
      int depth) {
    this.others = others;
    this.met = met;
    this.arguments = arguments;
    this.depth = depth;
  }

  /**
   * The codec of a type.
   *
   * @throws IllegalArgumentException when there is none
   */
  Codec<?> of(Type type) {
    if (depth == DEEPEST) {
      throw new IllegalArgumentException(
          "Expected a type that is made of so many others, but "
              + shortened(type.getTypeName())
              + " holds itself with ever other arguments; it needs a codec of its own");
    }
    depth++;
    try {
      return find(type);
    } finally {
      depth--;
    }
  }

  private static String shortened(String name) {
    return name.length() > 200 ? name.substring(0, 200) + "…" : name;
  }

  private Codec<?> find(Type type) {
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
    codec.complete(new TypeCodecs(others, met, its, depth));
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
