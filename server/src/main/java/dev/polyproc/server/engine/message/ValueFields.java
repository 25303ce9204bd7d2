package dev.polyproc.server.engine.message;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where values stand in the messages of a type, so that they are found without a search. */
public final class ValueFields {
  /** A field; {@code inner} says where values are in its messages, null where they are values. */
  private record Place(
      FieldDescriptor field, @Nullable MessageField single, @Nullable ValueFields inner) {
    Place(FieldDescriptor field, @Nullable ValueFields inner) {
      this(field, field.isRepeated() ? null : new MessageField(field), inner);
    }
  }

  private final List<Place> places;

  private ValueFields(List<Place> places) {
    this.places = places;
  }

  /** Those of a type, whose messages do not contain messages of the same type. */
  public static ValueFields of(Descriptor type) {
    List<Place> places = new ArrayList<>();
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJavaType() != JavaType.MESSAGE) {
        continue;
      }
      if (field.getMessageType().equals(Value.getDescriptor())) {
        places.add(new Place(field, null));
      } else {
        ValueFields inner = of(field.getMessageType());
        if (!inner.isEmpty()) {
          places.add(new Place(field, inner));
        }
      }
    }
    return new ValueFields(places);
  }

  boolean isEmpty() {
    return places.isEmpty();
  }

  /** Does something with each value of a message; not with those within a value. */
  public void forEach(Message message, Consumer<Value> action) {
    for (Place place : places) {
      if (place.single() != null) {
        Message content = place.single().in(message);
        if (content != null) {
          visit(place, content, action);
        }
        continue;
      }
      int count = message.getRepeatedFieldCount(place.field());
      for (int i = 0; i < count; i++) {
        visit(place, message.getRepeatedField(place.field(), i), action);
      }
    }
  }

  private static void visit(Place place, Object field, Consumer<Value> action) {
    if (place.inner() == null) {
      action.accept((Value) field);
    } else {
      place.inner().forEach((Message) field, action);
    }
  }
}
