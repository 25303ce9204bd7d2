package dev.polyproc.server.engine.message;

import static java.lang.invoke.MethodType.methodType;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.GeneratedMessage;
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
public final class MessageField {
  private static final MethodHandles.Lookup METHODS = MethodHandles.lookup();

  private final FieldDescriptor field;

  /** How the generated class of the type reads it; null until one of its messages is read. */
  private volatile @Nullable Getter getter;

  private record Getter(Predicate<Message> has, Function<Message, Message> content) {}

  public MessageField(FieldDescriptor field) {
    this.field = field;
  }

  /** What the field holds; null where it is not set. */
  public @Nullable Message in(Message message) {
    if (!(message instanceof GeneratedMessage)) { // as a restored one
      return message.hasField(field) ? (Message) message.getField(field) : null;
    }
    Getter known = getter;
    if (known == null) {
      known = getterOf(message);
      getter = known;
    }
    return known.has().test(message) ? known.content().apply(message) : null;
  }

  @SuppressWarnings("unchecked")
  private Getter getterOf(Message message) {
    Class<?> type = message.getClass();
    String name =
        Character.toUpperCase(field.getJsonName().charAt(0)) + field.getJsonName().substring(1);
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
      return new Getter(test, apply);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // as MethodHandle.invoke declares
      throw new IllegalStateException("Expected a getter of " + field.getFullName(), e);
    }
  }

  /** Something with one method of a shape, which is the getter. */
  private static MethodHandle made(
      String method, MethodType made, MethodType shape, MethodHandle getter)
      throws LambdaConversionException {
    return LambdaMetafactory.metafactory(METHODS, method, made, shape, getter, getter.type())
        .getTarget();
  }
}
