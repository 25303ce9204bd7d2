package dev.polyproc.contract;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Random;

/** Messages full of what nobody sane would send. */
public final class RandomMessages {
  private static final List<String> TEXTS =
      List.of("", "a", "b", "c", "d/e", "secret-1", "secret-2", "no such", "/", "\0", "9", "zz");
  private static final List<String> KINDS =
      List.of(
          "queue",
          "pipe",
          "lock",
          "event",
          "dict",
          "process",
          "list",
          "namespace",
          "value",
          "array");
  private static final List<String> ENDS = List.of("pipe/1", "pipe/2");
  private static final List<Long> NUMBERS =
      List.of(0L, 1L, 2L, 3L, 5L, 9L, 15L, 70L, -1L, 1_000_000L, Long.MAX_VALUE, Long.MIN_VALUE);

  private final Random random;

  /** Those that {@code random} makes of its seed. */
  public RandomMessages(Random random) {
    this.random = random;
  }

  /** Fills some of the fields of an empty message, up to a depth. */
  public Message fill(Message.Builder message, int depth) {
    Descriptor type = message.getDescriptorForType();
    for (FieldDescriptor field : type.getFields()) {
      if (random.nextInt(3) == 0 || (depth == 0 && isMessage(field))) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = random.nextInt(3); i > 0; i--) {
          message.addRepeatedField(field, any(message, field, depth));
        }
      } else {
        message.setField(field, any(message, field, depth));
      }
    }
    return message.build();
  }

  private static boolean isMessage(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
  }

  private Object any(Message.Builder message, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> (int) number();
      case LONG -> number();
      case FLOAT -> (float) number();
      case DOUBLE -> random.nextBoolean() ? Double.NaN : number() / 4.0;
      case BOOLEAN -> random.nextBoolean();
      case STRING -> text(field.getName());
      case BYTE_STRING -> ByteString.copyFromUtf8(TEXTS.get(random.nextInt(12)));
      case ENUM -> {
        int known = field.getEnumType().getValues().size();
        yield field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(known + 2) - 1);
      }
      case MESSAGE ->
          field.getMessageType().equals(Duration.getDescriptor()) && random.nextBoolean()
              ? Duration.newBuilder().setSeconds(random.nextInt(3)).build()
              : fill(message.newBuilderForField(field), depth - 1);
    };
  }

  /** Mostly the name of an object of the kind that the field asks for. */
  private String text(String field) {
    int what = random.nextInt(20);
    if (what < 14 && KINDS.contains(field)) {
      return field;
    } else if (what < 14 && field.equals("end")) {
      return ENDS.get(random.nextInt(ENDS.size()));
    } else if (what < 14 && (field.equals("object") || field.equals("name"))) {
      return what < 2 ? ENDS.get(what) : KINDS.get(random.nextInt(KINDS.size()));
    }
    return what == 19 ? "x".repeat(300) : TEXTS.get(random.nextInt(12));
  }

  private long number() {
    // Small numbers more often, for they are some reservation, token or incarnation.
    return random.nextBoolean() ? random.nextInt(20) : NUMBERS.get(random.nextInt(12));
  }
}
