package dev.polyproc.server.engine;

import static java.lang.invoke.MethodType.methodType;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.lang.invoke.LambdaConversionException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A field that holds one message, read as fast as its getter reads it: each reply is looked into,
 * and protobuf's own way by descriptor calls the getter through reflection.
 */
final class MessageField {
  private static final MethodHandles.Lookup METHODS = MethodHandles.lookup();

  private final FieldDescriptor field;

  /** That of the first class of which a message was read; there is hardly ever another. */
  private volatile @Nullable Getter getter;

  private record Getter(
      Class<?> type, Predicate<Message> has, Function<Message, Message> content) {}

  MessageField(FieldDescriptor field) {
    this.field = field;
  }

  /** What the field holds; null where it is not set. */
  @Nullable Message in(Message message) {
    Getter known = getter;
    if (known == null) {
      known = getterOf(message);
      getter = known;
    }
    if (known.type() != message.getClass()) {
      known = byDescriptor(message.getClass());
    }
    return known.has().test(message) ? known.content().apply(message) : null;
  }

  private Getter byDescriptor(Class<?> type) {
    return new Getter(
        type, message -> message.hasField(field), message -> (Message) message.getField(field));
  }

  @SuppressWarnings("unchecked")
  private Getter getterOf(Message message) {
    Class<?> type = message.getClass();
    String name = camelCase(field.getName());
    try {
      MethodHandle has = METHODS.findVirtual(type, "has" + name, methodType(boolean.class));
      Class<?> content = message.getField(field).getClass();
      MethodHandle get = METHODS.findVirtual(type, "get" + name, methodType(content));
      Predicate<Message> test =
          (Predicate<Message>)
              made(
                      "test",
                      methodType(Predicate.class),
                      methodType(boolean.class, Object.class),
                      has)
                  .invoke();
      Function<Message, Message> apply =
          (Function<Message, Message>)
              made("apply", methodType(Function.class), methodType(Object.class, Object.class), get)
                  .invoke();
      return new Getter(type, test, apply);
    } catch (Throwable e) { // as MethodHandle.invoke declares
      return byDescriptor(type); // The message is of no generated class.
    }
  }

  /** Something with one method of a shape, which is the getter. */
  private static MethodHandle made(
      String method, MethodType made, MethodType shape, MethodHandle getter)
      throws LambdaConversionException {
    return LambdaMetafactory.metafactory(METHODS, method, made, shape, getter, getter.type())
        .getTarget();
  }

  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    for (String word : name.split("_", -1)) {
      camel.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
    }
    return camel.toString();
  }
}
