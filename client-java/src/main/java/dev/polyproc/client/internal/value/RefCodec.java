package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyObject;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.Locale;
import java.util.function.Function;

/** Shared objects of one kind, as refs. */
public final class RefCodec<T extends PolyObject> implements Codec<T> {
  private final ObjectKind kind;
  private final Function<Ref, T> open;

  public RefCodec(ObjectKind kind, Function<Ref, T> open) {
    this.kind = kind;
    this.open = open;
  }

  @Override
  public Value encode(T object) {
    return Values.ofRef(Values.present(object));
  }

  @Override
  public T decode(Value value) {
    if (!value.hasRef() || value.getRef().getKind() != kind) {
      String word = kind.name().substring("OBJECT_KIND_".length()).replace('_', ' ');
      throw new UnexpectedValueException("a ref to a " + word.toLowerCase(Locale.ROOT), value);
    }
    return open.apply(value.getRef());
  }
}
