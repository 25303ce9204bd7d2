package dev.polyproc.client.internal.pool;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyObject;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What functions are called with, and what they return, as values: each by its own class, so that
 * records, enums and dates travel, too. The payload of a call is the list of its arguments.
 */
public final class Arguments {
  /** Keeps no class of a program's for longer than whoever has it. */
  private final Map<Class<?>, Codec<?>> codecs = new ConcurrentHashMap<>();

  /** The value of an argument, or of what a function returned; null as Python's None. */
  public Value encode(@Nullable Object object) {
    if (object == null) {
      return Values.NULL;
    }
    if (object instanceof Number number && isOwnNumber(number)
        || object instanceof String
        || object instanceof Boolean
        || object instanceof byte[]
        || object instanceof PolyObject
        || object instanceof Tuple
        || object instanceof List<?>
        || object instanceof Map<?, ?>
        || object == Codec.NULL
        || object instanceof Ref
        || object instanceof Opaque
        || object instanceof Value) {
      return Values.of(object);
    }
    return encode(codecs.computeIfAbsent(kind(object), Arguments::codec), object);
  }

  private static boolean isOwnNumber(Number number) {
    return !(number instanceof java.math.BigDecimal);
  }

  /** An enum's constant with a body is of a class of its own. */
  private static Class<?> kind(Object object) {
    if (object instanceof Enum<?> constant) {
      return constant.getDeclaringClass();
    }
    if (object instanceof java.util.Set<?>) {
      return java.util.Set.class;
    }
    return object instanceof java.util.Optional<?> ? java.util.Optional.class : object.getClass();
  }

  private static Codec<?> codec(Class<?> type) {
    return Codec.of(type);
  }

  private static <T> Value encode(Codec<T> codec, Object object) {
    @SuppressWarnings("unchecked") // The codec is of the object's class.
    T typed = (T) object;
    return codec.encode(typed);
  }

  /** A function to be called with arguments. */
  public PoolCall call(String function, List<?> arguments) {
    return PoolCall.newBuilder().setFunction(function).setPayload(list(arguments)).build();
  }

  /** The list of arguments. */
  public Value list(List<?> arguments) {
    ValueList.Builder values = ValueList.newBuilder();
    arguments.forEach(argument -> values.addValues(encode(argument)));
    return Value.newBuilder().setList(values).build();
  }

  /**
   * The arguments of a call; none where it has no payload.
   *
   * @throws UnexpectedValueException when the payload is no list
   */
  public static List<Value> of(PoolCall call) {
    return call.hasPayload() ? of(call.getPayload()) : List.of();
  }

  static List<Value> of(Value payload) {
    return switch (payload.getKindCase()) {
      case LIST -> payload.getList().getValuesList();
      case TUPLE -> payload.getTuple().getValuesList();
      default -> throw new UnexpectedValueException("the list of a function's arguments", payload);
    };
  }
}
