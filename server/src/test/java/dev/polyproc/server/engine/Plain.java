package dev.polyproc.server.engine;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.Null;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as plain Java objects, so that tests read well: 1, "a", List.of(1, 2). */
public final class Plain {
  private Plain() {}

  /** A tuple of plain objects; a {@link List} stands for a list. */
  public record Tuple(List<@Nullable Object> parts) {}

  public static Tuple tuple(Object... parts) {
    return new Tuple(List.of(parts));
  }

  /** The value that a plain object stands for. */
  public static Value value(@Nullable Object plain) {
    Value.Builder value = Value.newBuilder();
    if (plain == null) {
      return value.setNull(Null.getDefaultInstance()).build();
    } else if (plain instanceof Value already) {
      return already;
    } else if (plain instanceof Boolean truth) {
      return value.setBool(truth).build();
    } else if (plain instanceof Integer || plain instanceof Long) {
      return value.setInt(((Number) plain).longValue()).build();
    } else if (plain instanceof BigInteger big) {
      return value.setBigInt(ByteString.copyFrom(big.toByteArray())).build();
    } else if (plain instanceof Double number) {
      return value.setFloat(number).build();
    } else if (plain instanceof String text) {
      return value.setText(text).build();
    } else if (plain instanceof ByteString bytes) {
      return value.setBytes(bytes).build();
    } else if (plain instanceof Tuple tuple) {
      return value.setTuple(all(tuple.parts())).build();
    } else if (plain instanceof List<?> list) {
      return value.setList(all(list)).build();
    } else if (plain instanceof Map<?, ?> map) {
      return value.setMap(entries(map)).build();
    } else if (plain instanceof Ref ref) {
      return value.setRef(ref).build();
    } else if (plain instanceof Opaque opaque) {
      return value.setOpaque(opaque).build();
    }
    throw new IllegalArgumentException("Expected a plain object, but got " + plain.getClass());
  }

  private static ValueList all(List<?> list) {
    ValueList.Builder values = ValueList.newBuilder();
    list.forEach(part -> values.addValues(value(part)));
    return values.build();
  }

  private static ValueMap entries(Map<?, ?> map) {
    ValueMap.Builder entries = ValueMap.newBuilder();
    map.forEach(
        (key, part) ->
            entries.addEntries(
                ValueEntry.newBuilder().setKey(value(key)).setValue(value(part)).build()));
    return entries.build();
  }

  /** The plain object that stands for a value; whole numbers of 64 bits are Longs. */
  public static @Nullable Object object(Value value) {
    return switch (value.getKindCase()) {
      case NULL -> null;
      case BOOL -> value.getBool();
      case INT -> value.getInt();
      case BIG_INT -> new BigInteger(value.getBigInt().toByteArray());
      case FLOAT -> value.getFloat();
      case TEXT -> value.getText();
      case BYTES -> value.getBytes();
      case LIST -> objects(value.getList());
      case TUPLE -> new Tuple(objects(value.getTuple()));
      case MAP -> object(value.getMap());
      case REF -> value.getRef();
      case OPAQUE -> value.getOpaque();
      case KIND_NOT_SET -> throw new IllegalArgumentException("Expected a kind");
    };
  }

  private static List<@Nullable Object> objects(ValueList list) {
    List<@Nullable Object> objects = new ArrayList<>();
    list.getValuesList().forEach(value -> objects.add(object(value)));
    return objects;
  }

  private static Map<@Nullable Object, @Nullable Object> object(ValueMap map) {
    Map<@Nullable Object, @Nullable Object> objects = new LinkedHashMap<>();
    map.getEntriesList()
        .forEach(entry -> objects.put(object(entry.getKey()), object(entry.getValue())));
    return objects;
  }
}
