package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.Value.KindCase;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueMap;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records as maps of component name to value. A component that is null is written as null; one that
 * is an {@code Optional} may be absent. Entries that are no components are passed over, so that a
 * writer may know more than a reader.
 */
public final class RecordCodec<R> implements Codec<R> {
  private record Component(String name, Method accessor, Codec<Object> codec, Class<?> type) {}

  private final Class<R> type;
  private final Constructor<R> constructor;
  private final List<Component> components = new ArrayList<>();

  RecordCodec(Class<R> type) {
    this.type = type;
    try {
      this.constructor =
          type.getDeclaredConstructor(
              Arrays.stream(type.getRecordComponents())
                  .map(RecordComponent::getType)
                  .toArray(Class<?>[]::new));
      constructor.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      throw new IllegalArgumentException(
          "Expected a record that can be constructed, but "
              + type.getName()
              + " is in a module that does not open "
              + type.getPackageName()
              + " to "
              + RecordCodec.class.getModule().getName(),
          e);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalArgumentException(
          "Expected a record that can be constructed, but " + type.getName() + " cannot", e);
    }
  }

  /** Looks the codecs of the components up, which may be of this very record. */
  void complete(TypeCodecs codecs) {
    for (RecordComponent component : type.getRecordComponents()) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      @SuppressWarnings("unchecked") // It is for the type that the component has.
      Codec<Object> codec = (Codec<Object>) codecs.of(component.getGenericType());
      components.add(new Component(component.getName(), accessor, codec, component.getType()));
    }
  }

  @Override
  public Value encode(R object) {
    ValueMap.Builder entries = ValueMap.newBuilder();
    for (Component component : components) {
      Object value = get(component, Values.present(object));
      entries.addEntries(
          ValueEntry.newBuilder()
              .setKey(Values.ofText(component.name()))
              .setValue(value == null ? Values.NULL : component.codec().encode(value)));
    }
    return Value.newBuilder().setMap(entries).build();
  }

  @Override
  public R decode(Value value) {
    if (value.getKindCase() != KindCase.MAP) {
      throw new UnexpectedValueException("a map of the components of " + type.getName(), value);
    }
    Map<String, Value> byName = new HashMap<>();
    value
        .getMap()
        .getEntriesList()
        .forEach(
            entry -> {
              if (entry.getKey().hasText()) {
                byName.put(entry.getKey().getText(), entry.getValue());
              }
            });
    @Nullable Object[] arguments = new Object[components.size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = argument(components.get(i), byName, value);
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new UnexpectedValueException(
          "a value that "
              + type.getName()
              + " accepts ("
              + Values.visible(String.valueOf(e.getCause()))
              + ")",
          value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Expected to construct " + type.getName(), e);
    }
  }

  private @Nullable Object argument(Component component, Map<String, Value> byName, Value whole) {
    Value value = byName.get(component.name());
    if (value == null) {
      if (component.type() == Optional.class) {
        return Optional.empty();
      }
      throw new UnexpectedValueException(
          "a map with component '" + component.name() + "' of " + type.getName(), whole);
    }
    boolean nullable = !component.type().isPrimitive() && component.type() != Optional.class;
    return value.hasNull() && nullable
        ? null
        : Codecs.decode(
            component.codec(),
            value,
            "as component '" + component.name() + "' of " + type.getName(),
            whole);
  }

  private static @Nullable Object get(Component component, Object object) {
    try {
      return component.accessor().invoke(object);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "Expected component '" + component.name() + "', but its accessor failed", e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Expected an accessor that can be called", e);
    }
  }
}
