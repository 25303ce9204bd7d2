package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Enums by their names. */
public final class EnumCodec<T extends Enum<?>> implements Codec<T> {
  private final Class<T> type;
  private final Map<String, T> byName = new HashMap<>();

  private EnumCodec(Class<T> type) {
    this.type = type;
    Arrays.stream(type.getEnumConstants())
        .forEach(constant -> byName.put(constant.name(), constant));
  }

  @SuppressWarnings("unchecked") // The type of an enum.
  static Codec<?> of(Class<?> type) {
    return new EnumCodec<>((Class<? extends Enum<?>>) type);
  }

  @Override
  public Value encode(T constant) {
    return Values.ofText(Values.present(constant).name());
  }

  @Override
  public T decode(Value value) {
    T constant = value.hasText() ? byName.get(value.getText()) : null;
    if (constant == null) {
      throw new UnexpectedValueException(
          "one of " + Arrays.stream(type.getEnumConstants()).map(Enum::name).toList(), value);
    }
    return constant;
  }
}
