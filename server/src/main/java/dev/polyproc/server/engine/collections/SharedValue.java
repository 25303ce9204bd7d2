package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ValueState;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.v1.ObjectKind;

/** A value of ValueService: one element that is shared. */
final class SharedValue extends PassiveObject implements Element {
  static final Kind<SharedValue> KIND = new Kind<>(ObjectKind.OBJECT_KIND_VALUE, SharedValue.class);

  private final ElementFormat format;
  private final String lock;
  private long bits;

  SharedValue(Header header, ElementFormat format, long bits, String lock) {
    super(header);
    this.format = format;
    this.bits = bits;
    this.lock = lock;
  }

  static SharedValue restored(Header header, ValueState state) {
    ElementFormat format = ElementFormat.of(state.getType());
    long bits = format.read(state.getContent().toByteArray(), 0);
    return new SharedValue(header, format, bits, state.getLock());
  }

  static Shape shape(ElementFormat format, String lock) {
    return Shape.PLAIN.with("type", format.name()).with("lock", lock);
  }

  @Override
  protected Shape shape() {
    return shape(format, lock);
  }

  /** The name of the lock that guards it. */
  String lockName() {
    return LockName.of(name(), lock);
  }

  @Override
  public SharedValue object() {
    return this;
  }

  @Override
  public ElementFormat format() {
    return format;
  }

  @Override
  public long get() {
    return bits;
  }

  @Override
  public void set(long content) {
    bits = content;
  }

  @Override
  protected long furtherBytes() {
    return Footprint.of(lock);
  }

  @Override
  protected String summary() {
    return format.name() + " " + format.shown(bits);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    byte[] content = new byte[format.size()];
    format.write(content, 0, bits);
    state.setValue(
        ValueState.newBuilder()
            .setType(format.type())
            .setContent(ByteString.copyFrom(content))
            .setLock(lock));
  }

  @Override
  protected void check() {
    // Any content is one.
  }
}
