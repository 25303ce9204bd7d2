package dev.polyproc.server.engine.space;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.message.MessageField;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What messages of a type take on the heap: those that are kept, as requests that wait and replies
 * that are not confirmed.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It depends on the message alone, whatever class it has.
 *   <li>Only fields are looked at that can hold more than a number.
 * </ul>
 */
public final class MessageFootprint {
  private static final long MESSAGE_BYTES = 40;
  private static final long FIELD_BYTES = 8;
  private static final long LIST_BYTES = 80;
  private static final long ELEMENT_BYTES = 8;

  /** A field; {@code inner} is what its messages take, null for those that are values. */
  private record Place(
      FieldDescriptor field, @Nullable MessageField single, @Nullable MessageFootprint inner) {
    Place(FieldDescriptor field, @Nullable MessageFootprint inner) {
      this(
          field,
          !field.isRepeated() && field.getJavaType() == JavaType.MESSAGE
              ? new MessageField(field)
              : null,
          inner);
    }
  }

  private final long own;
  private final List<Place> places;

  private MessageFootprint(long own, List<Place> places) {
    this.own = own;
    this.places = places;
  }

  /** That of a type, whose messages do not contain messages of the same type. */
  public static MessageFootprint of(Descriptor type) {
    List<Place> places = new ArrayList<>();
    for (FieldDescriptor field : type.getFields()) {
      boolean isMessage = field.getJavaType() == JavaType.MESSAGE;
      boolean isPlain =
          !isMessage
              && field.getJavaType() != JavaType.STRING
              && field.getJavaType() != JavaType.BYTE_STRING;
      if (field.isRepeated() || !isPlain) {
        boolean hasInner = isMessage && !field.getMessageType().equals(Value.getDescriptor());
        places.add(new Place(field, hasInner ? of(field.getMessageType()) : null));
      }
    }
    return new MessageFootprint(
        MESSAGE_BYTES + FIELD_BYTES * type.getFields().size(), List.copyOf(places));
  }

  /** What a message takes, with all that it holds. */
  public long of(Message message) {
    long bytes = own;
    for (Place place : places) {
      if (place.single() != null) {
        Message content = place.single().in(message);
        bytes += content == null ? 0 : of(place, content);
        continue;
      }
      FieldDescriptor field = place.field();
      if (field.isRepeated()) {
        int count = message.getRepeatedFieldCount(field);
        bytes += count == 0 ? 0 : LIST_BYTES + ELEMENT_BYTES * count;
        for (int i = 0; i < count; i++) {
          bytes += of(place, message.getRepeatedField(field, i));
        }
      } else {
        bytes += of(place, message.getField(field));
      }
    }
    return bytes;
  }

  private static long of(Place place, Object content) {
    if (content instanceof String text) {
      return Footprint.of(text);
    }
    if (content instanceof ByteString bytes) {
      return bytes.isEmpty() ? 0 : LIST_BYTES + bytes.size();
    }
    if (content instanceof Message message) {
      MessageFootprint inner = place.inner();
      return inner == null ? Footprint.ofInner(value(message)) : inner.of(message);
    }
    return ELEMENT_BYTES; // a number of a list
  }

  /** A restored reply is of no class of its own. */
  private static Value value(Message message) {
    try {
      return message instanceof Value value ? value : Value.parseFrom(message.toByteString());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected a value", e);
    }
  }
}
